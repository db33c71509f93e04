/** The page as a whole: which of its states is shown. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { UNSUPPORTED } from "../sentences.ts";
import { CallView } from "./call-view.tsx";
import { useDesk, useStore, type Choice, type Version } from "./context.ts";
import { FailureActions } from "./end-card.tsx";
import { Header } from "./header.tsx";
import { Lobby } from "./lobby.tsx";
import { Notices } from "./notices.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { StateCard } from "./state-card.tsx";

export const supported = (): boolean => typeof AudioContext === "function" && typeof WebSocket === "function" && typeof AudioWorkletNode === "function";

export function App() {
  const { data, session, store, tabs } = useDesk();
  const { view } = useStore();
  const choice = useChoice();
  const [continueFrom, setContinueFrom] = useState(data.continueFrom);
  const start = useCallback(async (voice: boolean, from: string | null): Promise<void> => {
    const wish = choice.wish(voice, from);
    if (!wish) return;
    const sibling = await tabs.sibling();
    if (sibling && store.view.phase !== "elsewhere") return store.page("elsewhere", sibling);
    setContinueFrom(null);
    await session.start(wish);
  }, [choice, session, store, tabs]);
  const again = useCallback((from: string | null) => void start(store.controls.voice || store.view.textReason !== "chosen", from), [start, store]);
  return (
    <div class={`page page-${view.phase}`}>
      <a class="skip" href="#main">Skip to the conversation</a>
      <Header choice={choice} />
      <Notices />
      <Body choice={choice} start={(voice) => void start(voice, continueFrom)} again={again} continueFrom={continueFrom} />
      <Shortcuts onStart={() => void start(true, continueFrom)} />
    </div>
  );
}

interface BodyProps {
  readonly choice: Choice;
  readonly start: (voice: boolean) => void;
  readonly again: (continueFrom: string | null) => void;
  readonly continueFrom: string | null;
}

function Body({ choice, start, again, continueFrom }: BodyProps) {
  const { view } = useStore();
  if (!supported()) return <StateCard state="error" {...UNSUPPORTED} />;
  if (view.phase === "idle") return <Lobby choice={choice} continueFrom={continueFrom} onStart={start} />;
  if (view.phase === "elsewhere") return <Elsewhere start={start} />;
  if (view.phase === "failed" && view.failure && view.items.length === 0) {
    return <StateCard state="error" {...view.failure}><FailureActions choice={choice} again={again} /></StateCard>;
  }
  return <CallView choice={choice} again={again} />;
}

function Elsewhere({ start }: { readonly start: (voice: boolean) => void }) {
  const { data, session, store, tabs } = useDesk();
  const { view } = useStore();
  const name = view.elsewhere?.bot;
  const take = async (): Promise<void> => {
    const call = await tabs.take();
    if (call) await session.resume(call);
    else store.page("reset");
  };
  return (
    <StateCard
      state="elsewhere" title="This conversation is open in another tab" next="You can move it here; the other tab then lets go of it."
      text={name ? `Another tab of this browser is talking with ${name}. Two tabs would hear each other.` : "Another tab of this browser is in a call. Two tabs would hear each other."}
    >
      <button type="button" class="primary" data-testid="talk-here" onClick={() => void take()}>Talk here instead</button>
      <button type="button" class="second" data-testid="start-other" onClick={() => start(true)}>Start another conversation</button>
      <a class="second" href={view.elsewhere?.url ?? data.callsUrl}>{view.elsewhere?.url ? "Open the call" : "See your calls"}</a>
    </StateCard>
  );
}

function useChoice(): Choice {
  const { data, store } = useDesk();
  const [slug, setSlug] = useState(data.current || data.bots[0]?.slug || "");
  // A call taken up again, here or from another tab, may belong to another bot than the address.
  const inUse = store.view.call?.bot;
  const bot = data.bots.find((known) => known.slug === (inUse ?? slug)) ?? data.bots.find((known) => known.slug === slug) ?? null;
  const [picked, setPicked] = useState<Version>(null);
  const version = picked === null && bot !== null && bot.liveVersion === null && bot.hasDraft ? "draft" : picked;
  useEffect(() => {
    if (bot) document.title = `${bot.name} · Voice bots`;
  }, [bot]);
  return {
    bot, version, chooseVersion: setPicked,
    choose: (next) => {
      setSlug(next);
      setPicked(null);
      history.replaceState(null, "", `/console/${encodeURIComponent(next)}/${location.search}`);
      if (store.view.phase !== "idle") store.page("reset");
    },
    wish: (voice, continueFrom = null) => bot && { bot: bot.slug, botName: bot.name, version, voice, continueFrom },
  };
}
