/** What the bot says, word by word as it is played out. */

import { number, record, text } from "./fields.ts";
import { appended, newest, replaced } from "./items.ts";
import type { BotItem, Item, Latency, Segment, View } from "./types.ts";
import { heardCount, wordsOf } from "./words.ts";

const open = (item: Item): item is BotItem => item.kind === "bot" && item.open;
const live = (item: Item): item is BotItem => item.kind === "bot" && !item.history;

/** A new generation begins: what follows belongs to a new reply. */
export function replyStarted(view: View): View {
  const item = newest(view, open);
  return item && item.segments.length > 0 ? replaced(view, { ...item, open: false }) : view;
}

export function replyStopped(view: View): View {
  const item = newest(view, open);
  return item && item.segments.every((segment) => segment.done || !segment.spoken) ? replaced(view, { ...item, open: false }) : view;
}

function holder(view: View, id: number): BotItem | null {
  return newest(view, (item): item is BotItem => live(item) && item.segments.some((segment) => segment.id === id));
}

function begun(view: View, at: number, segment: Segment): View {
  const item = newest(view, open);
  const last = view.items[view.items.length - 1];
  if (item && last?.key === item.key) return replaced(view, { ...item, segments: [...item.segments, segment] });
  const closed = item ? replaced(view, { ...item, open: false }) : view;
  const latency = closed.latencies.find((known) => known.turn === closed.turn && !shown(closed, known)) ?? null;
  return appended(closed, {
    kind: "bot", at, turn: closed.turn, segments: [segment], open: true, interrupted: false, latency, history: false,
  });
}

const shown = (view: View, latency: Latency): boolean =>
  view.items.some((item) => item.kind === "bot" && item.latency?.turn === latency.turn);

export function segmentOf(id: number, words: string, spoken: boolean): Segment {
  return { id, text: words, words: wordsOf(words), heard: 0, spoken, done: false, interrupted: false };
}

/** How many words of a piece lie within the text that was heard. */
export const segmentHeard = (segment: Segment, heard: string): number => heardCount(segment.words, heard);

/** One `bot-output` message: a new piece of text, its progress, or its end. */
export function output(view: View, at: number, data: Record<string, unknown>): View {
  const id = number(data["segment_id"]) ?? -1;
  const status = text(data["spoken_status"]) || "new";
  const spoken = data["will_be_spoken"] !== false;
  const item = holder(view, id);
  if (!item) {
    if (status !== "new") return view;
    const next = begun(view, at, segmentOf(id, text(data["text"]), spoken));
    return spoken ? next : { ...next, thinking: false };
  }
  const played = text(record(data["spoken_progress"])["accumulated_text"]);
  const segments = item.segments.map((segment) => {
    if (segment.id !== id || segment.interrupted) return segment;
    if (status === "completed") return { ...segment, heard: segment.words.length, done: true };
    return { ...segment, heard: Math.max(segment.heard, heardCount(segment.words, played)) };
  });
  return replaced(view, { ...item, segments });
}

/** The ledger's word on a piece that was cut: what was heard, what was not. */
export function cut(view: View, id: number, heard: string, interrupted: boolean): View {
  const item = holder(view, id);
  if (!item) return view;
  const place = item.segments.findIndex((segment) => segment.id === id);
  const segments = item.segments.map((segment, index) => {
    if (index === place) return { ...segment, heard: heardCount(segment.words, heard), done: true, interrupted };
    return index > place && interrupted && !segment.done ? { ...segment, done: true, interrupted: true } : segment;
  });
  return replaced(view, { ...item, segments, interrupted: item.interrupted || interrupted, open: item.open && !interrupted });
}

/** Hangs a reply's latency on the reply, or keeps it until the reply appears. */
export function timed(view: View, latency: Latency): View {
  const kept = { ...view, latencies: [...view.latencies.filter((known) => known.turn !== latency.turn), latency] };
  const first = view.items.find((item): item is BotItem => live(item) && item.turn === latency.turn);
  return first ? replaced(kept, { ...first, latency }) : kept;
}

/** Words heard and words planned in a reply. */
export function heardOf(item: BotItem): { readonly heard: number; readonly planned: number } {
  const spoken = item.segments.filter((segment) => segment.spoken);
  return {
    heard: spoken.reduce((sum, segment) => sum + segment.heard, 0),
    planned: spoken.reduce((sum, segment) => sum + segment.words.length, 0),
  };
}
