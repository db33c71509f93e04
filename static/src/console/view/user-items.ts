/** What the person says or types, from first partial to settled turn. */

import { appended, newest, replaced } from "./items.ts";
import type { Item, UserItem, View } from "./types.ts";

const open = (item: Item): item is UserItem => item.kind === "user" && !item.final;

const fresh = (at: number, source: "voice" | "text"): Omit<UserItem, "key"> => ({
  kind: "user", at, turn: null, text: "", partial: "", final: false, source, discarded: false, history: false,
});

export function started(view: View, at: number): View {
  const item = newest(view, open);
  return item?.source === "voice" ? view : appended(view, fresh(at, "voice"));
}

export function transcribed(view: View, at: number, words: string, final: boolean): View {
  const known = newest(view, (item): item is UserItem => open(item) && item.source === "voice");
  if (!known) {
    if (!words.trim()) return view;
    return transcribed(appended(view, fresh(at, "voice")), at, words, final);
  }
  const next = final
    ? { ...known, text: [known.text, words.trim()].filter(Boolean).join(" "), partial: "" }
    : { ...known, partial: words.trim() };
  return replaced(view, next);
}

export function typed(view: View, at: number, words: string): View {
  return { ...appended(view, { ...fresh(at, "text"), text: words }), thinking: true };
}

/** The server settled the turn: what counts is its text. */
export function settled(view: View, at: number, turn: number | null, words: string, discarded: boolean): View {
  const same = words.trim().toLowerCase();
  const known = newest(view, (item): item is UserItem => open(item) && item.source === "text" && item.text.trim().toLowerCase() === same)
    ?? newest(view, open);
  const base = known ?? ({ ...fresh(at, "voice"), key: "" } as UserItem);
  const text = words || base.text || base.partial;
  const item: UserItem = { ...base, turn, text, partial: "", final: true, discarded };
  if (!known) return text ? appended(view, item) : view;
  if (!text) return { ...view, items: view.items.filter((one) => one.key !== known.key) };
  return replaced(view, item);
}
