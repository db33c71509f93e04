/** What the person should know right now, each with its next step. */

import { OWNERS } from "../sentences.ts";
import type { Notice } from "../view/types.ts";
import { useDesk, useStore } from "./context.ts";
import { Icon } from "./icons.tsx";

export function Notices() {
  const { view } = useStore();
  if (view.notices.length === 0) return null;
  return <div class="notices" role="region" aria-label="Notices">{view.notices.map((notice) => <Card key={notice.code} notice={notice} />)}</div>;
}

function Card({ notice }: { readonly notice: Notice }) {
  const { store, session, loudspeaker } = useDesk();
  const close = (): void => store.page("notice-closed", { code: notice.code });
  return (
    <div class={`notice notice-${notice.level}`} data-testid="notice" data-code={notice.code} role={notice.level === "error" ? "alert" : "status"}>
      <Icon name={notice.level === "info" ? "info" : "warn"} />
      <p><strong>{notice.text}</strong> {notice.next}{notice.level === "error" && OWNERS[notice.owner] && <span class="owner">{OWNERS[notice.owner]}</span>}</p>
      {notice.code.startsWith("mic.") && notice.code !== "mic.silent" && store.view.phase === "live" && (
        <button type="button" class="small" data-testid="use-voice" onClick={() => void session.useVoice()}>Switch to voice</button>
      )}
      {notice.code === "sound.blocked" && <button type="button" class="small" onClick={() => void loudspeaker.wake()}>Turn sound on</button>}
      <button type="button" class="quiet" aria-label="Dismiss" onClick={close}><Icon name="cross" size={16} /></button>
    </div>
  );
}
