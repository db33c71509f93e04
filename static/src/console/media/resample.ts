/** Streaming change of sampling rate with a windowed-sinc low-pass; mono, any ratio. */
export class Resampler {
  private readonly step: number;
  private readonly cutoff: number;
  private readonly reach: number;
  private kept: Float32Array = new Float32Array(0);
  /** Where the next output sample lies, counted in input samples from the first kept one. */
  private position: number;

  constructor(from: number, to: number, zeroCrossings = 12) {
    this.step = from / to;
    this.cutoff = Math.min(1, to / from) * 0.92;
    this.reach = Math.ceil(zeroCrossings / this.cutoff);
    this.position = 0;
  }

  /** The output samples that the input so far determines. */
  push(input: Float32Array): Float32Array {
    const held = new Float32Array(this.kept.length + input.length);
    held.set(this.kept);
    held.set(input, this.kept.length);
    const output: number[] = [];
    while (this.position + this.reach < held.length) {
      output.push(this.at(held, this.position));
      this.position += this.step;
    }
    const gone = Math.max(0, Math.floor(this.position) - this.reach);
    this.kept = held.slice(gone);
    this.position -= gone;
    return Float32Array.from(output);
  }

  private at(samples: Float32Array, place: number): number {
    const first = Math.max(0, Math.ceil(place - this.reach));
    const last = Math.min(samples.length - 1, Math.floor(place + this.reach));
    let sum = 0;
    for (let index = first; index <= last; index += 1) {
      const away = index - place;
      const turn = Math.PI * away * this.cutoff;
      const sinc = away === 0 ? 1 : Math.sin(turn) / turn;
      sum += samples[index]! * sinc * (0.5 + 0.5 * Math.cos((Math.PI * away) / this.reach)) * this.cutoff;
    }
    return sum;
  }
}
