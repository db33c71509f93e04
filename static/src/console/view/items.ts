/** Adds and changes entries of the conversation. */

import type { Item, View } from "./types.ts";

type WithoutKey<T> = T extends unknown ? Omit<T, "key"> : never;

/** The view with one more entry. */
export function appended(view: View, item: WithoutKey<Item>): View {
  const made = view.made + 1;
  return { ...view, made, items: [...view.items, { ...item, key: `i${made}` } as Item] };
}

/** The view with the entry of that key replaced. */
export function replaced(view: View, item: Item): View {
  return { ...view, items: view.items.map((known) => (known.key === item.key ? item : known)) };
}

/** The newest entry that fits, searched from the end. */
export function newest<T extends Item>(view: View, fits: (item: Item) => item is T): T | null {
  for (let at = view.items.length - 1; at >= 0; at -= 1) {
    const item = view.items[at]!;
    if (fits(item)) return item;
  }
  return null;
}
