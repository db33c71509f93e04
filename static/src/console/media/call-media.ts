/** What one connection sees of the page's microphone and loudspeaker, in the form the client SDK asks for. */

import type { PipecatClientOptions, RTVIEventCallbacks, Tracks } from "@pipecat-ai/client-js";
import type { Loudspeaker } from "./loudspeaker.ts";
import type { Microphone } from "./microphone.ts";

const ME = { id: "local", name: "", local: true };

export class CallMedia {
  private callbacks: RTVIEventCallbacks = {};
  private audio: ((data: ArrayBuffer) => void) | null = null;
  private node: AudioWorkletNode | null = null;
  private micOn = true;
  private copies: MediaStreamTrack[] = [];
  private unwatch: (() => void) | null = null;

  readonly supportsScreenShare = false;
  readonly isCamEnabled = false;
  readonly isSharingScreen = false;
  readonly selectedCam = {};
  readonly selectedSpeaker = {};

  /** With `pcm` the sound travels as samples through us; without, as tracks of a peer connection. */
  constructor(
    private readonly microphone: Microphone,
    private readonly loudspeaker: Loudspeaker,
    private readonly pcm: boolean,
    private readonly onTrack: (track: MediaStreamTrack | null) => void = () => undefined,
  ) {}

  setUserAudioCallback(callback: (data: ArrayBuffer) => void): void {
    this.audio = callback;
  }

  setClientOptions(options: PipecatClientOptions, override = false): void {
    if (override || Object.keys(this.callbacks).length === 0) this.callbacks = options.callbacks ?? {};
    this.micOn = options.enableMic ?? true;
  }

  async initialize(): Promise<void> {
    this.announce();
  }

  async connect(): Promise<void> {
    if (this.pcm) {
      await this.loudspeaker.openPcm();
      await this.record();
    }
    this.unwatch ??= this.microphone.watch((track) => this.changed(track));
    this.announce();
  }

  async disconnect(): Promise<void> {
    this.unwatch?.();
    this.unwatch = null;
    this.microphone.tap(null);
    this.node?.disconnect();
    this.node = null;
    for (const copy of this.copies) copy.stop();
    this.copies = [];
    this.loudspeaker.silence();
  }

  private async record(): Promise<void> {
    const context = this.microphone.context;
    await context.audioWorklet.addModule(new URL("./capture-worklet.js", import.meta.url));
    this.node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.node.port.onmessage = (event: MessageEvent<ArrayBuffer>) => {
      if (this.microphone.track) this.audio?.(event.data);
    };
    this.microphone.tap(this.node);
  }

  private changed(track: MediaStreamTrack | null): void {
    this.onTrack(track ? this.copy() : null);
    this.announce();
  }

  /** A fresh copy of the microphone's track: the transport may stop it without ending the microphone. */
  copy(): MediaStreamTrack | null {
    const track = this.microphone.track;
    if (!track) return null;
    const copy = track.clone();
    copy.enabled = this.micOn;
    this.copies = [...this.copies.filter((known) => known.readyState === "live"), copy];
    return copy;
  }

  private announce(): void {
    const device = this.microphone.device;
    if (!("deviceId" in device)) return;
    this.callbacks.onMicUpdated?.(device as MediaDeviceInfo);
    if (this.micOn && this.microphone.track) this.callbacks.onTrackStarted?.(this.microphone.track, ME);
  }

  /** Muted sound goes on as silence, so that a turn cut by the mute still ends. */
  enableMic(on: boolean): void {
    this.micOn = on;
    this.microphone.enable(on);
    for (const copy of this.copies) copy.enabled = on;
  }

  get isMicEnabled(): boolean {
    return this.micOn && this.microphone.track !== null;
  }

  get selectedMic(): MediaDeviceInfo | Record<string, never> {
    return this.microphone.device;
  }

  bufferBotAudio(data: ArrayBuffer | Int16Array): Int16Array {
    const samples = data instanceof Int16Array ? data : new Int16Array(data);
    this.loudspeaker.playPcm(samples);
    return samples;
  }

  async userStartedSpeaking(): Promise<void> {
    this.loudspeaker.clear();
  }

  async getAllMics(): Promise<MediaDeviceInfo[]> {
    return devices("audioinput");
  }

  async getAllSpeakers(): Promise<MediaDeviceInfo[]> {
    return devices("audiooutput");
  }

  async getAllCams(): Promise<MediaDeviceInfo[]> {
    return [];
  }

  async updateMic(deviceId: string): Promise<void> {
    await this.microphone.choose(deviceId);
  }

  async updateSpeaker(deviceId: string): Promise<void> {
    await this.loudspeaker.choose(deviceId);
  }

  updateCam(): void {
    // A call has no camera.
  }

  enableCam(): void {
    // A call has no camera.
  }

  enableScreenShare(): void {
    // A call shares no screen.
  }

  tracks(): Tracks {
    const track = this.microphone.track;
    return { local: track ? { audio: track } : {} };
  }
}

/** The devices of a kind, without the entries that carry no id before permission is given. */
export async function devices(kind: MediaDeviceKind): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.()) ?? [];
  return all.filter((device) => device.kind === kind && device.deviceId !== "");
}
