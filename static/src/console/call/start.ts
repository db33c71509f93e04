/** Asks the server for a call and explains what it answers. */

import { record, text } from "../view/fields.ts";
import type { Failure, TransportKind } from "../view/types.ts";
import { failureFor } from "../sentences.ts";

export interface StartRequest {
  readonly bot: string;
  readonly transport: TransportKind;
  readonly version: number | "draft" | null;
  readonly input: "voice" | "text";
  readonly resume: string | null;
  readonly continueFrom: string | null;
  /** The session of an attempt whose network path failed: its call is to be taken over, not left behind. */
  readonly session: string | null;
}

export type StartAnswer =
  | { readonly transport: "webrtc"; readonly session: string; readonly offerUrl: string; readonly iceServers: RTCIceServer[] | null }
  | { readonly transport: "websocket"; readonly wsUrl: string; readonly token: string | null };

/** The server refused, with a reason a person can act on. */
export class Refusal extends Error {
  constructor(readonly failure: Failure, readonly status: number) {
    super(failure.code);
  }

  /** Whether trying the same again a little later can help. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export async function startCall(request: StartRequest, csrf: string): Promise<StartAnswer> {
  const base = new URL(`/rtvi/${encodeURIComponent(request.bot)}/`, location.href);
  const { version, input, resume, continueFrom, session } = request;
  const body = {
    transport: request.transport,
    body: { version, input, resume, continue_from: continueFrom, ...(session ? { session } : {}) },
  };
  const answer = await post(new URL("start", base), body, csrf);
  if (request.transport === "websocket") {
    return { transport: "websocket", wsUrl: text(answer["wsUrl"]), token: text(answer["token"]) || null };
  }
  const opened = text(answer["sessionId"]);
  const servers = record(answer["iceConfig"])["iceServers"];
  return {
    transport: "webrtc",
    session: opened,
    offerUrl: new URL(`sessions/${encodeURIComponent(opened)}/api/offer`, base).href,
    iceServers: Array.isArray(servers) ? (servers as RTCIceServer[]) : null,
  };
}

async function post(url: URL, body: unknown, csrf: string): Promise<Record<string, unknown>> {
  let response: Response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(15000),
    });
  } catch {
    throw new Refusal(failureFor(0, {}), 0);
  }
  const answer = record(await response.json().catch(() => ({})));
  if (response.ok) return answer;
  // A redirect is the way to the sign-in page.
  const status = response.type === "opaqueredirect" ? 401 : response.status;
  throw new Refusal(failureFor(status, answer), status);
}

/** Milliseconds the server takes to answer, or null when it cannot be reached. */
export async function reach(): Promise<number | null> {
  const began = performance.now();
  try {
    const response = await fetch("/livez", { cache: "no-store", signal: AbortSignal.timeout(4000) });
    return response.ok ? Math.round(performance.now() - began) : null;
  } catch {
    return null;
  }
}
