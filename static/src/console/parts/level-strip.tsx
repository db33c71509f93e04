/** The last twenty seconds of both voices, with where speech began, ended and was cut. */

import { useCallback, useEffect, useRef } from "preact/hooks";
import type { Mark } from "../view/types.ts";
import { useDesk, useStore, useTicks } from "./context.ts";

const SECONDS = 20;

interface Sample {
  readonly at: number;
  readonly mine: number;
  readonly bots: number;
}

export function LevelStrip() {
  const { microphone, loudspeaker, store, session } = useDesk();
  const { view } = useStore();
  const canvas = useRef<HTMLCanvasElement>(null);
  const samples = useRef<Sample[]>([]);
  const live = view.phase === "live";
  useEffect(() => {
    if (view.phase === "starting") samples.current = [];
  }, [view.phase]);
  const step = useCallback(() => {
    const at = performance.now();
    samples.current = samples.current.filter((sample) => at - sample.at < SECONDS * 1000);
    samples.current.push({ at, mine: session.voice.hearing ? microphone.level : 0, bots: loudspeaker.level });
    if (canvas.current) draw(canvas.current, samples.current, store.view.marks, at);
  }, [microphone, loudspeaker, store, session]);
  useTicks(step, live);
  return (
    <div class="strip">
      <span class="strip-names" aria-hidden="true"><i>you</i><i>bot</i></span>
      <canvas ref={canvas} role="img" aria-label="Levels of both voices over the last 20 seconds" />
    </div>
  );
}

function draw(canvas: HTMLCanvasElement, samples: readonly Sample[], marks: readonly Mark[], now: number): void {
  const scale = devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const pen = canvas.getContext("2d");
  if (!pen) return;
  const style = getComputedStyle(canvas);
  const tone = (name: string): string => style.getPropertyValue(name).trim();
  const place = (at: number): number => width - ((now - at) / (SECONDS * 1000)) * width;
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  const lane = height / 2;
  spans(pen, marks, "user-start", "user-stop", now, place, 0, lane, tone("--accent-soft"));
  spans(pen, marks, "bot-start", "bot-stop", now, place, lane, lane, tone("--bot-soft"));
  bars(pen, samples, place, (sample) => sample.mine, lane / 2, lane, tone("--accent"));
  bars(pen, samples, place, (sample) => sample.bots, lane * 1.5, lane, tone("--bot"));
  pen.strokeStyle = tone("--err");
  pen.lineWidth = 1.5;
  pen.setLineDash([3, 3]);
  for (const mark of marks) {
    if (mark.kind !== "interruption" || now - mark.at > SECONDS * 1000) continue;
    pen.beginPath();
    pen.moveTo(place(mark.at), 0);
    pen.lineTo(place(mark.at), height);
    pen.stroke();
  }
  pen.setLineDash([]);
}

type Place = (at: number) => number;

function bars(pen: CanvasRenderingContext2D, samples: readonly Sample[], place: Place, level: (sample: Sample) => number, middle: number, lane: number, tone: string): void {
  pen.fillStyle = tone;
  for (const sample of samples) {
    const tall = Math.max(1, level(sample) * (lane - 4));
    pen.fillRect(place(sample.at) - 1, middle - tall / 2, 2, tall);
  }
}

function spans(pen: CanvasRenderingContext2D, marks: readonly Mark[], from: Mark["kind"], to: Mark["kind"], now: number, place: Place, top: number, lane: number, tone: string): void {
  pen.fillStyle = tone;
  let began: number | null = null;
  for (const mark of marks) {
    if (mark.kind === from) began = mark.at;
    if (mark.kind !== to || began === null) continue;
    pen.fillRect(place(began), top, place(mark.at) - place(began), lane);
    began = null;
  }
  if (began !== null) pen.fillRect(place(began), top, place(now) - place(began), lane);
}
