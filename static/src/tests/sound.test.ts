import assert from "node:assert/strict";
import { test } from "node:test";
import { Resampler } from "../console/media/resample.ts";

function tone(hertz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from({ length: rate * seconds }, (_, index) => Math.sin((2 * Math.PI * hertz * index) / rate));
}

function inSteps(from: number, to: number, input: Float32Array, step = 128): Float32Array {
  const resampler = new Resampler(from, to);
  const parts: number[] = [];
  for (let at = 0; at < input.length; at += step) parts.push(...resampler.push(input.subarray(at, at + step)));
  return Float32Array.from(parts);
}

const power = (samples: Float32Array): number => Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);

for (const rate of [48000, 44100, 16000]) {
  test(`speech at ${rate} Hz keeps its length and level at 16 kHz`, () => {
    const output = inSteps(rate, 16000, tone(1000, rate, 1));
    assert.ok(Math.abs(output.length - 16000) < 40, String(output.length));
    assert.ok(Math.abs(power(output.subarray(200, 15000)) - Math.SQRT1_2) < 0.01);
  });
}

test("sound above half the new rate does not fold back", () => {
  const output = inSteps(48000, 16000, tone(11000, 48000, 1));
  assert.ok(power(output.subarray(200, 15000)) < 0.01);
});
