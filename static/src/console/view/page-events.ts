/** What the page itself goes through: starting, falling back, losing the server, ending. */

import { text } from "./fields.ts";
import { appended } from "./items.ts";
import { noticed } from "./notices.ts";
import { START, type Failure, type Notice, type TextReason, type TransportKind, type View, type ViewEvent } from "./types.ts";
import { typed } from "./user-items.ts";

export function onPage(view: View, event: ViewEvent): View {
  const { at, data } = event;
  switch (event.type) {
    case "start":
      return { ...START, phase: "starting", made: view.made };
    case "resume":
      return { ...quiet(view), phase: "resuming", failure: null, elsewhere: null };
    case "microphone":
      return { ...view, textReason: (data["reason"] as TextReason | null) ?? null };
    case "connecting":
      return { ...view, phase: view.phase === "resuming" ? "resuming" : "connecting", transport: data["transport"] as TransportKind, fellBack: data["fellBack"] === true };
    case "rtt":
      return { ...view, rtt: data["ms"] as number };
    case "typed":
      return typed(view, at, text(data["text"]));
    case "notice":
      return noticed(view, data as unknown as Notice);
    case "notice-closed":
      return { ...view, notices: view.notices.filter((notice) => notice.code !== data["code"]) };
    case "line":
      return appended(view, { kind: "line", at, text: text(data["text"]) });
    case "shown":
      return appended(view, { kind: "shown", at, text: text(data["text"]), url: text(data["url"]) || null });
    case "ended":
      return ended(view, at, text(data["sentence"]));
    case "failed":
      return { ...quiet(view), phase: "failed", failure: data as unknown as Failure, endedAt: at };
    case "elsewhere":
      return { ...quiet(view), phase: "elsewhere", elsewhere: { bot: text(data["bot"]), url: text(data["url"]) || null } };
    case "reset":
      return { ...START, made: view.made };
    default:
      return view;
  }
}

const quiet = (view: View): View => ({ ...view, ready: false, userSpeaking: false, botSpeaking: false, thinking: false, unheard: [], rtt: null });

/** The connection is over; the server's own words about it, when they came, win. */
function ended(view: View, at: number, sentence: string): View {
  if (view.phase === "ended") return { ...view, ready: false };
  return {
    ...quiet(view), phase: "ended", endedAt: at,
    ending: view.ending ?? { reason: "", sentence, owner: "caller", duration: null, turns: null, url: view.call?.url ?? null },
  };
}
