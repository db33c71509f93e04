/** Before the call: who you will talk to, one big button, and everything that can be checked first. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Microphone } from "../media/microphone.ts";
import { UNPUBLISHED } from "../sentences.ts";
import { useDesk, type Choice } from "./context.ts";
import { Devices } from "./devices.tsx";
import { Icon } from "./icons.tsx";
import { Orb } from "./orb.tsx";
import { Preflight } from "./preflight.tsx";
import { StateCard } from "./state-card.tsx";

interface LobbyProps {
  readonly choice: Choice;
  readonly continueFrom: string | null;
  readonly onStart: (voice: boolean) => void;
}

export function Lobby({ choice, continueFrom, onStart }: LobbyProps) {
  const { data } = useDesk();
  const bot = choice.bot;
  const button = useRef<HTMLButtonElement>(null);
  const [checking, setChecking] = useState(false);
  const ready = bot !== null && (bot.liveVersion !== null || bot.hasDraft);
  useLayoutEffect(() => button.current?.focus({ preventScroll: true }), [bot?.slug]);
  if (!bot) return <NoBots />;
  if (!ready) return <Unpublished choice={choice} />;
  return (
    <main class="lobby" id="main">
      <div class="lobby-card">
        <Orb large />
        <h1>{bot.name}</h1>
        {bot.description && <p class="lobby-about">{bot.description}</p>}
        {continueFrom && <p class="lobby-continue"><Icon name="link" size={16} />Goes on from an earlier conversation.</p>}
        <button ref={button} type="button" class="start" data-testid="start" onClick={() => onStart(true)}>
          <Icon name="mic" size={20} />{continueFrom ? "Continue the conversation" : "Start talking"}
        </button>
        <p class="lobby-other">
          <kbd>Enter</kbd> starts · <button type="button" class="link" data-testid="start-text" onClick={() => onStart(false)}>type instead</button>
        </p>
        {!Microphone.possible && <p class="lobby-note"><Icon name="info" size={16} />This page is not secure, so browsers keep the microphone shut. The call will run on text; open the page through https or on localhost to speak.</p>}
      </div>
      <div class="lobby-side">
        <Devices />
        <button type="button" class="fold" aria-expanded={checking} onClick={() => setChecking(!checking)} data-testid="preflight-toggle">
          <Icon name="check" size={16} />{checking ? "Hide the check" : "Check sound and network first"}
        </button>
        {checking && <Preflight />}
        <p class="lobby-foot">Calls are kept for review. <a href={data.callsUrl}>See your calls</a></p>
      </div>
    </main>
  );
}

function NoBots() {
  return (
    <StateCard state="idle" title="There is no bot to talk to yet" text="Bots are made in the admin: give one a name, a voice and a task, then publish it." next="As soon as one is published, it appears here.">
      <a class="primary" href="/admin/bots/bot/add/">Make a bot</a>
      <a class="second" href="/admin/">Open the admin</a>
    </StateCard>
  );
}

function Unpublished({ choice }: { readonly choice: Choice }) {
  const bot = choice.bot!;
  return (
    <StateCard state="idle" title={`${bot.name} has not been published yet`} text={UNPUBLISHED.text} next={UNPUBLISHED.next}>
      {bot.canEdit && bot.adminUrl && <a class="primary" href={bot.adminUrl}>Open it in the admin</a>}
    </StateCard>
  );
}
