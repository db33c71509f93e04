/** One conversation from Start to its end, through every change of connection on the way. */

import type { RTVIMessage } from "@pipecat-ai/client-js";
import type { Loudspeaker } from "../media/loudspeaker.ts";
import type { Microphone } from "../media/microphone.ts";
import { BROKEN_START, FELL_BACK, failureFor, UNREACHED } from "../sentences.ts";
import type { Store } from "../store.ts";
import { list, record, text } from "../view/fields.ts";
import type { Failure, TransportKind } from "../view/types.ts";
import { ConsoleClient } from "./client.ts";
import { forgetCall, keepCall, type KeptCall } from "./kept.ts";
import { NoPathError, type Link } from "./link.ts";
import { shownBy } from "./page-functions.ts";
import { Refusal, startCall, type StartAnswer } from "./start.ts";
import { Voice } from "./voice.ts";

const READY_MS = 15000;
const GIVE_UP_MS = 30000;
const GOODBYE_MS = 2500;
const PAUSES_MS = [0, 500, 1000, 2000, 3000];

export interface Wish {
  readonly bot: string;
  readonly botName: string;
  readonly version: number | "draft" | null;
  readonly voice: boolean;
  readonly continueFrom: string | null;
}

interface Line {
  readonly client: ConsoleClient;
  readonly link: Link;
}

export class Session {
  private line: Line | null = null;
  /** Raised whenever what went before no longer counts. */
  private generation = 0;
  private ending = false;
  private wish: Wish | null = null;
  private kept: KeptCall | null = null;
  /** The session of the attempt before, when its path failed. */
  private abandoned: string | null = null;
  readonly voice: Voice;

  constructor(
    private readonly store: Store,
    readonly microphone: Microphone,
    readonly loudspeaker: Loudspeaker,
    private readonly csrf: string,
    private readonly forced: TransportKind | null,
  ) {
    this.voice = new Voice(store, microphone, (on) => this.line?.client.enableMic(on));
  }

  get link(): Link | null {
    return this.line?.link ?? null;
  }

  get keptCall(): KeptCall | null {
    return this.kept;
  }

  async start(wish: Wish): Promise<void> {
    const mine = this.begin(wish);
    this.kept = null;
    this.store.page("start", { bot: wish.bot, version: wish.version });
    await this.drop();
    await this.voice.open(wish.voice);
    if (mine !== this.generation) return;
    try {
      await this.connect(mine, this.forced ?? this.firstChoice(), null, false);
    } catch (error) {
      if (mine === this.generation) await this.fail(error);
    }
  }

