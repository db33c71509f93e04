/** The call: state and devices on the left, the conversation in the middle, timing and events on the right. */

import { useState } from "preact/hooks";
import { useStore, type Choice } from "./context.ts";
import { Devices } from "./devices.tsx";
import { Dock } from "./dock.tsx";
import { EndCard, FailureCard } from "./end-card.tsx";
import { EventLog } from "./event-log.tsx";
import { Timing } from "./latency.tsx";
import { Orb } from "./orb.tsx";
import { Transcript } from "./transcript.tsx";
import { Icon } from "./icons.tsx";

interface CallProps {
  readonly choice: Choice;
  readonly again: (continueFrom: string | null) => void;
}

const TABS = [["talk", "Talk"], ["timing", "Timing"], ["events", "Events"], ["devices", "Devices"]] as const;
type Tab = (typeof TABS)[number][0];

export function CallView({ choice, again }: CallProps) {
  const { view } = useStore();
  const [tab, setTab] = useState<Tab>("talk");
  const running = ["starting", "connecting", "live", "resuming"].includes(view.phase);
  return (
    <main class={`call tab-${tab}`} id="main">
      <h1 class="sr">{choice.bot ? `Call with ${choice.bot.name}` : "Call"}</h1>
      <Tabs tab={tab} choose={setTab} />
      <aside class="rail" aria-label="State and devices">
        <Orb large />
        {view.phase === "resuming" && <p class="rail-note">The connection was lost. Taking the same call up again…</p>}
        {(view.phase === "starting" || view.phase === "connecting") && <p class="rail-note">{view.phase === "starting" ? "If your browser asks, allow the microphone." : "Calling the bot…"}</p>}
        {view.call && <a class="rail-link" data-testid="call-link" href={view.call.url} target="_blank" rel="noopener"><Icon name="link" size={16} />This call’s page</a>}
        <div class="rail-devices"><Devices /></div>
      </aside>
      <Transcript>
        {view.phase === "ended" && <EndCard choice={choice} again={again} />}
        {view.phase === "failed" && <FailureCard choice={choice} again={again} />}
      </Transcript>
      <SidePanel tab={tab} choose={setTab} />
      {running && <Dock />}
    </main>
  );
}

interface TabProps {
  readonly tab: Tab;
  readonly choose: (tab: Tab) => void;
}

function Tabs({ tab, choose }: TabProps) {
  return (
    <div class="tabs tabs-phone" role="group" aria-label="Parts of the call">
      {TABS.map(([name, label]) => <button key={name} type="button" aria-pressed={tab === name} onClick={() => choose(name)}>{label}</button>)}
    </div>
  );
}

function SidePanel({ tab, choose }: TabProps) {
  const events = tab === "events";
  return (
    <aside class="panel" aria-label="Timing and events">
      <div class="tabs tabs-panel" role="group" aria-label="Side panel">
        <button type="button" aria-pressed={!events} onClick={() => choose("timing")}>Timing</button>
        <button type="button" aria-pressed={events} data-testid="tab-events" onClick={() => choose("events")}>Events</button>
      </div>
      <div class="panel-body" hidden={events}><Timing /></div>
      <div class="panel-body" hidden={!events}><EventLog /></div>
    </aside>
  );
}
