/** From events to what the page shows; pure, so that a saved session can be replayed into the same page. */

import { onPage } from "./page-events.ts";
import { onServer } from "./server-events.ts";
import type { View, ViewEvent } from "./types.ts";

const LOG_LIMIT = 2000;
const UNLOGGED = new Set(["rtt"]);

export function reduce(view: View, event: ViewEvent): View {
  const next = event.source === "server" ? onServer(view, event) : onPage(view, event);
  if (UNLOGGED.has(event.type)) return next;
  const entry = { number: next.logged + 1, at: event.at, source: event.source, type: event.type, data: withoutToken(event.data) };
  return { ...next, logged: entry.number, log: [...next.log.slice(1 - LOG_LIMIT), entry] };
}

/** A log is copied and shared; the token that takes up the call stays out of it. */
function withoutToken(data: Record<string, unknown>): Record<string, unknown> {
  return "resume_token" in data ? { ...data, resume_token: "hidden" } : data;
}
