/** Checks, before a call, what a call needs. */

import type { Microphone } from "../media/microphone.ts";
import { MicrophoneRefusal } from "../media/microphone.ts";
import { allowAgain } from "../sentences.ts";
import { reach } from "./start.ts";

export interface Finding {
  readonly ok: boolean | null;
  readonly text: string;
  readonly next: string;
}

export interface Recorded {
  readonly finding: Finding;
  readonly sound: AudioBuffer | null;
}

const good = (text: string): Finding => ({ ok: true, text, next: "" });
const bad = (text: string, next: string): Finding => ({ ok: false, text, next });

/** Records one second, says how loud it was and keeps it for playing back. */
export async function checkMicrophone(microphone: Microphone): Promise<Recorded> {
  try {
    await microphone.open();
  } catch (error) {
    return { finding: refused(error instanceof MicrophoneRefusal ? error.reason : "nomic"), sound: null };
  }
  const sound = await record(microphone, 1);
  const samples = sound.getChannelData(0);
  const peak = samples.reduce((top, sample) => Math.max(top, Math.abs(sample)), 0);
  const decibels = Math.round(20 * Math.log10(peak + 1e-6));
  if (peak < 1e-5) return { finding: bad("The microphone sends only silence.", "Check its mute switch or choose another one."), sound };
  if (decibels < -45) return { finding: bad(`Very quiet: the loudest sound was ${decibels} dB.`, "Speak while it records, or move closer."), sound };
  return { finding: good(`Heard you at ${decibels} dB.`), sound };
}

function refused(reason: string): Finding {
  switch (reason) {
    case "denied": return bad("Your browser blocks the microphone.", allowAgain(navigator.userAgent));
    case "insecure": return bad("Browsers open the microphone only on secure pages.", "Open this page through https or on localhost.");
    case "busy": return bad("Another program is using the microphone.", "Close it and check again.");
    default: return bad("No microphone was found.", "Plug one in, or talk by typing.");
  }
}

async function record(microphone: Microphone, seconds: number): Promise<AudioBuffer> {
  const context = microphone.context;
  await context.resume();
  await context.audioWorklet.addModule(new URL("./capture-worklet.js", import.meta.url));
  const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  const steps: Int16Array[] = [];
  node.port.onmessage = (event: MessageEvent<ArrayBuffer>) => steps.push(new Int16Array(event.data));
  microphone.tap(node);
  await new Promise((done) => setTimeout(done, seconds * 1000));
  microphone.tap(null);
  const length = steps.reduce((sum, step) => sum + step.length, 0);
  const sound = new AudioBuffer({ length: Math.max(1, length), sampleRate: 16000, numberOfChannels: 1 });
  const samples = sound.getChannelData(0);
  let at = 0;
  for (const step of steps) for (const sample of step) samples[at++] = sample / 32768;
  return sound;
}

export async function playBack(sound: AudioBuffer): Promise<void> {
  const context = new AudioContext();
  const source = context.createBufferSource();
  source.buffer = sound;
  source.connect(context.destination);
  await new Promise<void>((done) => {
    source.onended = () => done();
    source.start();
  });
  await context.close();
}

/** How far the server is, as the best of three tries. */
export async function checkServer(): Promise<Finding> {
  const times: number[] = [];
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const time = await reach();
    if (time !== null) times.push(time);
  }
  if (times.length === 0) return bad("The server does not answer.", "Check that you are online and the server is running.");
  return good(`Answers in ${Math.min(...times)} ms.`);
}

/** Which way the sound will most likely travel. */
export async function checkPath(): Promise<Finding> {
  if (typeof RTCPeerConnection !== "function") return good("This browser has no WebRTC; the call uses a WebSocket.");
  const found = await localAddresses();
  if (found) return good("WebRTC over UDP is tried first; if the network blocks it, the call moves to a WebSocket within 3 seconds.");
  return good("This network offers no UDP path; the call uses a WebSocket.");
}

async function localAddresses(): Promise<boolean> {
  const peer = new RTCPeerConnection();
  try {
    peer.createDataChannel("check");
    const found = new Promise<boolean>((done) => {
      peer.onicecandidate = (event) => {
        if (event.candidate === null) done(false);
        else if (/ udp /i.test(event.candidate.candidate)) done(true);
      };
      setTimeout(() => done(false), 1500);
    });
    await peer.setLocalDescription(await peer.createOffer());
    return await found;
  } finally {
    peer.close();
  }
}
