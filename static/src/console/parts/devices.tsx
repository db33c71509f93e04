/** Which microphone and which loudspeaker, each with what it hears or plays right now. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { devices } from "../media/call-media.ts";
import { Loudspeaker } from "../media/loudspeaker.ts";
import { useDesk, useStore, useTicks } from "./context.ts";
import { Icon } from "./icons.tsx";

export function Devices() {
  const { microphone, loudspeaker } = useDesk();
  useStore();
  const mics = useDevices("audioinput");
  const speakers = useDevices("audiooutput");
  const mic = idIn(mics, microphone.deviceId);
  const speaker = idIn(speakers, loudspeaker.deviceId);
  return (
    <div class="devices">
      <label class="device">
        <span class="device-name"><Icon name="mic" size={16} />Microphone</span>
        <select
          data-testid="mic-picker" value={mic} disabled={mics.length === 0}
          onChange={(event) => void microphone.choose(event.currentTarget.value).catch(() => undefined)}
        >
          {mic === "" && <option value="">{mics.length > 0 ? "Chosen by the system" : "Asked for when you start"}</option>}
          {mics.map((device) => <option key={device.deviceId} value={device.deviceId}>{device.label || "Microphone"}</option>)}
        </select>
        <Meter testid="mic-meter" name="Microphone level" read={useCallback(() => microphone.level, [microphone])} />
      </label>
      <label class="device">
        <span class="device-name"><Icon name="speaker" size={16} />Speaker</span>
        <select
          data-testid="speaker-picker" value={speaker} disabled={!Loudspeaker.selectable || speakers.length === 0}
          onChange={(event) => void loudspeaker.choose(event.currentTarget.value)}
        >
          {speaker === "" && <option value="">Chosen by the system</option>}
          {speakers.map((device) => <option key={device.deviceId} value={device.deviceId}>{device.label || "Speaker"}</option>)}
        </select>
        <Meter testid="bot-meter" name="Bot level" read={useCallback(() => loudspeaker.level, [loudspeaker])} bot />
      </label>
    </div>
  );
}

/** The entry to show as chosen: that device, else the system's own choice. */
function idIn(found: readonly MediaDeviceInfo[], wanted: string): string {
  const ids = found.map((device) => device.deviceId);
  if (ids.includes(wanted)) return wanted;
  return ids.includes("default") ? "default" : "";
}

function useDevices(kind: MediaDeviceKind): readonly MediaDeviceInfo[] {
  const { microphone } = useDesk();
  const [found, setFound] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const look = (): void => void devices(kind).then(setFound, () => undefined);
    look();
    navigator.mediaDevices?.addEventListener?.("devicechange", look);
    const unwatch = microphone.watch(look);
    return () => {
      unwatch();
      navigator.mediaDevices?.removeEventListener?.("devicechange", look);
    };
  }, [kind, microphone]);
  return found;
}

interface MeterProps {
  readonly testid: string;
  readonly name: string;
  readonly read: () => number;
  readonly bot?: boolean;
}

function Meter({ testid, name, read, bot = false }: MeterProps) {
  const bar = useRef<HTMLSpanElement>(null);
  const held = useRef(0);
  useTicks(useCallback(() => {
    held.current = Math.max(read(), held.current * 0.75);
    const element = bar.current;
    if (!element) return;
    element.style.setProperty("--level", held.current.toFixed(3));
    element.dataset["level"] = held.current.toFixed(2);
    element.setAttribute("aria-valuenow", String(Math.round(held.current * 100)));
  }, [read]));
  return (
    <span
      ref={bar} class={`meter${bot ? " meter-bot" : ""}`} data-testid={testid} data-level="0" role="meter"
      aria-label={name} aria-valuemin={0} aria-valuemax={100} aria-valuenow={0}
    />
  );
}
