/** The entries of the conversation. */

import { useMemo } from "preact/hooks";
import { heardOf } from "../view/bot-items.ts";
import { clockText } from "../view/selectors.ts";
import type { BotItem, Item, LineItem, Segment, ShownItem, UserItem } from "../view/types.ts";
import { Icon } from "./icons.tsx";
import { LatencyChip } from "./latency.tsx";
import { ToolCard } from "./tool-card.tsx";

/** One entry; drawn again only when it is another one. */
export function Entry({ item, startedAt }: { readonly item: Item; readonly startedAt: number | null }) {
  return useMemo(() => entryOf(item, startedAt), [item, startedAt]);
}

function entryOf(item: Item, startedAt: number | null) {
  switch (item.kind) {
    case "user": return <UserTurn item={item} startedAt={startedAt} />;
    case "bot": return <BotTurn item={item} startedAt={startedAt} />;
    case "tool": return <ToolCard item={item} />;
    case "line": return <Line item={item} />;
    case "shown": return <Shown item={item} />;
  }
}

function Line({ item }: { readonly item: LineItem }) {
  return <p class="line"><span>{item.text}</span></p>;
}

function Shown({ item }: { readonly item: ShownItem }) {
  return (
    <p class="shown" data-testid="shown" dir="auto">
      {item.url ? <a href={item.url} target="_blank" rel="noopener noreferrer nofollow">{item.text}</a> : item.text}
    </p>
  );
}

function Stamp({ at, startedAt, history }: { readonly at: number; readonly startedAt: number | null; readonly history: boolean }) {
  return <span class="stamp">{history || startedAt === null ? "" : clockText((at - startedAt) / 1000)}</span>;
}

function UserTurn({ item, startedAt }: { readonly item: UserItem; readonly startedAt: number | null }) {
  const empty = !item.text && !item.partial;
  return (
    <article class={`turn turn-user${item.discarded ? " turn-discarded" : ""}`} data-testid="turn" data-role="user" data-turn={item.turn ?? ""} data-final={String(item.final)}>
      <header><strong>You</strong><Stamp at={item.at} startedAt={startedAt} history={item.history} />{item.source === "text" && <span class="typed" title="Typed"><Icon name="keyboard" size={14} /><span class="sr">typed</span></span>}</header>
      <p class="said" dir="auto">
        {item.text}
        {(item.partial || (empty && !item.final)) && <span class="partial" aria-hidden="true">{item.text ? " " : ""}{item.partial || "…"}</span>}
      </p>
      {item.discarded && <p class="aside">Not taken as a turn</p>}
    </article>
  );
}

function BotTurn({ item, startedAt }: { readonly item: BotItem; readonly startedAt: number | null }) {
  const { heard, planned } = heardOf(item);
  return (
    <article class="turn turn-bot" data-testid="turn" data-role="assistant" data-turn={item.turn ?? ""} data-interrupted={String(item.interrupted)}>
      <header><strong>Bot</strong><Stamp at={item.at} startedAt={startedAt} history={item.history} /></header>
      <p class="said" dir="auto">{item.segments.map((segment) => <Piece key={segment.id} segment={segment} cut={item.interrupted} />)}</p>
      {item.interrupted && <p class="aside cut"><Icon name="scissors" size={14} />Interrupted: {heard} of {planned} words heard</p>}
      {item.latency && <LatencyChip latency={item.latency} />}
    </article>
  );
}

function Piece({ segment, cut }: { readonly segment: Segment; readonly cut: boolean }) {
  if (!segment.spoken) return <span class="unspoken">{segment.text} </span>;
  return (
    <span class="piece">
      {segment.words.map((word, index) => {
        const heard = index < segment.heard;
        const tone = heard ? "heard" : cut ? "unheard" : "ahead";
        return <span key={index} class={`word word-${tone}`} data-testid="word" data-heard={String(heard)}>{word.text}{word.spaced ? " " : ""}</span>;
      })}{" "}
    </span>
  );
}
