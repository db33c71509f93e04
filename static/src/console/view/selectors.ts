/** Reads of the view: the state in one word, the figures of a call. */

import type { Latency, StateName, View } from "./types.ts";

export function stateName(view: View): StateName {
  switch (view.phase) {
    case "idle": return "idle";
    case "starting":
    case "connecting": return "connecting";
    case "resuming": return "resuming";
    case "ended": return "ended";
    case "failed": return "error";
    case "elsewhere": return "elsewhere";
    case "live": return liveState(view);
  }
}

function liveState(view: View): StateName {
  if (view.botSpeaking) return "speaking";
  if (view.thinking) return "thinking";
  if (view.textReason === "denied") return "denied";
  if (view.textReason === "nomic" || view.textReason === "insecure" || view.textReason === "busy") return "nomic";
  return "listening";
}

/** The value below which that share of the latencies lies, in milliseconds; null without any. */
export function percentile(latencies: readonly Latency[], share: number): number | null {
  if (latencies.length === 0) return null;
  const sorted = latencies.map((latency) => latency.total).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** Turns of both sides, as far as the page has seen. */
export function turnCount(view: View): number {
  return view.items.filter((item) => item.kind === "bot" || (item.kind === "user" && item.final && !item.discarded)).length;
}

/** Seconds the call lasted: the server's figure, else what the page can tell; `origin` is when the page's clock began. */
export function callSeconds(view: View, origin: number): number {
  if (view.ending?.duration != null) return view.ending.duration;
  if (view.endedAt === null) return 0;
  const began = Date.parse(view.call?.startedAt ?? "") - origin;
  return (view.endedAt - (Number.isFinite(began) ? began : (view.startedAt ?? view.endedAt))) / 1000;
}

/** Seconds as 1:05 or 1:02:05. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** How quick a reply felt; the word stands beside the colour. */
export function pace(ms: number): "quick" | "fair" | "slow" {
  if (ms <= 800) return "quick";
  return ms <= 1500 ? "fair" : "slow";
}
