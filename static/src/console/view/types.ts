/** What the page shows: plain data, replaced as a whole by the reducer. */

import type { Word } from "./words.ts";

export type TransportKind = "webrtc" | "websocket";
export type Phase = "idle" | "starting" | "connecting" | "live" | "resuming" | "ended" | "failed" | "elsewhere";
export type StateName =
  | "idle" | "connecting" | "listening" | "thinking" | "speaking" | "ended" | "error" | "denied" | "nomic" | "resuming" | "elsewhere";
/** Why a call runs without a microphone. */
export type TextReason = "denied" | "nomic" | "insecure" | "busy" | "chosen";
export type Level = "info" | "warn" | "error";

export interface Segment {
  readonly id: number;
  readonly text: string;
  readonly words: readonly Word[];
  readonly heard: number;
  readonly spoken: boolean;
  readonly done: boolean;
  readonly interrupted: boolean;
}

export interface LatencySegment {
  readonly name: string;
  readonly ms: number;
  readonly owner: string;
}

export interface Latency {
  readonly turn: number;
  readonly total: number;
  readonly segments: readonly LatencySegment[];
  readonly sentence: string;
}

export interface UserItem {
  readonly kind: "user";
  readonly key: string;
  readonly at: number;
  readonly turn: number | null;
  /** Finished recognition so far. */
  readonly text: string;
  /** Words still being recognised. */
  readonly partial: string;
  readonly final: boolean;
  readonly source: "voice" | "text";
  readonly discarded: boolean;
  readonly history: boolean;
}

export interface BotItem {
  readonly kind: "bot";
  readonly key: string;
  readonly at: number;
  readonly turn: number | null;
  readonly segments: readonly Segment[];
  readonly open: boolean;
  readonly interrupted: boolean;
  readonly latency: Latency | null;
  readonly history: boolean;
}

export type ToolStatus = "running" | "done" | "failed" | "cancelled";

export interface ToolItem {
  readonly kind: "tool";
  readonly key: string;
  readonly at: number;
  readonly id: string | null;
  readonly name: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly status: ToolStatus;
  readonly endedAt: number | null;
}

export interface LineItem {
  readonly kind: "line";
  readonly key: string;
  readonly at: number;
  readonly text: string;
}

/** Something the bot had the page show. */
export interface ShownItem {
  readonly kind: "shown";
  readonly key: string;
  readonly at: number;
  readonly text: string;
  readonly url: string | null;
}

export type Item = UserItem | BotItem | ToolItem | LineItem | ShownItem;

export interface CallInfo {
  readonly id: string;
  readonly url: string;
  readonly token: string;
  readonly resumed: boolean;
  readonly bot: string;
  readonly version: number | "draft" | null;
  readonly transport: string;
  readonly maxDuration: number | null;
  readonly startedAt: string | null;
}

export interface Notice {
  readonly code: string;
  readonly level: Level;
  readonly text: string;
  readonly next: string;
  readonly owner: string;
}

export interface Failure {
  readonly code: string;
  readonly title: string;
  readonly text: string;
  readonly next: string;
  readonly owner: string;
  /** Whether signing in is the way on. */
  readonly signIn?: boolean;
}

export interface Ending {
  readonly reason: string;
  readonly sentence: string;
  readonly owner: string;
  readonly duration: number | null;
  readonly turns: number | null;
  readonly url: string | null;
}

export interface LogEntry {
  readonly number: number;
  readonly at: number;
  readonly source: "server" | "page";
  readonly type: string;
  readonly data: unknown;
}

export interface Mark {
  readonly at: number;
  readonly kind: "user-start" | "user-stop" | "bot-start" | "bot-stop" | "interruption";
}

export interface View {
  readonly phase: Phase;
  readonly textReason: TextReason | null;
  readonly transport: TransportKind | null;
  readonly fellBack: boolean;
  readonly rtt: number | null;
  readonly call: CallInfo | null;
  readonly ready: boolean;
  readonly userSpeaking: boolean;
  readonly botSpeaking: boolean;
  readonly thinking: boolean;
  /** Why the bot does not listen to the caller now; empty while it does. */
  readonly unheard: readonly string[];
  readonly turn: number;
  readonly items: readonly Item[];
  readonly latencies: readonly Latency[];
  readonly notices: readonly Notice[];
  readonly marks: readonly Mark[];
  readonly log: readonly LogEntry[];
  readonly logged: number;
  readonly made: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly ending: Ending | null;
  readonly failure: Failure | null;
  readonly elsewhere: { readonly bot: string; readonly url: string | null } | null;
}

/** Something that happened, on the server or in the page; `at` is milliseconds on the page's own clock. */
export interface ViewEvent {
  readonly at: number;
  readonly source: "server" | "page";
  readonly type: string;
  readonly data: Record<string, unknown>;
}

export const START: View = {
  phase: "idle", textReason: null, transport: null, fellBack: false, rtt: null, call: null, ready: false,
  userSpeaking: false, botSpeaking: false, thinking: false, unheard: [], turn: 0, items: [], latencies: [], notices: [], marks: [],
  log: [], logged: 0, made: 0, startedAt: null, endedAt: null, ending: null, failure: null, elsewhere: null,
};
