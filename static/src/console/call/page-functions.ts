/** What a bot may have this page do: show a text or a link. The model's words are untrusted: text stays text, links stay web links. */

import { record, text, type Data } from "../view/fields.ts";

export const MAX_SHOWN = 2000;

/** What to show, or why it cannot be shown. */
export type Shown = { readonly text: string; readonly url: string | null } | { readonly error: string };

export function shownBy(name: string, given: unknown): Shown {
  const data: Data = record(given);
  const words = text(data["text"]).slice(0, MAX_SHOWN);
  switch (name) {
    case "show_text":
      return words.trim() ? { text: words, url: null } : { error: "There is no text to show." };
    case "show_link": {
      const url = webAddress(text(data["url"]));
      return url ? { text: words.trim() ? words : url, url } : { error: "Only web addresses can be shown." };
    }
    default:
      return { error: `This page does not know the function ${name.slice(0, 64)}.` };
  }
}

function webAddress(value: string): string | null {
  if (!URL.canParse(value)) return null;
  const url = new URL(value);
  return (url.protocol === "https:" || url.protocol === "http:") && !url.username && !url.password ? url.href : null;
}
