/** The controls of a running call. */

import { useRef, useState } from "preact/hooks";
import { useDesk, useStore } from "./context.ts";
import { Icon } from "./icons.tsx";
import { LevelStrip } from "./level-strip.tsx";
import { unheardWords } from "../sentences.ts";

export function Dock() {
  const { session } = useDesk();
  const { view, controls } = useStore();
  const live = view.phase === "live";
  return (
    <footer class="dock">
      <LevelStrip />
      <p class="unheard-note" data-testid="user-mute" role="status">{live && unheardWords(view.unheard)}</p>
      <div class="controls">
        {controls.voice && <TalkControls live={live} />}
        <TextInput live={live} />
        <button type="button" class="end" data-testid="end" onClick={() => void session.end()} disabled={controls.busy}>
          <Icon name="end" /><span>{view.phase === "starting" || view.phase === "connecting" ? "Cancel" : "End"}</span>
        </button>
      </div>
    </footer>
  );
}

function TalkControls({ live }: { readonly live: boolean }) {
  const { session } = useDesk();
  const { controls } = useStore();
  const hold = controls.mode === "hold";
  return (
    <div class="talk">
      <button
        type="button" class={`round${controls.muted ? " on" : ""}`} data-testid="mute" aria-pressed={controls.muted} disabled={!live}
        title="Mute (m)" onClick={() => session.voice.mute(!controls.muted)}
      >
        <Icon name={controls.muted ? "micOff" : "mic"} /><span class="sr">{controls.muted ? "Unmute" : "Mute"}</span>
      </button>
      {hold && (
        <button
          type="button" class={`hold${controls.held ? " held" : ""}`} data-testid="ptt" disabled={!live || controls.muted} aria-pressed={controls.held}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId);
            session.voice.hold(true);
          }}
          onPointerUp={() => session.voice.hold(false)} onPointerCancel={() => session.voice.hold(false)} onContextMenu={(event) => event.preventDefault()}
        >
          {controls.held ? "Listening…" : "Hold to talk"}
        </button>
      )}
      <button
        type="button" class="small mode" data-testid="ptt-mode" aria-pressed={hold} disabled={!live}
        title={hold ? "The microphone is open only while you hold the button or the space bar" : "The microphone stays open"}
        onClick={() => session.voice.mode(hold ? "open" : "hold")}
      >
        {hold ? "Push to talk: on" : "Push to talk"}
      </button>
    </div>
  );
}

function TextInput({ live }: { readonly live: boolean }) {
  const { session } = useDesk();
  const [words, setWords] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const send = (event: Event): void => {
    event.preventDefault();
    if (!words.trim()) return;
    session.say(words);
    setWords("");
    field.current?.focus();
  };
  return (
    <form class="type" onSubmit={send}>
      <input
        ref={field} data-testid="text-input" type="text" value={words} maxLength={2000} placeholder="Type a message" aria-label="Type a message"
        autocomplete="off" enterkeyhint="send" disabled={!live} onInput={(event) => setWords(event.currentTarget.value)}
      />
      <button type="submit" class="send" data-testid="text-send" disabled={!live || !words.trim()}><Icon name="send" /><span class="sr">Send</span></button>
    </form>
  );
}
