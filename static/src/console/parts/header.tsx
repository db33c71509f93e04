/** The bar above everything: which bot, which version, how the call travels, how long it has lasted. */

import { useState } from "preact/hooks";
import { clockText, stateName } from "../view/selectors.ts";
import { useDesk, useStore, useTicks, type Choice } from "./context.ts";
import { Icon } from "./icons.tsx";

export function Header({ choice }: { readonly choice: Choice }) {
  const { data } = useDesk();
  const { view } = useStore();
  const inCall = ["starting", "connecting", "live", "resuming"].includes(view.phase);
  return (
    <header class="bar">
      <a class="brand" href="/console/" aria-label="Voice bots, console">
        <svg class="brand-mark" width="24" height="24" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="9" /><path d="M8 14v4M13 10v12M18 6.5v19M23 12v8" />
        </svg>
        <span class="brand-name">Voice bots</span>
      </a>
      <div class="pickers">
        <BotPicker choice={choice} locked={inCall} />
        <VersionPicker choice={choice} locked={inCall} />
      </div>
      <div class="bar-right">
        {inCall && <CallTimer />}
        {inCall && <TransportBadge />}
        <nav class="links" aria-label="Pages">
          <a href={data.callsUrl}>Calls</a>
          {choice.bot?.adminUrl && choice.bot.canEdit && <a href={choice.bot.adminUrl}>Edit bot</a>}
        </nav>
        <ThemeToggle />
        {data.user && <span class="who" title={`Signed in as ${data.user}`}>{data.user.slice(0, 1).toUpperCase()}</span>}
      </div>
    </header>
  );
}

function BotPicker({ choice, locked }: { readonly choice: Choice; readonly locked: boolean }) {
  const { data } = useDesk();
  if (data.bots.length === 0) return null;
  return (
    <label class="pick">
      <span class="pick-name">Bot</span>
      <select data-testid="bot-picker" aria-label="Bot" value={choice.bot?.slug ?? ""} disabled={locked} onChange={(event) => choice.choose(event.currentTarget.value)}>
        {data.bots.map((bot) => <option key={bot.slug} value={bot.slug}>{bot.name}</option>)}
      </select>
    </label>
  );
}

function VersionPicker({ choice, locked }: { readonly choice: Choice; readonly locked: boolean }) {
  const bot = choice.bot;
  if (!bot || (bot.liveVersion === null && !bot.hasDraft)) return null;
  const older = bot.versions.filter((version) => version !== bot.liveVersion).sort((a, b) => b - a);
  const value = choice.version === null ? "live" : String(choice.version);
  return (
    <label class="pick">
      <span class="pick-name">Version</span>
      <select
        data-testid="version-picker" aria-label="Version" value={value} disabled={locked}
        onChange={(event) => choice.chooseVersion(versionFrom(event.currentTarget.value))}
      >
        {bot.liveVersion !== null && <option value="live">Live · v{bot.liveVersion}</option>}
        {bot.hasDraft && <option value="draft">Draft</option>}
        {older.map((version) => <option key={version} value={String(version)}>v{version}</option>)}
      </select>
    </label>
  );
}

const versionFrom = (value: string): number | "draft" | null => {
  if (value === "live") return null;
  return value === "draft" ? "draft" : Number(value);
};

function CallTimer() {
  const { view } = useStore();
  const [, tick] = useState(0);
  useTicks(() => tick((count) => count + 1), view.startedAt !== null, 500);
  if (view.startedAt === null) return null;
  const began = view.call?.startedAt ? Date.parse(view.call.startedAt) : Number.NaN;
  const seconds = Number.isFinite(began) ? (Date.now() - began) / 1000 : (performance.now() - view.startedAt) / 1000;
  return <span class="timer" role="timer"><i class="live-dot" aria-hidden="true" />{clockText(seconds)}</span>;
}

export function TransportBadge() {
  const { view } = useStore();
  if (!view.transport) return null;
  const name = view.transport === "webrtc" ? "WebRTC" : "WebSocket";
  const why = view.fellBack ? " (network blocks UDP)" : "";
  return (
    <span class="badge" data-testid="transport-badge" data-transport={view.transport} data-state={stateName(view)}>
      {name}{why}{view.rtt !== null && <span class="badge-rtt">{view.rtt} ms</span>}
    </span>
  );
}

function ThemeToggle() {
  const [theme, setTheme] = useState(currentTheme());
  const next = theme === "dark" ? "light" : "dark";
  const toggle = (): void => {
    document.documentElement.dataset["theme"] = next;
    try {
      localStorage.setItem("voiceapp-theme", next);
    } catch {
      // The choice then lasts as long as the page.
    }
    setTheme(next);
  };
  return (
    <button type="button" class="quiet" onClick={toggle} aria-label={`Switch to the ${next} theme`} title={`Switch to the ${next} theme`}>
      <Icon name={theme === "dark" ? "sun" : "moon"} />
    </button>
  );
}

function currentTheme(): "light" | "dark" {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
