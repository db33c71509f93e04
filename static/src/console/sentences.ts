/** Every sentence the page says about a state: what happened, whose it is, what to do next. */

import { text } from "./view/fields.ts";
import type { Failure, Notice, StateName, TextReason } from "./view/types.ts";

export const STATE_WORDS: Readonly<Record<StateName, string>> = {
  idle: "Ready",
  connecting: "Connecting",
  listening: "Listening",
  thinking: "Thinking",
  speaking: "Speaking",
  ended: "Call ended",
  error: "Not connected",
  denied: "Text only",
  nomic: "Text only",
  resuming: "Reconnecting",
  elsewhere: "In another tab",
};

export const OWNERS: Readonly<Record<string, string>> = {
  caller: "On your side",
  author: "In the bot's set-up",
  provider: "At a provider",
  network: "In the network",
  us: "On our side",
};

const failure = (code: string, title: string, words: string, next: string, owner: string): Failure => ({ code, title, text: words, next, owner });

const BY_STATUS: Readonly<Record<number, Failure>> = {
  0: failure("network.unreachable", "The server cannot be reached", "No answer came back from the server.", "Check that you are online, then try again.", "network"),
  400: failure("request.invalid", "The call could not be started", "The server did not accept the request.", "Reload the page and try again.", "us"),
  401: failure("auth.expired", "Your session has expired", "You have been signed out, so no call can be started.", "Sign in again; you come back to this page.", "caller"),
  403: failure("auth.forbidden", "You may not talk to this bot", "Your account has no access to this bot.", "Ask its owner for access, or choose another bot.", "caller"),
  404: failure("bot.unknown", "This bot no longer exists", "It may have been renamed or removed.", "Choose another bot from the list above.", "author"),
  409: failure("call.gone", "This conversation is over", "The call could not be taken up again.", "Continue it as a new call, or start afresh.", "network"),
  429: failure("limit.reached", "All your lines are in use", "A limit on calls at the same time has been reached.", "End another call, or wait a moment and try again.", "caller"),
  503: failure("server.busy", "The server takes no new calls right now", "It is starting, stopping or at its limit.", "Wait a moment and try again.", "us"),
};

/** The page's words for a refused request; the server's own sentences, when it sent some, stand first. */
export function failureFor(status: number, answer: Record<string, unknown>): Failure {
  const known = BY_STATUS[status] ?? failure("server.error", "Something went wrong on the server", "The call could not be started.", "Try again in a moment.", "us");
  const code = text(answer["code"]) || known.code;
  return {
    code,
    title: titleFor(code) ?? known.title,
    text: text(answer["info"]) || text(answer["detail"]) || known.text,
    next: text(answer["next_step"]) || known.next,
    owner: text(answer["owner"]) || known.owner,
    signIn: status === 401,
  };
}

function titleFor(code: string): string | null {
  if (/key|credential|secret/.test(code)) return "A provider's key is missing";
  if (/unpublished|not_published|no_version/.test(code)) return "This bot has not been published yet";
  if (/^bot\.(incomplete|invalid)/.test(code)) return "This bot is not ready to talk";
  if (code === "call.gone") return "This conversation is over";
  return null;
}

export const UNREACHED = failure(
  "network.lost", "The connection was lost", "The server stayed out of reach for too long, so the call was given up.",
  "Try to take it up again, or continue it as a new call.", "network",
);
export const UNSUPPORTED = failure(
  "browser.unsupported", "This browser cannot hold a voice call", "It lacks Web Audio or WebSocket, which a call is carried by.",
  "Use a current Chrome, Edge, Firefox or Safari.", "caller",
);
export const UNPUBLISHED = failure(
  "bot.unpublished", "This bot has not been published yet", "Callers always talk to a published version, and there is none.",
  "Publish it in the admin, or choose another bot.", "author",
);
export const BROKEN_START = failure(
  "call.not_started", "The call did not start", "The connection was made but the bot did not answer.", "Try again in a moment.", "us",
);

/** How to allow the microphone again, in the words of the browser at hand. */
export function allowAgain(agent: string): string {
  if (/Firefox\//.test(agent)) return "Click the crossed-out microphone left of the address, remove the block, then switch to voice.";
  if (/iPhone|iPad/.test(agent)) return "Tap “aA” in the address bar, choose Website Settings, set Microphone to Allow, then switch to voice.";
  if (/Safari\//.test(agent) && !/Chrom/.test(agent)) return "Open Safari › Settings for This Website, set Microphone to Allow, then switch to voice.";
  return "Click the icon left of the address, set Microphone to Allow, then switch to voice.";
}

const notice = (code: string, words: string, next: string, owner = "caller", level: Notice["level"] = "warn"): Notice => ({ code, level, text: words, next, owner });

/** Why this call runs on text, as a notice that stays until voice works. */
export function textNotice(reason: TextReason, agent: string): Notice | null {
  switch (reason) {
    case "denied": return notice("mic.denied", "Your browser blocks the microphone, so this call runs on text. You still hear the bot.", allowAgain(agent));
    case "nomic": return notice("mic.missing", "No microphone was found, so this call runs on text. You still hear the bot.", "Plug one in, then switch to voice.");
    case "busy": return notice("mic.busy", "Another program is using the microphone, so this call runs on text.", "Close that program, then switch to voice.");
    case "insecure": return notice("mic.insecure", "Browsers open the microphone only on secure pages, so this call runs on text.", "Open this page through https or on localhost.", "us");
    case "chosen": return null;
  }
}

export const SILENT = notice("mic.silent", "Your microphone sends only silence.", "Check its mute switch, or choose another one.");
export const SOUND_BLOCKED = notice("sound.blocked", "Your browser holds the sound back until you touch the page.", "Turn the sound on.");
export const FELL_BACK = notice("network.udp_blocked", "This network blocks direct audio (UDP), so the call moved to a WebSocket.", "Nothing to do; replies may come a little later.", "network", "info");

/** Why the caller is not heard right now; typed words always are. */
export function unheardWords(reasons: readonly string[]): string {
  if (reasons.length === 0) return "";
  return reasons.includes("function_call")
    ? "The bot is looking something up and does not listen until it is done. You can type."
    : "The bot finishes what it is saying before it listens. You can type.";
}
