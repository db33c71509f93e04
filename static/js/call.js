// The call page: click any word, turn or event to hear it; search; tabs; a running call follows itself.

import { onKey } from "./keys.js";
import { Player } from "./player.js";

const REFRESH_MS = 2000;
const root = document.getElementById("call");
let player = null;
let turns = [];
let words = [];

const at = (element) => Number(element.dataset.at);

function highlight(seconds, playing) {
  for (const word of words) {
    word.classList.toggle("is-now", playing && at(word) <= seconds && seconds < Math.max(Number(word.dataset.end), at(word) + 0.05));
  }
  for (const turn of turns) {
    const now = at(turn) <= seconds && seconds <= Number(turn.dataset.end) && (playing || seconds > 0);
    if (now && playing && !turn.classList.contains("is-now")) turn.scrollIntoView({ block: "nearest", behavior: "smooth" });
    turn.classList.toggle("is-now", now);
  }
}

function marks() {
  const cuts = [...root.querySelectorAll(".event-interruption")].map((item) => ({ at: at(item), kind: "cut" }));
  const tools = [...root.querySelectorAll("article.tool")].map((item) => ({ at: at(item), kind: "tool" }));
  const errors = [...root.querySelectorAll(".event-error")].map((item) => ({ at: at(item), kind: "error" }));
  return [...cuts, ...tools, ...errors];
}

function readPage() {
  turns = [...root.querySelectorAll("[data-turn]")];
  words = [...root.querySelectorAll(".w")];
  for (const item of root.querySelectorAll("[data-needs-script]")) item.hidden = false;
  player?.mark(marks());
  filterEvents();
  filterTurns();
}

function startPlayer() {
  player = new Player(root.querySelector(".player"), Number(root.dataset.duration), highlight);
  player.mark(marks());
}

function seekFromHash() {
  const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  if (found) {
    player.seek(Number(found[1]));
    const turn = turns.findLast((item) => at(item) <= Number(found[1]) + 0.05);
    turn?.scrollIntoView({ block: "center" });
  }
}

function seekTo(seconds) {
  history.replaceState(null, "", `#t=${seconds.toFixed(1)}`);
  player.seek(seconds);
}

function stepTurn(by) {
  if (!turns.length) return;
  const now = player.usable ? player.audio.currentTime : 0;
  const starts = turns.map(at);
  const next = by > 0 ? starts.findIndex((start) => start > now + 0.05) : starts.findLastIndex((start) => start < now - 0.4);
  const index = next < 0 ? (by > 0 ? turns.length - 1 : 0) : next;
  seekTo(starts[index]);
  turns[index].scrollIntoView({ block: "nearest" });
}

function filterEvents() {
  const shown = new Set([...root.querySelectorAll("input[data-group]:checked")].map((box) => box.dataset.group));
  for (const event of root.querySelectorAll("li[data-group]")) event.hidden = !shown.has(event.dataset.group);
}

function filterTurns() {
  const wanted = (root.querySelector("[data-search]")?.value ?? "").trim().toLowerCase();
  const onlySlow = root.querySelector("[data-only-slow]")?.checked;
  for (const turn of turns) {
    const text = turn.querySelector(".said").textContent.toLowerCase();
    turn.hidden = (wanted !== "" && !text.includes(wanted)) || (onlySlow && !turn.classList.contains("is-slow"));
  }
}

function buildTabs() {
  const side = root.querySelector("[data-tabs]");
  const sections = [...side.querySelectorAll(":scope > section")];
  const bar = document.createElement("div");
  bar.className = "tabs";
  bar.setAttribute("role", "tablist");
  const select = (chosen, focus) => sections.forEach((section, index) => {
    const button = bar.children[index];
    section.hidden = section !== chosen;
    button.setAttribute("aria-selected", String(section === chosen));
    button.tabIndex = section === chosen ? 0 : -1;
    if (focus && section === chosen) button.focus();
  });
  for (const section of sections) {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("role", "tab");
    button.setAttribute("aria-controls", section.id);
    button.textContent = section.dataset.tab;
    button.addEventListener("click", () => select(section, false));
    section.setAttribute("role", "tabpanel");
    bar.append(button);
  }
  bar.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const now = sections.findIndex((section) => !section.hidden);
    if (by) select(sections[(now + by + sections.length) % sections.length], true);
  });
  side.prepend(bar);
  side.classList.add("has-tabs");
  select(sections[0], false);
}

async function replaceParts() {
  const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const fresh of page.querySelectorAll("[data-swap]")) {
    const name = fresh.dataset.swap;
    const old = root.querySelector(`[data-swap="${name}"]`);
    if (!old || (name === "player" && player.usable)) continue;
    const groups = new Map([...old.querySelectorAll("input[data-group]")].map((box) => [box.dataset.group, box.checked]));
    old.replaceWith(document.adoptNode(fresh));
    for (const box of fresh.querySelectorAll("input[data-group]")) box.checked = groups.get(box.dataset.group) ?? box.checked;
    if (name === "player" && fresh.querySelector("audio")) {
      root.dataset.duration = page.getElementById("call").dataset.duration;
      startPlayer();
    }
  }
  readPage();
}

/** Follow a running call; after its end go on until the picture of its audio exists. */
async function follow(seq, settled, rounds) {
  let state = null;
  try {
    const answer = await fetch(root.dataset.liveUrl);
    if (answer.status === 404 || answer.redirected) return;
    state = await answer.json();
    if (state.seq !== seq || state.final !== settled) await replaceParts();
    if (state.encoded && player.usable && !player.peaks) {
      await replaceParts();
      await player.loadPeaks();
    }
  } catch { /* the server may be restarting: ask again */ }
  const waiting = state === null || !state.final || (state.playable && !state.encoded && rounds < 30);
  if (waiting) setTimeout(() => follow(state?.seq ?? seq, state?.final ?? settled, rounds + 1), REFRESH_MS);
}

root.addEventListener("click", (event) => {
  const target = event.target.closest("[data-seek-to], .w");
  if (!target) return;
  if (target.matches("a")) event.preventDefault();
  seekTo(Number(target.dataset.seekTo ?? target.dataset.at));
});
root.addEventListener("change", (event) => {
  if (event.target.matches("input[data-group]")) filterEvents();
  if (event.target.matches("[data-only-slow]")) filterTurns();
});
root.addEventListener("input", (event) => {
  if (event.target.matches("[data-search]")) filterTurns();
});
onKey(" ", () => player.toggle());
onKey("[", () => stepTurn(-1));
onKey("]", () => stepTurn(1));
onKey("ArrowLeft", () => player.step(-2));
onKey("ArrowRight", () => player.step(2));
window.addEventListener("hashchange", seekFromHash);

buildTabs();
startPlayer();
readPage();
seekFromHash();
const settled = root.dataset.final === "1";
const section = root.querySelector(".player");
if (!settled || section.dataset.encoded === "0") follow(Number(root.dataset.seq), settled, 0);
