/** Tabs of the same browser tell each other who is in a call. */

import { keptFrom, type KeptCall } from "./call/kept.ts";
import { record, text } from "./view/fields.ts";

export interface Sibling {
  readonly bot: string;
  readonly url: string | null;
}

const ANSWER_MS = 250;
const HAND_OVER_MS = 3000;

export class Tabs {
  private readonly channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("voiceapp-console") : null;
  private readonly me = crypto.getRandomValues(new Uint32Array(2)).join("-");
  private readonly waiting = new Map<string, (data: Record<string, unknown>) => void>();

  /** `mine` says which call this tab is in; `give` lets go of it for another tab. */
  constructor(private readonly mine: () => Sibling | null, private readonly give: () => Promise<KeptCall | null>) {
    this.channel?.addEventListener("message", (event: MessageEvent<unknown>) => void this.heard(record(event.data)));
  }

  /** The call another tab is in, or null when none answers. */
  async sibling(): Promise<Sibling | null> {
    const data = await this.ask("who", "here", ANSWER_MS);
    return data ? { bot: text(data["bot"]), url: text(data["url"]) || null } : null;
  }

  /** Asks the tab in a call to hand it over. */
  async take(): Promise<KeptCall | null> {
    const data = await this.ask("take", "given", HAND_OVER_MS);
    return data ? keptFrom(data["call"]) : null;
  }

  private ask(question: string, answer: string, patience: number): Promise<Record<string, unknown> | null> {
    if (!this.channel) return Promise.resolve(null);
    return new Promise((done) => {
      const timer = setTimeout(() => {
        this.waiting.delete(answer);
        done(null);
      }, patience);
      this.waiting.set(answer, (data) => {
        clearTimeout(timer);
        this.waiting.delete(answer);
        done(data);
      });
      this.channel!.postMessage({ kind: question, from: this.me });
    });
  }

  private async heard(data: Record<string, unknown>): Promise<void> {
    const kind = text(data["kind"]);
    if (data["to"] === this.me) return this.waiting.get(kind)?.(data);
    const call = this.mine();
    if (!call) return;
    const to = text(data["from"]);
    if (kind === "who") this.channel!.postMessage({ kind: "here", to, ...call });
    if (kind === "take") this.channel!.postMessage({ kind: "given", to, call: await this.give() });
  }
}
