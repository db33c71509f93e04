// The bot form: shows the settings of the chosen providers only, formats JSON, and warns before edits are lost.

import { moveAbout } from "./form_sections.js";
import { markUsual } from "./form_usual.js";

function chooseProviders(editor) {
  for (const picker of editor.querySelectorAll("[data-provider-picker]")) {
    picker.addEventListener("change", () => {
      const role = picker.dataset.providerPicker;
      for (const group of editor.querySelectorAll(`[data-provider^="${role}:"]`)) {
        group.open = group.dataset.provider === `${role}:${picker.value}`;
      }
    });
  }
}

function formatJSON(editor, words) {
  for (const area of editor.querySelectorAll("textarea[data-json]")) {
    const note = document.createElement("span");
    note.className = "json-note";
    note.setAttribute("role", "status");
    const format = document.createElement("button");
    format.type = "button";
    format.className = "json-format";
    format.textContent = words.textFormat;
    const check = () => {
      note.textContent = "";
      if (area.value.trim() === "") return undefined;
      try {
        return JSON.parse(area.value);
      } catch (error) {
        note.textContent = error.message;
        return undefined;
      }
    };
    format.addEventListener("click", () => {
      const value = check();
      if (value === undefined) return;
      area.value = JSON.stringify(value, null, 2);
      area.dispatchEvent(new Event("input", { bubbles: true }));
    });
    area.addEventListener("input", check);
    const bar = document.createElement("div");
    bar.className = "json-bar";
    bar.append(format, note);
    area.after(bar);
  }
}

/** Count the fields that differ from what the page came with, and ask before they are lost. */
function guardEdits(form, words) {
  const fields = [...form.elements].filter((field) => field.name && field.type !== "submit" && field.type !== "hidden");
  const held = (field) => (field.type === "checkbox" ? String(field.checked) : field.value);
  const first = new Map(fields.map((field) => [field, held(field)]));
  const mark = form.querySelector("[data-unsaved]");
  const hasErrors = form.querySelector(".errornote") !== null;
  let edits = 0;
  let leaving = false;
  const count = () => {
    edits = fields.filter((field) => held(field) !== first.get(field)).length;
    mark.textContent = edits ? words.textUnsaved.replace("#", edits) : "";
  };
  form.addEventListener("input", count);
  form.addEventListener("change", count);
  form.addEventListener("submit", () => { leaving = true; });
  addEventListener("beforeunload", (event) => {
    if ((edits || hasErrors) && !leaving) event.preventDefault();
  });
  addEventListener("pageshow", count);
}

const form = document.getElementById("bot_form");
const editor = form?.querySelector("[data-editor]");
if (editor) {
  const words = editor.dataset;
  chooseProviders(editor);
  formatJSON(editor, words);
  markUsual(editor, words);
  moveAbout(editor, words);
  guardEdits(form, words);
}
