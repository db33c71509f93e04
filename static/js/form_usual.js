// Marks the settings that are not the usual ones, offers the way back (and back again), and keeps the sections' lines.

import { isChanged, phrase, said, setText, textOf } from "./form_values.js";

const MOST_SHOWN = 3;

function line(rows, words) {
  const shown = rows.slice(0, MOST_SHOWN).map((row) => phrase(row, words)).join(", ");
  const rest = rows.length - MOST_SHOWN;
  return `${shown}${rest > 0 ? ` ${words.textMore.replace("#", rest)}` : ""}` || words.textUsual;
}

/** Keep marks, lines and counts of an editor; `words` are its texts. */
export function markUsual(editor, words) {
  const before = new Map();

  const mark = (row) => {
    const changed = isChanged(row);
    const back = row.querySelector("[data-back]");
    row.classList.toggle("is-changed", changed);
    if (changed) before.delete(row);
    const undo = before.has(row);
    const usual = said(row, row.dataset.usual, words);
    back.hidden = !changed && !undo;
    const way = row.dataset.own === undefined ? words.textBack.replace("#", usual.length > 40 ? "…" : usual) : words.textClear;
    back.textContent = undo ? words.textUndo : way;
    back.setAttribute("aria-label", `${back.textContent}, ${row.dataset.label}`);
  };

  const tell = (part) => {
    const inUse = (row) => !row.closest(".provider:not([open])");
    const rows = [...part.querySelectorAll(".setting.is-changed")].filter(inUse);
    for (const fold of part.matches("[data-fold]") ? [part] : part.querySelectorAll("[data-fold]")) {
      fold.querySelector("[data-line]").textContent = line(rows.filter((row) => fold.contains(row)), words);
    }
    const count = editor.querySelector(`[data-to="${part.id}"] [data-count]`);
    if (count) count.textContent = rows.length || "";
  };

  for (const row of editor.querySelectorAll("[data-setting][data-usual]")) {
    mark(row);
    row.querySelector("[data-back]").addEventListener("click", () => {
      const kept = before.get(row);
      if (kept === undefined) {
        const now = textOf(row);
        setText(row, row.dataset.usual);
        before.set(row, now);
      } else {
        before.delete(row);
        setText(row, kept);
      }
      mark(row);
      tell(row.closest("[data-part]"));
    });
  }
  const changed = (event) => {
    const row = event.target.closest("[data-setting][data-usual]");
    if (row) {
      before.delete(row);
      mark(row);
    }
    const part = event.target.closest("[data-part]");
    if (part) tell(part);
  };
  editor.addEventListener("input", changed);
  editor.addEventListener("change", changed);
}