  /** Takes a call up again after a reload, a lost network or a change of tab. */
  async resume(kept: KeptCall): Promise<void> {
    const mine = this.begin({ bot: kept.bot, botName: kept.botName, version: kept.version, voice: kept.voice, continueFrom: null });
    this.kept = kept;
    this.store.page("resume");
    await this.drop();
    if (kept.voice !== this.store.controls.voice || !this.microphone.track) await this.voice.open(kept.voice);
    const deadline = performance.now() + GIVE_UP_MS;
    let kind = this.forced ?? this.store.view.transport ?? this.firstChoice();
    for (let attempt = 0; mine === this.generation; attempt += 1) {
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]!);
      if (mine !== this.generation) return;
      try {
        return await this.connect(mine, kind, kept.token, this.store.view.fellBack);
      } catch (error) {
        if (mine !== this.generation) return;
        if (error instanceof Refusal && !error.passing) return this.fail(error);
        if (performance.now() > deadline) return this.fail(UNREACHED);
        if (attempt > 0 && !this.forced && !(error instanceof Refusal)) kind = "websocket";
      }
    }
  }

  /** Takes up what the last failure broke off, if anything is left of it. */
  async retry(): Promise<void> {
    if (this.kept) await this.resume(this.kept);
    else if (this.wish) await this.start(this.wish);
  }

  async end(): Promise<void> {
    if (this.ending) return;
    this.ending = true;
    const phase = this.store.view.phase;
    if (phase !== "live") return this.finish(phase === "resuming" ? "You left the call while it was reconnecting." : "You cancelled the call.");
    const mine = this.generation;
    this.line?.client.disconnectBot();
    const deadline = performance.now() + GOODBYE_MS;
    while (this.store.view.phase === "live" && performance.now() < deadline) await pause(50);
    await this.finish("You ended the call.", mine);
  }

  /** Lets go of the connection but not of the call, so that another tab can take it. */
  async release(): Promise<KeptCall | null> {
    const kept = this.kept;
    this.generation += 1;
    await this.drop();
    this.microphone.close();
    forgetCall();
    return kept;
  }

  say(words: string): void {
    if (!this.line || !words.trim()) return;
    this.store.page("typed", { text: words.trim() });
    void this.line.client.sendText(words.trim());
  }

  /** From text to voice in mid-call, once the microphone is allowed. */
  async useVoice(): Promise<void> {
    await this.voice.open(true);
    if (!this.store.controls.voice) return;
    if (this.kept) this.keep({ ...this.kept, voice: true });
    this.voice.apply();
  }

  private begin(wish: Wish): number {
    this.generation += 1;
    this.ending = false;
    this.abandoned = null;
    this.wish = wish;
    return this.generation;
  }

  private firstChoice(): TransportKind {
    return typeof RTCPeerConnection === "function" ? "webrtc" : "websocket";
  }

  private async connect(mine: number, kind: TransportKind, resume: string | null, fellBack: boolean): Promise<void> {
    try {
      await this.attempt(mine, kind, resume, fellBack);
    } catch (error) {
      await this.drop();
      if (mine !== this.generation || kind !== "webrtc" || this.forced || !(await movable(error))) throw error;
      this.store.page("notice", FELL_BACK);
      await this.attempt(mine, "websocket", this.store.view.call?.token ?? resume, true);
    }
  }

  private async attempt(mine: number, kind: TransportKind, resume: string | null, fellBack: boolean): Promise<void> {
    const wish = this.wish!;
    this.store.page("connecting", { transport: kind, fellBack });
    const answer = await startCall({
      bot: wish.bot, transport: kind, version: wish.version, input: this.store.controls.voice ? "voice" : "text", resume,
      continueFrom: resume ? null : wish.continueFrom, session: resume ? null : this.abandoned,
    }, this.csrf);
    this.abandoned = answer.transport === "webrtc" ? answer.session : null;
    const link = await this.makeLink(kind);
    if (mine !== this.generation) return;
    const client = this.makeClient(link);
    this.line = { client, link };
    const ready = client.connect(parametersOf(answer, this.csrf));
    ready.catch(() => undefined);
    await Promise.race([ready, link.passes.then(() => ready), late(READY_MS)]);
    if (mine !== this.generation || this.line?.client !== client) return;
    this.voice.apply();
  }

  private async makeLink(kind: TransportKind): Promise<Link> {
    const generation = this.generation;
    const lost = (): void => {
      if (generation === this.generation) this.lost();
    };
    if (kind === "webrtc") return (await import("./webrtc.ts")).webrtcLink(this.microphone, this.loudspeaker, lost);
    return (await import("./websocket.ts")).websocketLink(this.microphone, this.loudspeaker, lost);
  }

  private makeClient(link: Link): ConsoleClient {
    const mine = (): boolean => this.line?.link === link;
    return new ConsoleClient({
      transport: link.transport,
      enableMic: this.voice.hearing,
      enableCam: false,
      disconnectOnBotDisconnect: false,
      callbacks: {
        onBotDisconnected: () => mine() && void this.left(),
        onDisconnected: () => mine() && this.lost(),
      },
    }, (message) => mine() && this.seen(message));
  }

  private seen(message: RTVIMessage): void {
    this.store.server(message.type, message.data);
    if (message.type !== "server-message") return;
    const data = record(message.data);
    if (data["type"] === "call") this.remember(list(data["page_functions"]).map(text));
    if (data["type"] === "bot-words" && data["interrupted"] === true) this.loudspeaker.clear();
    if (data["type"] === "call-ended") void this.left("", 400);
  }

  private remember(functions: readonly string[]): void {
    for (const name of functions) this.line?.client.registerFunctionCallHandler(name, (call) => this.show(name, call.arguments));
    const call = this.store.view.call;
    if (!call || !this.wish) return;
    this.keep({
      bot: this.wish.bot, botName: this.wish.botName, token: call.token, id: call.id, url: call.url, version: this.wish.version,
      voice: this.store.controls.voice,
    });
  }

  /** The bot has the page do something; what came of it goes back to the model. */
  private show(name: string, given: unknown): Promise<{ shown: true } | { error: string }> {
    const shown = shownBy(name, given);
    if ("error" in shown) return Promise.resolve(shown);
    this.store.page("shown", shown);
    return Promise.resolve({ shown: true });
  }

  private keep(kept: KeptCall): void {
    this.kept = kept;
    keepCall(kept);
  }

  /** The bot hung up; its last sound is still on the way. */
  private async left(sentence = "The bot ended the call.", ms = 300): Promise<void> {
    const mine = this.generation;
    await pause(ms);
    await this.finish(sentence, mine);
  }

  /** Someone noticed before the transport that nobody is there any more. */
  gone(link: Link): void {
    if (this.line?.link === link) this.lost();
  }

  /** The connection broke without a goodbye. */
  private lost(): void {
    const phase = this.store.view.phase;
    if (phase === "ended" || this.ending) return void this.finish("You ended the call.");
    if (phase === "live" && this.kept) void this.resume(this.kept);
  }

  /** Closes the call that `mine` belongs to; a conversation begun since then is left alone. */
  private async finish(sentence: string, mine = this.generation): Promise<void> {
    if (mine !== this.generation) return;
    this.generation += 1;
    const phase = this.store.view.phase;
    forgetCall();
    this.kept = null;
    await this.drop();
    this.microphone.close();
    if (phase === "starting" || (phase === "connecting" && !this.store.view.call)) this.store.page("reset");
    else if (phase !== "ended") this.store.page("ended", { sentence });
  }

  private async fail(error: unknown): Promise<void> {
    const failure = await explained(error);
    await this.drop();
    this.microphone.close();
    if (failure.code === "call.gone") {
      forgetCall();
      this.kept = null;
    }
    this.store.page("failed", failure);
  }

  private async drop(): Promise<void> {
    const line = this.line;
    this.line = null;
    if (!line) return;
    await Promise.race([line.client.disconnect().catch(() => undefined), pause(1000)]);
  }
}

