/** Measures how loud a node of the audio graph is. */
export class Meter {
  private readonly analyser: AnalyserNode;
  private readonly window: Float32Array<ArrayBuffer>;

  constructor(context: BaseAudioContext) {
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.window = new Float32Array(this.analyser.fftSize);
  }

  get node(): AudioNode {
    return this.analyser;
  }

  /** Largest sample of the last 20 ms or so, from 0 to 1. */
  peak(): number {
    this.analyser.getFloatTimeDomainData(this.window);
    let top = 0;
    for (const sample of this.window) top = Math.max(top, Math.abs(sample));
    return top;
  }

  /** Root mean square mapped to 0…1 over a range of 60 dB, as the eye expects a meter to move. */
  level(): number {
    this.analyser.getFloatTimeDomainData(this.window);
    let sum = 0;
    for (const sample of this.window) sum += sample * sample;
    const decibels = 10 * Math.log10(sum / this.window.length + 1e-9);
    return Math.max(0, Math.min(1, (decibels + 60) / 54));
  }
}
