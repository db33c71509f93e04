/** What an audio worklet's own global scope offers beyond the browser's. */
declare const sampleRate: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
declare function registerProcessor(name: string, type: new () => AudioWorkletProcessor): void;
