/** The check before the call: microphone, speaker, server, path. */

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { checkMicrophone, checkPath, checkServer, playBack, type Finding } from "../call/preflight.ts";
import { useDesk } from "./context.ts";
import { Icon } from "./icons.tsx";

export function Preflight() {
  const { microphone, loudspeaker } = useDesk();
  const [running, setRunning] = useState("");
  const [found, setFound] = useState<Readonly<Record<string, Finding>>>({});
  const [sound, setSound] = useState<AudioBuffer | null>(null);
  const note = (name: string, finding: Finding): void => setFound((known) => ({ ...known, [name]: finding }));
  const run = async (): Promise<void> => {
    setFound({});
    setSound(null);
    setRunning("mic");
    const recorded = await checkMicrophone(microphone);
    note("mic", recorded.finding);
    setSound(recorded.sound);
    setRunning("server");
    note("server", await checkServer());
    setRunning("path");
    note("path", await checkPath());
    setRunning("");
  };
  const tone = async (): Promise<void> => {
    setRunning("speaker");
    await loudspeaker.testTone();
    note("speaker", { ok: true, text: "Two notes were played.", next: "Nothing heard? Choose another speaker." });
    setRunning("");
  };
  return (
    <section class="preflight" data-testid="preflight" aria-label="Check before the call">
      <div class="preflight-head">
        <h2>Check before the call</h2>
        <button type="button" class="small" data-testid="preflight-run" disabled={running !== ""} onClick={() => void run()}>
          {running && running !== "speaker" ? "Checking…" : "Run the check"}
        </button>
      </div>
      <ul>
        <Check name="Microphone" busy={running === "mic" ? "Recording one second. Say something…" : ""} finding={found["mic"]} idle="Records one second and measures it.">
          {sound && <button type="button" class="small" onClick={() => void playBack(sound)}>Play it back</button>}
        </Check>
        <Check name="Speaker" busy={running === "speaker" ? "Playing two notes…" : ""} finding={found["speaker"]} idle="Plays two notes on the chosen device.">
          <button type="button" class="small" disabled={running !== ""} onClick={() => void tone()}>Play a tone</button>
        </Check>
        <Check name="Server" busy={running === "server" ? "Asking the server…" : ""} finding={found["server"]} idle="Measures the round trip." />
        <Check name="Path" busy={running === "path" ? "Looking for a path…" : ""} finding={found["path"]} idle="Says whether WebRTC or a WebSocket will be used." />
      </ul>
    </section>
  );
}

interface CheckProps {
  readonly name: string;
  readonly busy: string;
  readonly idle: string;
  readonly finding: Finding | undefined;
  readonly children?: ComponentChildren;
}

function Check({ name, busy, idle, finding, children }: CheckProps) {
  const tone = busy ? "busy" : finding === undefined ? "idle" : finding.ok ? "ok" : "bad";
  return (
    <li class={`check check-${tone}`} data-result={tone}>
      <span class="check-mark" aria-hidden="true">{tone === "ok" ? <Icon name="check" size={14} /> : tone === "bad" ? <Icon name="warn" size={14} /> : tone === "busy" ? <i class="spinner" /> : <i class="check-dot" />}</span>
      <span class="check-text"><strong>{name}</strong><span role="status">{busy || (finding ? `${finding.text} ${finding.next}` : idle)}</span></span>
      {children}
    </li>
  );
}
