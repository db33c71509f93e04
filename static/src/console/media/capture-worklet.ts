/** Microphone to 16 kHz mono s16le in steps of 256 samples (16 ms). */

import { Resampler } from "./resample.ts";

const RATE = 16000;
const STEP = 256;

class Capture extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE);
  private step = new Int16Array(STEP);
  private filled = 0;

  process(inputs: Float32Array[][]): boolean {
    const input = inputs[0]?.[0];
    if (!input) return true;
    for (const sample of this.resampler.push(input)) {
      this.step[this.filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
      this.filled += 1;
      if (this.filled < STEP) continue;
      this.port.postMessage(this.step.buffer, [this.step.buffer]);
      this.step = new Int16Array(STEP);
      this.filled = 0;
    }
    return true;
  }
}

registerProcessor("capture", Capture);
