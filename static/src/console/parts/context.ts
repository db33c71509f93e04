/** What every part of the page can reach. */

import { createContext } from "preact";
import { useContext, useEffect, useLayoutEffect, useState } from "preact/hooks";
import type { Session, Wish } from "../call/session.ts";
import type { Microphone } from "../media/microphone.ts";
import type { Loudspeaker } from "../media/loudspeaker.ts";
import type { BotChoice, PageData } from "../page-data.ts";
import type { Store } from "../store.ts";
import type { Tabs } from "../tabs.ts";

export interface Desk {
  readonly data: PageData;
  readonly store: Store;
  readonly session: Session;
  readonly microphone: Microphone;
  readonly loudspeaker: Loudspeaker;
  readonly tabs: Tabs;
}

export const DeskContext = createContext<Desk | null>(null);

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("The page has no desk");
  return desk;
}

/** Redraws the part whenever what the page shows has changed. */
export function useStore(): Store {
  const { store } = useDesk();
  const [, redraw] = useState(0);
  useLayoutEffect(() => store.watch(() => redraw((count) => count + 1)), [store]);
  return store;
}

/** Calls `draw` about twenty times a second while the part is shown. */
export function useTicks(draw: () => void, active = true, everyMs = 50): void {
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(draw, everyMs);
    return () => clearInterval(timer);
  }, [draw, active, everyMs]);
}

export type Version = number | "draft" | null;

/** What the header's pickers stand on. */
export interface Choice {
  readonly bot: BotChoice | null;
  readonly version: Version;
  readonly choose: (slug: string) => void;
  readonly chooseVersion: (version: Version) => void;
  readonly wish: (voice: boolean, continueFrom?: string | null) => Wish | null;
}
