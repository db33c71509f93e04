/** What the server's messages do to the page. */

import * as bot from "./bot-items.ts";
import { record, text } from "./fields.ts";
import { marked } from "./marks.ts";
import { noticed } from "./notices.ts";
import { onServerMessage } from "./server-messages.ts";
import * as tools from "./tool-items.ts";
import type { View, ViewEvent } from "./types.ts";
import * as user from "./user-items.ts";

export function onServer(view: View, event: ViewEvent): View {
  const { at, data } = event;
  switch (event.type) {
    case "bot-ready":
      return { ...view, phase: "live", ready: true, failure: null, startedAt: view.startedAt ?? at };
    case "user-started-speaking":
      return marked(user.started({ ...view, userSpeaking: true, thinking: false }, at), "user-start", at);
    case "user-stopped-speaking":
      return marked({ ...view, userSpeaking: false }, "user-stop", at);
    case "user-transcription":
      return user.transcribed(view, at, text(data["text"]), data["final"] === true);
    case "bot-llm-started":
      return { ...bot.replyStarted(view), thinking: !view.botSpeaking };
    case "bot-output":
      return bot.output(view, at, data);
    case "bot-started-speaking":
      return marked({ ...view, botSpeaking: true, thinking: false }, "bot-start", at);
    case "bot-stopped-speaking":
      return marked({ ...bot.replyStopped(view), botSpeaking: false }, "bot-stop", at);
    case "llm-function-call-started":
    case "llm-function-call-in-progress":
      return tools.running(view, at, data);
    case "llm-function-call-stopped":
      return tools.stopped(view, at, data);
    case "server-message":
      return onServerMessage(view, at, record(data));
    case "error":
    case "error-response":
      return errored(view, data);
    default:
      return view;
  }
}

function errored(view: View, data: Record<string, unknown>): View {
  const words = text(data["error"]) || text(data["message"]);
  if (!words) return view;
  const notice = {
    code: text(data["code"]) || "server.error", level: "error" as const, text: words,
    next: text(data["next_step"]), owner: text(data["owner"]) || "us",
  };
  return noticed(view, notice);
}
