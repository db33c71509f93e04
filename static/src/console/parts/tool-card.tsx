/** A tool the bot used: what went in, what came out, how long it took. */

import { useState } from "preact/hooks";
import type { ToolItem } from "../view/types.ts";
import { Icon } from "./icons.tsx";

const STATUS = { running: "running", done: "done", failed: "failed", cancelled: "cancelled" } as const;

export function ToolCard({ item }: { readonly item: ToolItem }) {
  const [open, setOpen] = useState(false);
  const took = item.endedAt === null ? null : Math.max(0, Math.round(item.endedAt - item.at));
  return (
    <div class={`tool tool-${item.status}`} data-testid="tool-card" data-status={item.status}>
      <button type="button" class="tool-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="tool" size={16} />
        <span class="tool-name">{item.name || "Tool"}</span>
        <span class="tool-brief">{brief(item.input)}</span>
        <span class="tool-status">
          {item.status === "done" && <Icon name="check" size={14} />}
          {(item.status === "failed" || item.status === "cancelled") && <Icon name="cross" size={14} />}
          {item.status === "running" && <i class="spinner" aria-hidden="true" />}
          {STATUS[item.status]}{took !== null && ` · ${took} ms`}
        </span>
      </button>
      {open && (
        <div class="tool-body">
          <div><p class="tool-side">In</p><pre>{json(item.input)}</pre></div>
          <div><p class="tool-side">Out</p><pre>{item.status === "running" ? "…" : json(item.output)}</pre></div>
        </div>
      )}
    </div>
  );
}

const json = (value: unknown): string => (typeof value === "string" ? value : value === null || value === undefined ? "nothing" : JSON.stringify(value, null, 2));

function brief(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value).map(([name, part]) => `${name}: ${typeof part === "string" ? part : JSON.stringify(part)}`).join(", ").slice(0, 80);
}
