/** The one loudspeaker of the page: plays the bot's WebRTC track or its PCM, and measures it. */

import { Meter } from "./meter.ts";
import { remember, remembered } from "./microphone.ts";

export const PLAYBACK_RATE = 24000;

type Sinkable = { setSinkId?: (id: string) => Promise<void> };

export class Loudspeaker {
  private readonly element = new Audio();
  private tracks: { context: AudioContext; source: MediaStreamAudioSourceNode | null; meter: Meter } | null = null;
  private samples: { context: AudioContext; node: AudioWorkletNode; meter: Meter } | null = null;
  private chosen = remembered("voiceapp-speaker");
  private blocked = false;

  constructor(private readonly onBlocked: (blocked: boolean) => void) {
    this.element.autoplay = true;
  }

  static get selectable(): boolean {
    return "setSinkId" in HTMLMediaElement.prototype;
  }

  get deviceId(): string {
    return this.chosen;
  }

  get level(): number {
    return Math.max(this.tracks?.source ? this.tracks.meter.level() : 0, this.samples?.meter.level() ?? 0);
  }

  async choose(deviceId: string): Promise<void> {
    this.chosen = deviceId;
    remember("voiceapp-speaker", deviceId);
    await this.route();
  }

  private async route(): Promise<void> {
    const targets: Sinkable[] = [this.element as Sinkable];
    if (this.samples) targets.push(this.samples.context as Sinkable);
    for (const target of targets) {
      try {
        await target.setSinkId?.(this.chosen);
      } catch {
        // The device is gone: the system's own choice stays in use.
      }
    }
  }

  /** Plays the bot's track of a peer connection. */
  async playTrack(track: MediaStreamTrack): Promise<void> {
    const stream = new MediaStream([track]);
    this.element.srcObject = stream;
    await this.route();
    if (!this.tracks) {
      const context = new AudioContext();
      this.tracks = { context, source: null, meter: new Meter(context) };
    }
    this.tracks.source?.disconnect();
    this.tracks.source = this.tracks.context.createMediaStreamSource(stream);
    this.tracks.source.connect(this.tracks.meter.node);
    await this.wake();
  }

  /** Gets ready to play PCM; the worklet is loaded from our own files. */
  async openPcm(): Promise<void> {
    if (this.samples) return;
    const context = new AudioContext({ sampleRate: PLAYBACK_RATE, latencyHint: "interactive" });
    await context.audioWorklet.addModule(new URL("./playback-worklet.js", import.meta.url));
    const node = new AudioWorkletNode(context, "playback", { numberOfInputs: 0, outputChannelCount: [1] });
    const meter = new Meter(context);
    node.connect(meter.node);
    node.connect(context.destination);
    this.samples = { context, node, meter };
    await this.route();
    await this.wake();
  }

  playPcm(samples: Int16Array): void {
    this.samples?.node.port.postMessage(samples);
  }

  /** Drops what has not been played yet. */
  clear(): void {
    this.samples?.node.port.postMessage("clear");
  }

  silence(): void {
    this.clear();
    this.tracks?.source?.disconnect();
    if (this.tracks) this.tracks.source = null;
    this.element.srcObject = null;
  }

  /** Starts what the browser holds back until the person touches the page. */
  async wake(): Promise<void> {
    const contexts = [this.tracks?.context, this.samples?.context].filter((context) => context !== undefined);
    for (const context of contexts) void context.resume();
    if (this.element.srcObject) {
      await this.element.play().then(() => this.report(false), (error: unknown) => {
        if (error instanceof DOMException && error.name === "NotAllowedError") this.report(true);
      });
    } else if (this.samples) {
      await new Promise((done) => setTimeout(done, 150));
      this.report(this.samples.context.state === "suspended");
    }
  }

  private report(blocked: boolean): void {
    if (blocked === this.blocked) return;
    this.blocked = blocked;
    this.onBlocked(blocked);
  }

  /** Two soft notes on the chosen device. */
  async testTone(): Promise<void> {
    const context = new AudioContext();
    try {
      await (context as Sinkable).setSinkId?.(this.chosen);
    } catch {
      // The device is gone: the tone comes from the system's own choice.
    }
    for (const [start, pitch] of [[0, 523.25], [0.22, 783.99]] as const) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      const from = context.currentTime + 0.05 + start;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, from);
      volume.gain.linearRampToValueAtTime(0.25, from + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, from + 0.4);
      tone.connect(volume).connect(context.destination);
      tone.start(from);
      tone.stop(from + 0.42);
    }
    await new Promise((done) => setTimeout(done, 800));
    await context.close();
  }
}
