// A setting's value as text, whether it is the usual one, and how it is said. The server says the first words by the
// same rules (bots/admin/usual.py).

const LONGEST_SHOWN = 28;

function controls(row) {
  return [...row.querySelectorAll(".setting-value :is(input, select, textarea)")];
}

/** What the row's control holds; one a line for several choices. */
export function textOf(row) {
  const [first] = controls(row);
  if (row.dataset.kind === "flag") return first.checked ? "on" : "";
  if (row.dataset.kind === "many") {
    return controls(row).filter((box) => box.checked).map((box) => box.value).sort().join("\n");
  }
  return first.value;
}

/** Put a text into the row's control, as if it had been typed. */
export function setText(row, text) {
  const [first] = controls(row);
  if (row.dataset.kind === "flag") first.checked = text === "on";
  else if (row.dataset.kind === "many") {
    const wanted = text.split("\n");
    for (const box of controls(row)) box.checked = wanted.includes(box.value);
  } else first.value = text;
  first.dispatchEvent(new Event("input", { bubbles: true }));
  first.dispatchEvent(new Event("change", { bubbles: true }));
}

function inOrder(value) {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, inOrder(value[name])]));
}

function isEmpty(value) {
  return !value || (typeof value === "object" && Object.keys(value).length === 0);
}

function plain(kind, text) {
  if (kind === "number") return text.trim() === "" || Number.isNaN(Number(text)) ? text : String(Number(text));
  if (kind === "json") {
    try {
      const value = JSON.parse(text || "null");
      return isEmpty(value) ? "" : JSON.stringify(inOrder(value));
    } catch {
      return text;
    }
  }
  if (kind === "lines") return text.split(/\r?\n/).map((line) => line.trimEnd()).join("\n").trim();
  return text;
}

/** Whether the row has a usual value and holds another; a number that is left out means the usual one. */
export function isChanged(row) {
  const { kind, usual } = row.dataset;
  if (usual === undefined) return false;
  const now = textOf(row);
  if (kind === "number" && now.trim() === "") return false;
  return plain(kind, now) !== plain(kind, usual);
}

function shown(row, text) {
  if (row.dataset.kind !== "choice") return text.trim();
  return controls(row)[0].querySelector(`option[value="${CSS.escape(text)}"]`)?.textContent ?? text;
}

/** A value of the row in a few words, without the row's name. */
export function said(row, text, words) {
  const { kind, unit } = row.dataset;
  const value = plain(kind, text);
  if (kind === "flag") return value ? words.textOn : words.textOff;
  if (kind === "number") return value ? `${value} ${unit}`.trim() : words.textNone;
  if (kind === "json") return value || words.textNone;
  if (kind === "many" || kind === "lines") return value ? String(value.split("\n").length) : words.textNone;
  const name = shown(row, text);
  return (name.length <= LONGEST_SHOWN ? name : `${name.slice(0, LONGEST_SHOWN - 1)}…`) || words.textNone;
}

/** The row's name and value, such as “Speech ends after 0.4 s”. */
export function phrase(row, words) {
  const { kind, label } = row.dataset;
  const value = said(row, textOf(row), words);
  if (kind === "flag" || kind === "number") return `${label} ${value}`;
  return kind === "json" && value !== words.textNone ? label : `${label}: ${value}`;
}
