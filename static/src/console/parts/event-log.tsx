/** Every message of the call, by type, to copy or to keep as a file. */

import { useMemo, useState } from "preact/hooks";
import type { LogEntry, View } from "../view/types.ts";
import { useDesk, useStore } from "./context.ts";
import { Icon } from "./icons.tsx";

const SHOWN = 300;
const CHATTY = ["metrics", "bot-llm-text", "bot-tts-text"];

export function EventLog() {
  const { view } = useStore();
  const { data } = useDesk();
  const [type, setType] = useState("");
  const [copied, setCopied] = useState(false);
  const types = useMemo(() => [...new Set(view.log.map(nameOf))].sort(), [view.log]);
  const entries = useMemo(() => view.log.filter((entry) => (type ? nameOf(entry) === type : !CHATTY.includes(entry.type))).slice(-SHOWN).reverse(), [view.log, type]);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(JSON.stringify(entries, null, 2)).then(() => setCopied(true), () => setCopied(false));
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div class="log" data-testid="event-log">
      <div class="log-tools">
        <select aria-label="Show events of type" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="">All but streamed text</option>
          {types.map((name) => <option key={name} value={name}>{name}</option>)}
        </select>
        <button type="button" class="small" onClick={() => void copy()} disabled={entries.length === 0}><Icon name={copied ? "check" : "copy"} size={14} />{copied ? "Copied" : "Copy"}</button>
        <button type="button" class="small" onClick={() => saveSession(view, data.current)} disabled={view.log.length === 0}><Icon name="save" size={14} />Save</button>
      </div>
      {entries.length === 0 && <p class="empty">Nothing has happened yet.</p>}
      <ol>{entries.map((entry) => <Row key={entry.number} entry={entry} start={view.startedAt} />)}</ol>
    </div>
  );
}

const nameOf = (entry: LogEntry): string => {
  const inner = entry.type === "server-message" && typeof entry.data === "object" && entry.data !== null ? (entry.data as { type?: unknown }).type : null;
  return typeof inner === "string" ? inner : entry.type;
};

function Row({ entry, start }: { readonly entry: LogEntry; readonly start: number | null }) {
  const [open, setOpen] = useState(false);
  return (
    <li class={`log-row log-${entry.source}`}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <span class="log-at">{start === null ? "" : `${Math.max(0, (entry.at - start) / 1000).toFixed(2)}`}</span>
        <span class="log-type">{nameOf(entry)}</span>
        <span class="log-brief">{brief(entry.data)}</span>
      </button>
      {open && <pre>{JSON.stringify(entry.data, null, 2)}</pre>}
    </li>
  );
}

function brief(data: unknown): string {
  const words = JSON.stringify(data) ?? "";
  return words === "{}" ? "" : words.slice(0, 90);
}

/** Hands the session out as one file, for a bug report or a later look; resume tokens stay out of it. */
function saveSession(view: View, bot: string): void {
  const hide = (name: string, value: unknown): unknown => (name === "resume_token" || name === "token" ? "hidden" : value);
  const session = { format: "voiceapp session 1", saved: new Date().toISOString(), bot, browser: navigator.userAgent, ...view };
  const file = new Blob([JSON.stringify(session, hide, 2)], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `session-${bot}-${view.call?.id ?? "no-call"}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
