/** How long a reply took, and where the time went. */

import { useEffect, useRef, useState } from "preact/hooks";
import { pace, percentile } from "../view/selectors.ts";
import type { Latency } from "../view/types.ts";
import { useStore } from "./context.ts";
import { Icon } from "./icons.tsx";

const NAMES: Readonly<Record<string, string>> = {
  end_of_turn: "End of turn", arrival: "Way to the server", stt: "Recognition", turn: "Turn decision", engine: "The server", llm: "Model",
  tools: "Tools", sentence: "First sentence", tts: "Voice", transport: "Start of playing",
};
/** Whose a part is, where its name does not say so. */
const OWNERS: Readonly<Record<string, string>> = { setting: "a setting", author: "a setting", network: "network" };
const PACES = { quick: "quick", fair: "fair", slow: "slow" } as const;

export function LatencyChip({ latency }: { readonly latency: Latency }) {
  const [open, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const speed = pace(latency.total);
  useEffect(() => { if (open) place.current?.scrollIntoView({ block: "nearest" }); }, [open]);
  return (
    <div class="latency" ref={place}>
      <button type="button" class={`chip chip-${speed}`} data-testid="latency" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="clock" size={14} />{Math.round(latency.total)} ms <span class="chip-word">{PACES[speed]}</span>
      </button>
      {open && <LatencyBreakdown latency={latency} />}
    </div>
  );
}

export function LatencyBreakdown({ latency }: { readonly latency: Latency }) {
  const whole = Math.max(1, latency.total, latency.segments.reduce((sum, part) => sum + part.ms, 0));
  return (
    <div class="breakdown" data-testid="latency-breakdown">
      <div class="stack" aria-hidden="true">
        {latency.segments.map((part, index) => <i key={index} class={`seg seg-${part.name}`} style={{ width: `${(100 * part.ms) / whole}%` }} />)}
      </div>
      <dl class="parts">
        {latency.segments.map((part, index) => (
          <div key={index}><dt><i class={`dot seg-${part.name}`} aria-hidden="true" />{NAMES[part.name] ?? part.name}{OWNERS[part.owner] && <small class="part-owner">{OWNERS[part.owner]}</small>}</dt><dd>{Math.round(part.ms)} ms</dd></div>
        ))}
      </dl>
      {latency.sentence && <p class="why">{latency.sentence}</p>}
    </div>
  );
}

/** The timing panel: the newest reply in full, and how the call has been so far. */
export function Timing() {
  const { view } = useStore();
  const newest = view.latencies[view.latencies.length - 1];
  if (!newest) return <p class="empty">Each reply’s time appears here, split into what took it.</p>;
  const recent = view.latencies.slice(-20);
  const top = Math.max(...recent.map((latency) => latency.total));
  return (
    <div class="timing">
      <p class="timing-head"><span>{nameOf(newest)}</span><strong>{Math.round(newest.total)} ms</strong></p>
      <LatencyBreakdown latency={newest} />
      <div class="figures">
        <Figure name="Median" value={percentile(view.latencies, 0.5)} />
        <Figure name="95th percentile" value={percentile(view.latencies, 0.95)} />
        <Figure name="Slowest" value={percentile(view.latencies, 1)} />
      </div>
      <div class="spark" role="img" aria-label={`Latency of the last ${recent.length} replies`}>
        {recent.map((latency) => (
          <i key={latency.turn} class={`spark-${pace(latency.total)}`} style={{ height: `${Math.max(6, (100 * latency.total) / top)}%` }} title={`${nameOf(latency)}: ${Math.round(latency.total)} ms`} />
        ))}
      </div>
      <p class="note">Last {recent.length} {recent.length === 1 ? "reply" : "replies"}, from the end of your turn to the first sound of the bot.</p>
    </div>
  );
}

const nameOf = (latency: Latency): string => (latency.turn === 0 ? "Greeting" : `Reply to turn ${latency.turn}`);

function Figure({ name, value }: { readonly name: string; readonly value: number | null }) {
  return <div class="figure"><span>{name}</span><strong>{value === null ? "–" : `${Math.round(value)} ms`}</strong></div>;
}
