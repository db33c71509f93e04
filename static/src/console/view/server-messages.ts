/** The product's own messages, carried inside `server-message`. */

import * as bot from "./bot-items.ts";
import { list, number, record, text, type Data } from "./fields.ts";
import { appended } from "./items.ts";
import { marked } from "./marks.ts";
import { noticed } from "./notices.ts";
import type { CallInfo, Item, Latency, Level, View } from "./types.ts";
import * as user from "./user-items.ts";

export function onServerMessage(view: View, at: number, data: Data): View {
  switch (data["type"]) {
    case "call":
      return connected(view, at, callOf(data));
    case "history":
      return remembered(view, at, list(data["turns"]).map(record));
    case "user-turn":
      return userTurn(view, at, data);
    case "user-mute":
      return { ...view, unheard: data["muted"] === true ? list(data["reasons"]).map(text) : [] };
    case "bot-words":
      return botWords(view, at, data);
    case "turn-latency":
      return bot.timed(view, latencyOf(data));
    case "notice":
      return noticed(view, {
        code: text(data["code"]), level: levelOf(data["level"]), text: text(data["text"]),
        next: text(data["next_step"]), owner: text(data["owner"]),
      });
    case "call-ended":
      return {
        ...view, phase: "ended", userSpeaking: false, botSpeaking: false, thinking: false, unheard: [], endedAt: at,
        ending: {
          reason: text(data["reason"]), sentence: text(data["sentence"]), owner: text(data["owner"]),
          duration: number(data["duration_s"]), turns: number(data["turns"]), url: text(data["call_url"]) || view.call?.url || null,
        },
      };
    default:
      return view;
  }
}

/** What became of words that are not answered. */
const UNUSED = new Set(["discarded", "backchannel", "echo"]);
const levelOf = (value: unknown): Level => (value === "warn" || value === "error" ? value : "info");

function callOf(data: Data): CallInfo {
  const version = data["version"];
  return {
    id: text(data["call_id"]), url: text(data["call_url"]), token: text(data["resume_token"]), resumed: data["resumed"] === true,
    bot: text(data["bot"]), version: version === "draft" ? "draft" : number(version), transport: text(data["transport"]),
    maxDuration: number(data["max_duration_s"]), startedAt: text(data["started_at"]) || null,
  };
}

function connected(view: View, at: number, call: CallInfo): View {
  const next = { ...view, call };
  return call.resumed ? appended(next, { kind: "line", at, text: "Reconnected. You are in the same conversation." }) : next;
}

/** Earlier turns of this conversation: those the page still shows stay as they are, the others are put before them. */
function remembered(view: View, at: number, turns: readonly Data[]): View {
  const seen = new Set(view.items.flatMap((item) => (item.kind === "user" || item.kind === "bot" ? [`${item.kind} ${item.turn}`] : [])));
  const past = turns.map((turn, index) => pastItem(view, at, turn, index));
  const missing = past.filter((item) => !("turn" in item) || !seen.has(`${item.kind} ${item.turn}`));
  const turn = past.reduce((top, item) => Math.max(top, "turn" in item ? (item.turn ?? 0) : 0), view.turn);
  const lines = view.items.filter((item) => item.kind === "line" && item === view.items[view.items.length - 1]);
  const shown = view.items.filter((item) => !lines.includes(item));
  const opening: Item[] = view.call?.resumed || missing.length === 0
    ? [] : [{ kind: "line", key: `h${view.made}-end`, at, text: "Earlier conversation above. The new one starts here." }];
  return { ...view, made: view.made + 1, turn, items: [...shown, ...missing, ...opening, ...lines] };
}

function pastItem(view: View, at: number, turn: Data, index: number): Item {
  const key = `h${view.made}-${index}`;
  const place = number(turn["turn"]);
  const said = text(turn["text"]);
  if (turn["role"] === "user") {
    return { kind: "user", key, at, turn: place, text: said, partial: "", final: true, source: "voice", discarded: false, history: true };
  }
  const interrupted = turn["interrupted"] === true;
  const segment = bot.segmentOf(-2 - index, text(turn["planned"]) || said, true);
  const heard = interrupted ? bot.segmentHeard(segment, said) : segment.words.length;
  return {
    kind: "bot", key, at, turn: place, open: false, interrupted, history: true,
    latency: view.latencies.find((known) => known.turn === place) ?? null,
    segments: [{ ...segment, heard, done: true, interrupted }],
  };
}

function userTurn(view: View, at: number, data: Data): View {
  const discarded = UNUSED.has(text(data["disposition"]));
  const turn = number(data["turn"]);
  const next = user.settled(view, at, turn, text(data["text"]), discarded);
  return discarded ? { ...next, thinking: false } : { ...next, turn: turn ?? next.turn, thinking: !next.botSpeaking };
}

function botWords(view: View, at: number, data: Data): View {
  const interrupted = data["interrupted"] === true;
  const next = bot.cut(view, number(data["segment_id"]) ?? -1, text(data["heard"]), interrupted);
  return interrupted ? marked(next, "interruption", at) : next;
}

function latencyOf(data: Data): Latency {
  return {
    turn: number(data["turn"]) ?? 0, total: number(data["total_ms"]) ?? 0, sentence: text(data["sentence"]),
    segments: list(data["segments"]).map(record).map((part) => ({
      name: text(part["name"]), ms: number(part["ms"]) ?? 0, owner: text(part["owner"]),
    })),
  };
}
