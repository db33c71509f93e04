/** What the level strip marks in time: who began, who stopped, who cut in. */

import type { Mark, View } from "./types.ts";

const LIMIT = 400;

export function marked(view: View, kind: Mark["kind"], at: number): View {
  return { ...view, marks: [...view.marks.slice(1 - LIMIT), { kind, at }] };
}
