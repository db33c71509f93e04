/** What a tab keeps of its running call, so that a reload takes it up again. */

import { number, record, text } from "../view/fields.ts";

export interface KeptCall {
  readonly bot: string;
  readonly botName: string;
  readonly token: string;
  readonly id: string;
  readonly url: string;
  readonly version: number | "draft" | null;
  readonly voice: boolean;
}

const KEY = "voiceapp-call";

export function keepCall(call: KeptCall): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(call));
  } catch {
    // Without storage a reload begins anew; the call itself is not touched.
  }
}

export function keptCall(): KeptCall | null {
  try {
    return keptFrom(JSON.parse(sessionStorage.getItem(KEY) ?? "null"));
  } catch {
    return null;
  }
}

export function keptFrom(value: unknown): KeptCall | null {
  const data = record(value);
  const token = text(data["token"]);
  if (!token) return null;
  const version = data["version"] === "draft" ? "draft" : number(data["version"]);
  return {
    bot: text(data["bot"]), botName: text(data["botName"]), token, id: text(data["id"]), url: text(data["url"]), version,
    voice: data["voice"] !== false,
  };
}

export function forgetCall(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept.
  }
}
