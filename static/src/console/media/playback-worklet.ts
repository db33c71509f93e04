/** Plays s16le mono as it arrives; waits for a short lead after every gap so that a late packet does not crackle. */

const LEAD_SECONDS = 0.04;
const PATIENCE_SECONDS = 0.08;

class Playback extends AudioWorkletProcessor {
  private queue: Int16Array[] = [];
  private offset = 0;
  private queued = 0;
  private playing = false;
  private waited = 0;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<Int16Array | "clear">) => {
      if (event.data === "clear") this.clear();
      else this.add(event.data);
    };
  }

  private clear(): void {
    this.queue = [];
    this.offset = 0;
    this.queued = 0;
    this.playing = false;
  }

  private add(samples: Int16Array): void {
    this.queue.push(samples);
    this.queued += samples.length;
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (!output) return true;
    if (!this.playing) {
      this.waited = this.queued > 0 ? this.waited + output.length : 0;
      if (this.queued < LEAD_SECONDS * sampleRate && this.waited < PATIENCE_SECONDS * sampleRate) return true;
      this.playing = true;
      this.waited = 0;
    }
    for (let at = 0; at < output.length; at += 1) output[at] = this.next();
    return true;
  }

  private next(): number {
    const head = this.queue[0];
    if (!head) {
      this.playing = false;
      return 0;
    }
    const sample = head[this.offset]! / 32768;
    this.offset += 1;
    this.queued -= 1;
    if (this.offset === head.length) {
      this.queue.shift();
      this.offset = 0;
    }
    return sample;
  }
}

registerProcessor("playback", Playback);
