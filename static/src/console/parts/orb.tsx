/** The state of the conversation: a shape that breathes with the voices, and always the word beside it. */

import { useCallback, useRef } from "preact/hooks";
import { STATE_WORDS } from "../sentences.ts";
import { stateName } from "../view/selectors.ts";
import { useDesk, useStore, useTicks } from "./context.ts";

export function Orb({ large = false }: { readonly large?: boolean }) {
  const { microphone, loudspeaker } = useDesk();
  const { view, controls } = useStore();
  const name = stateName(view);
  const shape = useRef<HTMLSpanElement>(null);
  const smooth = useRef(0);
  const move = useCallback(() => {
    const level = name === "speaking" ? loudspeaker.level : microphone.level;
    smooth.current = Math.max(level, smooth.current * 0.8);
    shape.current?.style.setProperty("--level", smooth.current.toFixed(3));
  }, [name, microphone, loudspeaker]);
  useTicks(move, view.phase === "live");
  const quiet = name === "listening" && (controls.muted || (controls.mode === "hold" && !controls.held));
  const word = quiet ? (controls.muted ? "Muted" : "Hold space to talk") : STATE_WORDS[name];
  return (
    <div class={`orb-box${large ? " orb-large" : ""}`} data-testid="state" data-state={name}>
      <span class={`orb orb-${name}${quiet ? " orb-quiet" : ""}`} ref={shape} aria-hidden="true"><i /><i /></span>
      <span class="orb-word" role="status">{word}</span>
    </div>
  );
}
