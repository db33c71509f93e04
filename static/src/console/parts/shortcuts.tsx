/** The single-key shortcuts: listed on demand, and off when the person wants none. */

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { remember, remembered } from "../media/microphone.ts";
import { useDesk } from "./context.ts";

const KEYS = [["Enter", "Start the call"], ["m", "Mute or unmute"], ["Space", "Hold to talk, in push-to-talk mode"], ["/", "Type a message"], ["?", "Show these shortcuts"]] as const;
const OFF = "voiceapp-keys-off";

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));

export function Shortcuts({ onStart }: { readonly onStart: () => void }) {
  const { store, session } = useDesk();
  const box = useRef<HTMLDialogElement>(null);
  const [off, setOff] = useState(remembered(OFF) === "1");
  const start = useRef(onStart);
  start.current = onStart;
  useLayoutEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const { phase } = store.view;
      const idle = document.activeElement === document.body;
      if (event.key === "Enter" && phase === "idle" && idle) start.current();
      if (off) return;
      if (event.key === "?") box.current?.showModal();
      if (phase !== "live") return;
      if (event.key === "m" && store.controls.voice) session.voice.mute(!store.controls.muted);
      if (event.key === "/") {
        event.preventDefault();
        document.querySelector<HTMLInputElement>("[data-testid=text-input]")?.focus();
      }
      if (event.code === "Space" && store.controls.mode === "hold") {
        event.preventDefault();
        if (!event.repeat) session.voice.hold(true);
      }
    };
    const up = (event: KeyboardEvent): void => {
      if (event.code === "Space" && store.controls.held) {
        event.preventDefault();
        session.voice.hold(false);
      }
    };
    const away = (): void => session.voice.hold(false);
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", away);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", away);
    };
  }, [store, session, off]);
  const toggle = (): void => {
    remember(OFF, off ? "" : "1");
    setOff(!off);
  };
  return (
    <dialog ref={box} class="keys" aria-label="Keyboard shortcuts">
      <h2>Keyboard shortcuts</h2>
      <dl>{KEYS.map(([key, does]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{does}</dd></div>)}</dl>
      <label class="keys-off"><input type="checkbox" checked={!off} onChange={toggle} />Use single-key shortcuts</label>
      <form method="dialog"><button type="submit" class="small">Close</button></form>
    </dialog>
  );
}
