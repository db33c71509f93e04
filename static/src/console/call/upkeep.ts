/** What goes on beside a running call: round trips, a watch on a silent microphone, a screen that stays awake. */

import { SILENT } from "../sentences.ts";
import type { Store } from "../store.ts";
import type { Session } from "./session.ts";

const SILENCE_MS = 6000;
const SILENT_PEAK = 1e-5;

export function keepUp(store: Store, session: Session): void {
  let silentSince: number | null = null;
  let lock: WakeLockSentinel | null = null;
  let rounds = 0;

  const listen = (): void => {
    const hears = store.view.phase === "live" && session.voice.hearing;
    const silent = hears && session.microphone.running && session.microphone.peak < SILENT_PEAK;
    if (!silent) {
      silentSince = null;
      if (hears) store.view.notices.some((notice) => notice.code === SILENT.code) && store.page("notice-closed", { code: SILENT.code });
      return;
    }
    silentSince ??= performance.now();
    if (performance.now() - silentSince > SILENCE_MS && !store.view.notices.some((notice) => notice.code === SILENT.code)) store.page("notice", SILENT);
  };

  const measure = async (): Promise<void> => {
    rounds += 1;
    const link = session.link;
    if (store.view.phase === "live" && link && !(await link.alive())) return session.gone(link);
    if (store.view.phase !== "live" || (store.view.transport === "websocket" && rounds % 5 !== 1)) return;
    const ms = await link?.rtt();
    if (typeof ms === "number" && ms !== store.view.rtt) store.page("rtt", { ms });
  };

  const stayAwake = async (): Promise<void> => {
    const wanted = store.view.phase === "live" && document.visibilityState === "visible";
    if (wanted && lock === null && "wakeLock" in navigator) {
      lock = await navigator.wakeLock.request("screen").catch(() => null);
      lock?.addEventListener("release", () => {
        lock = null;
      });
    } else if (!wanted && lock !== null) {
      await lock.release();
    }
  };

  setInterval(listen, 200);
  setInterval(() => void measure(), 2000);
  store.watch(() => void stayAwake());
  document.addEventListener("visibilitychange", () => void stayAwake());
}
