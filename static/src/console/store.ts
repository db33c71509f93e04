/** Holds what the page shows and tells who listens. */

import { reduce } from "./view/reducer.ts";
import { START, type View } from "./view/types.ts";

export type TalkMode = "open" | "hold";

export interface Controls {
  readonly muted: boolean;
  readonly mode: TalkMode;
  readonly held: boolean;
  /** Whether the call has a microphone at all. */
  readonly voice: boolean;
  readonly busy: boolean;
}

export class Store {
  view: View = START;
  controls: Controls = { muted: false, mode: "open", held: false, voice: true, busy: false };
  private readonly listeners = new Set<() => void>();
  private queued = false;

  server(type: string, data: unknown): void {
    this.apply("server", type, data);
  }

  page(type: string, data: unknown = {}): void {
    this.apply("page", type, data);
  }

  private apply(source: "server" | "page", type: string, data: unknown): void {
    const fields = typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {};
    this.view = reduce(this.view, { at: performance.now(), source, type, data: fields });
    this.changed();
  }

  control(patch: Partial<Controls>): void {
    this.controls = { ...this.controls, ...patch };
    this.changed();
  }

  watch(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      for (const listener of this.listeners) listener();
    });
  }
}
