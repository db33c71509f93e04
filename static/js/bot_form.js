// The bot form: shows the settings of the chosen providers only, formats JSON, and warns before edits are lost.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("bot_form");
  if (!form) return;

  const show = (picker) => {
    const role = picker.dataset.providerPicker;
    for (const field of form.querySelectorAll(`[data-provider-of^="${role}:"]`)) {
      const row = field.closest(".form-row");
      if (row) row.hidden = field.dataset.providerOf !== `${role}:${picker.value}`;
    }
  };
  for (const picker of form.querySelectorAll("[data-provider-picker]")) {
    show(picker);
    picker.addEventListener("change", () => show(picker));
  }

  for (const area of form.querySelectorAll("textarea[data-json]")) {
    const note = document.createElement("p");
    note.className = "json-note help";
    note.setAttribute("role", "status");
    const format = document.createElement("button");
    format.type = "button";
    format.className = "button json-format";
    format.textContent = "Format";
    const check = () => {
      if (area.value.trim() === "") { note.textContent = ""; return null; }
      try {
        const value = JSON.parse(area.value);
        note.textContent = "";
        return value;
      } catch (error) {
        note.textContent = error.message;
        return undefined;
      }
    };
    format.addEventListener("click", () => {
      const value = check();
      if (value) area.value = JSON.stringify(value, null, 2);
    });
    area.addEventListener("input", check);
    area.after(format, note);
  }

  let changed = false;
  const mark = form.querySelector("[data-unsaved]");
  form.addEventListener("input", () => {
    changed = true;
    if (mark) mark.hidden = false;
  });
  form.addEventListener("submit", () => { changed = false; });
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
});
