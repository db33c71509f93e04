/** Whether and when the person is heard: permission, mute, push to talk. */

import { MicrophoneRefusal, type Microphone } from "../media/microphone.ts";
import { textNotice } from "../sentences.ts";
import type { Store, TalkMode } from "../store.ts";
import type { TextReason } from "../view/types.ts";

const WHY_TEXT = ["mic.denied", "mic.missing", "mic.busy", "mic.insecure"];

export class Voice {
  constructor(private readonly store: Store, private readonly microphone: Microphone, private readonly send: (on: boolean) => void) {}

  /** Opens the microphone when voice is wanted; a call that gets none goes on in text and says why. */
  async open(wanted: boolean): Promise<void> {
    let reason: TextReason | null = wanted ? null : "chosen";
    if (wanted) {
      try {
        await this.microphone.open();
      } catch (error) {
        reason = error instanceof MicrophoneRefusal ? error.reason : "nomic";
      }
    }
    this.store.control({ voice: reason === null });
    this.store.page("microphone", { reason });
    for (const code of WHY_TEXT) this.store.page("notice-closed", { code });
    const notice = reason && textNotice(reason, navigator.userAgent);
    if (notice) this.store.page("notice", notice);
  }

  mute(muted: boolean): void {
    this.store.control({ muted });
    this.apply();
  }

  mode(mode: TalkMode): void {
    this.store.control({ mode, held: false });
    this.apply();
  }

  hold(held: boolean): void {
    if (held === this.store.controls.held) return;
    this.store.control({ held });
    this.apply();
  }

  get hearing(): boolean {
    const { voice, muted, mode, held } = this.store.controls;
    return voice && !muted && (mode === "open" || held) && this.microphone.track !== null;
  }

  apply(): void {
    this.microphone.enable(this.hearing);
    this.send(this.hearing);
  }
}
