/** Plays messages into the reducer the way the page does, one millisecond apart unless told otherwise. */

import { reduce } from "../console/view/reducer.ts";
import { START, type BotItem, type ToolItem, type UserItem, type View } from "../console/view/types.ts";

export class Tape {
  view: View = START;
  at = 1000;

  server(type: string, data: Record<string, unknown> = {}): this {
    this.view = reduce(this.view, { at: this.at++, source: "server", type, data });
    return this;
  }

  own(type: string, data: Record<string, unknown> = {}): this {
    return this.server("server-message", { type, ...data });
  }

  page(type: string, data: Record<string, unknown> = {}): this {
    this.view = reduce(this.view, { at: this.at++, source: "page", type, data });
    return this;
  }

  wait(ms: number): this {
    this.at += ms;
    return this;
  }

  live(resumed = false): this {
    const call = { call_id: "c1", call_url: "/calls/c1/", resume_token: "secret", resumed, bot: "desk", version: 4, transport: "webrtc" };
    return this.page("start").page("connecting", { transport: "webrtc" }).server("bot-ready", { version: "2.1.0" }).own("call", call);
  }

  segment(id: number, words: string): this {
    return this.server("bot-output", {
      segment_id: id, text: words, will_be_spoken: true, spoken_status: "new", spoken_progress: { accumulated_text: "", remaining_text: words },
    });
  }

  played(id: number, words: string, whole: string): this {
    return this.server("bot-output", {
      segment_id: id, text: whole, will_be_spoken: true, spoken_status: words === whole ? "completed" : "in-progress",
      spoken_progress: { accumulated_text: words, remaining_text: whole.slice(words.length) },
    });
  }

  get users(): UserItem[] {
    return this.view.items.filter((item) => item.kind === "user");
  }

  get bots(): BotItem[] {
    return this.view.items.filter((item) => item.kind === "bot");
  }

  get tools(): ToolItem[] {
    return this.view.items.filter((item) => item.kind === "tool");
  }
}
