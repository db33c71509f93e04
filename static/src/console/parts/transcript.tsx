/** The conversation as it happens; stays at its end unless the reader has scrolled away. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "./context.ts";
import { Icon } from "./icons.tsx";
import { Entry } from "./turns.tsx";

const NEAR_PX = 80;

export function Transcript({ children }: { readonly children?: ComponentChildren }) {
  const { view } = useStore();
  const box = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  const atEnd = (): boolean => {
    const element = box.current;
    return !element || element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX;
  };
  const toEnd = (): void => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
    setFollows(true);
  };
  useEffect(() => {
    if (follows && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [view.items, view.phase, follows]);
  return (
    <section class="transcript-box" aria-label="Conversation">
      <div class="transcript" ref={box} onScroll={() => setFollows(atEnd())} tabIndex={0}>
        <div data-testid="transcript" role="log" aria-live="polite" aria-relevant="additions" aria-label="Transcript">
          {view.items.length === 0 && view.phase === "live" && <p class="empty">The conversation appears here as it is spoken.</p>}
          {view.items.map((item) => <Entry key={item.key} item={item} startedAt={view.startedAt} />)}
        </div>
        {children}
      </div>
      {!follows && <button type="button" class="to-end small" onClick={toEnd}><Icon name="down" size={14} />Latest</button>}
    </section>
  );
}
