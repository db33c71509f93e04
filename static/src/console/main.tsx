/** Puts the page together and takes up a call that a reload interrupted. */

import { render } from "preact";
import { keptCall } from "./call/kept.ts";
import { Session } from "./call/session.ts";
import { keepUp } from "./call/upkeep.ts";
import { Loudspeaker } from "./media/loudspeaker.ts";
import { Microphone } from "./media/microphone.ts";
import { readPageData } from "./page-data.ts";
import { App, supported } from "./parts/app.tsx";
import { DeskContext } from "./parts/context.ts";
import { SOUND_BLOCKED } from "./sentences.ts";
import { Store } from "./store.ts";
import { Tabs } from "./tabs.ts";

const data = readPageData(document);
const store = new Store();
const microphone = new Microphone();
const loudspeaker = new Loudspeaker((blocked) => {
  if (blocked) store.page("notice", SOUND_BLOCKED);
  else store.page("notice-closed", { code: SOUND_BLOCKED.code });
});
const session = new Session(store, microphone, loudspeaker, data.csrf, data.forced);
const tabs = new Tabs(
  () => (["connecting", "live", "resuming"].includes(store.view.phase) ? { bot: session.keptCall?.botName ?? "", url: store.view.call?.url ?? null } : null),
  async () => {
    const call = await session.release();
    store.page("elsewhere", { bot: call?.botName ?? "", url: call?.url ?? "" });
    return call;
  },
);

async function takeUp(): Promise<void> {
  const call = keptCall();
  if (!supported()) return;
  const sibling = await tabs.sibling();
  if (sibling) store.page("elsewhere", sibling);
  else if (call && (call.bot === data.current || location.pathname === "/console/")) await session.resume(call);
}

for (const touch of ["pointerdown", "keydown"] as const) {
  addEventListener(touch, () => {
    if (store.view.phase === "live") void Promise.all([loudspeaker.wake(), microphone.context.resume()]);
  }, { capture: true, passive: true });
}

const root = document.getElementById("console")!;
root.replaceChildren();
render(<DeskContext.Provider value={{ data, store, session, microphone, loudspeaker, tabs }}><App /></DeskContext.Provider>, root);
keepUp(store, session);
void takeUp();
