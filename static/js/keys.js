// Shortcuts that every page has, the list of them, and the theme toggle. Single-key shortcuts can be turned off.

const SWITCH = "voiceapp-keys";

function remembered(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function remember(name, value) {
  try { localStorage.setItem(name, value); } catch { /* a private window forgets */ }
}

let on = remembered(SWITCH) !== "off";
const shortcuts = new Map();

/** Call `action` when `key` is pressed outside of a field. */
export function onKey(key, action) {
  shortcuts.set(key, action);
}

function isTyping(target) {
  return target.closest("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("[data-search]")) event.target.blur();
  if (!on || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === " " && event.target.closest("button, a, summary, input")) return;
  const action = shortcuts.get(event.key);
  if (action) {
    event.preventDefault();
    action();
  }
});

const help = document.getElementById("help");
const helpButton = document.querySelector("[data-help]");
if (help && helpButton) {
  helpButton.hidden = false;
  helpButton.addEventListener("click", () => help.showModal());
  onKey("?", () => help.showModal());
  const box = help.querySelector("[data-keys-on]");
  box.checked = on;
  box.addEventListener("change", () => {
    on = box.checked;
    remember(SWITCH, on ? "on" : "off");
  });
}
onKey("/", () => document.querySelector("[data-search]")?.focus());

const toggle = document.querySelector("[data-theme-toggle]");
if (toggle) {
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember("voiceapp-theme", root.dataset.theme);
    remember("theme", root.dataset.theme);
    document.dispatchEvent(new Event("themechange"));
  });
}
