/** The one microphone of the page: opened once, kept across transports and reconnections. */

import type { TextReason } from "../view/types.ts";
import { Meter } from "./meter.ts";

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true } as const;

/** Why a microphone could not be opened. */
export class MicrophoneRefusal extends Error {
  constructor(readonly reason: Exclude<TextReason, "chosen">) {
    super(reason);
  }
}

type Listener = (track: MediaStreamTrack | null) => void;

export class Microphone {
  private stream: MediaStream | null = null;
  private graph: { context: AudioContext; source: MediaStreamAudioSourceNode | null; meter: Meter; tap: AudioNode | null } | null = null;
  private readonly listeners = new Set<Listener>();
  private enabled = true;
  private wanted = remembered("voiceapp-mic");

  static get possible(): boolean {
    return window.isSecureContext && typeof navigator.mediaDevices?.getUserMedia === "function";
  }

  get track(): MediaStreamTrack | null {
    return this.stream?.getAudioTracks()[0] ?? null;
  }

  get deviceId(): string {
    return this.track?.getSettings().deviceId ?? this.wanted;
  }

  get device(): MediaDeviceInfo | Record<string, never> {
    const track = this.track;
    if (!track) return {};
    const { deviceId = "default", groupId = "" } = track.getSettings();
    const info = { deviceId, groupId, kind: "audioinput" as const, label: track.label };
    return { ...info, toJSON: () => info };
  }

  /** Opens the chosen device, or the system's own choice when that one is gone. */
  async open(deviceId = this.wanted): Promise<MediaStreamTrack> {
    if (!Microphone.possible) throw new MicrophoneRefusal("insecure");
    const live = this.track;
    if (live?.readyState === "live" && (!deviceId || live.getSettings().deviceId === deviceId)) return live;
    const stream = await this.ask(deviceId);
    this.stop();
    this.stream = stream;
    const track = this.track!;
    track.enabled = this.enabled;
    track.addEventListener("ended", () => this.lost(track));
    this.connect();
    this.tell();
    return track;
  }

  private async ask(deviceId: string): Promise<MediaStream> {
    const exact = deviceId ? { ...SOUND, deviceId: { exact: deviceId } } : SOUND;
    try {
      return await navigator.mediaDevices.getUserMedia({ audio: exact });
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      if (deviceId && (name === "OverconstrainedError" || name === "NotFoundError")) return this.ask("");
      throw new MicrophoneRefusal(refusal(name));
    }
  }

  async choose(deviceId: string): Promise<void> {
    this.wanted = deviceId;
    remember("voiceapp-mic", deviceId);
    if (this.stream) await this.open(deviceId);
  }

  enable(on: boolean): void {
    this.enabled = on;
    if (this.track) this.track.enabled = on;
  }

  /** Called with the new track whenever the device changes, with null when it is gone. */
  watch(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Sends the sound through a node as well, for as long as the node is set. */
  tap(node: AudioNode | null): void {
    if (!this.graph) return;
    if (this.graph.tap) this.graph.source?.disconnect(this.graph.tap);
    this.graph.tap = node;
    if (node) this.graph.source?.connect(node);
  }

  get context(): AudioContext {
    if (!this.graph) {
      const context = new AudioContext();
      this.graph = { context, source: null, meter: new Meter(context), tap: null };
    }
    return this.graph.context;
  }

  get level(): number {
    return this.stream && this.graph ? this.graph.meter.level() : 0;
  }

  get peak(): number {
    return this.stream && this.graph ? this.graph.meter.peak() : 0;
  }

  /** Whether levels are being measured: browsers hold the graph back until the page is touched. */
  get running(): boolean {
    return this.graph?.context.state === "running";
  }

  close(): void {
    this.stop();
    this.stream = null;
    this.tell();
  }

  private connect(): void {
    const context = this.context;
    const graph = this.graph!;
    graph.source?.disconnect();
    graph.source = context.createMediaStreamSource(this.stream!);
    graph.source.connect(graph.meter.node);
    if (graph.tap) graph.source.connect(graph.tap);
    void context.resume();
  }

  private stop(): void {
    this.graph?.source?.disconnect();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
  }

  private lost(track: MediaStreamTrack): void {
    if (this.track !== track) return;
    this.stream = null;
    this.open("").catch(() => this.tell());
  }

  private tell(): void {
    for (const listener of this.listeners) listener(this.track);
  }
}

function refusal(name: string): Exclude<TextReason, "chosen"> {
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotReadableError" || name === "AbortError") return "busy";
  return "nomic";
}

export function remembered(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still talks.
  }
}