function parametersOf(answer: StartAnswer, csrf: string): Record<string, unknown> {
  if (answer.transport === "websocket") return { wsUrl: answer.wsUrl, ...(answer.token ? { token: answer.token } : {}) };
  const headers = new Headers({ "X-CSRFToken": csrf });
  return {
    webrtcRequestParams: { endpoint: answer.offerUrl, headers },
    ...(answer.iceServers ? { iceConfig: { iceServers: answer.iceServers } } : {}),
  };
}

/** The server's answer inside an error of the SDK, if it holds one. */
async function answerIn(error: unknown): Promise<{ status: number; body: Record<string, unknown> } | null> {
  const cause = error instanceof Error ? error.cause : error;
  if (!(cause instanceof Response)) return null;
  return { status: cause.status, body: record(await cause.clone().json().catch(() => ({}))) };
}

/** Whether another way of carrying the sound can help. */
async function movable(error: unknown): Promise<boolean> {
  if (error instanceof NoPathError) return true;
  if (error instanceof Refusal) return false;
  const answer = await answerIn(error);
  return !answer || ![401, 403, 404, 409, 429].includes(answer.status);
}

async function explained(error: unknown): Promise<Failure> {
  if (error instanceof Refusal) return error.failure;
  const answer = await answerIn(error);
  if (answer) return failureFor(answer.status, answer.body);
  return error instanceof Error || !error ? BROKEN_START : (error as Failure);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

const late = (ms: number): Promise<never> => new Promise((_, fail) => {
  setTimeout(() => fail(new Error("not ready in time")), ms);
});
