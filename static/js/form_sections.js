// Moves about in the bot form: the list of sections, links to a setting, and the box that finds one.

import "./keys.js";

function unfold(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}

/** Open what the address points to: a section, or a setting, which also gets the focus. */
function goTo(hash) {
  const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
  if (!target || !target.closest("[data-editor]")) return;
  unfold(target);
  const setting = target.closest("[data-setting]");
  (setting ?? target).scrollIntoView({ block: setting ? "center" : "start" });
  if (!setting) return;
  const control = target.matches("input, select, textarea") ? target : target.querySelector("input, select, textarea");
  control?.focus({ preventScroll: true });
  setting.classList.remove("is-meant");
  requestAnimationFrame(() => setting.classList.add("is-meant"));
}

function follow(menu) {
  const links = new Map([...menu.querySelectorAll("[data-to]")].map((link) => [link.dataset.to, link]));
  const seen = new Set();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) isIntersecting ? seen.add(target.id) : seen.delete(target.id);
    const here = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) id === here ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }, { rootMargin: "-80px 0px -50% 0px" });
  for (const id of links.keys()) watch.observe(document.getElementById(id));
}

function finder(editor, words) {
  const box = editor.querySelector("[data-search]");
  const state = editor.querySelector("#find-state");
  const nothing = editor.querySelector("[data-nothing]");
  const folds = [...editor.querySelectorAll("details[data-fold]")];
  const parts = [...editor.querySelectorAll("[data-part]")];
  const rows = [...editor.querySelectorAll("[data-setting]")].map((row) => ({
    row,
    title: row.closest("[data-part]").querySelector(".part-title").textContent.toLowerCase(),
    text: row.querySelector(".setting-name :is(label, .label)").textContent.toLowerCase() + " " +
      (row.querySelector(".help")?.textContent.toLowerCase() ?? ""),
  }));
  let open = null;

  const find = () => {
    const wanted = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    const finding = wanted.length > 0;
    if (finding && !open) open = folds.filter((fold) => fold.open);
    editor.classList.toggle("is-finding", finding);
    let found = 0;
    for (const { row, title, text } of rows) {
      const inUse = !row.closest(".provider:not([open])");
      const fits = inUse && wanted.every((word) => text.includes(word) || title.includes(word));
      row.classList.toggle("is-out", finding && !fits);
      if (fits) found += 1;
    }
    for (const place of [...parts, ...folds]) {
      const some = place.querySelector("[data-setting]:not(.is-out)") !== null;
      place.classList.toggle("is-out", finding && !some);
      if (finding && place.matches("details")) place.open = some;
    }
    if (!finding && open) {
      for (const fold of folds) fold.open = open.includes(fold);
      open = null;
    }
    state.textContent = finding ? words.textFound.replace("#", found) : "";
    nothing.hidden = !finding || found > 0;
  };
  box.closest("[data-find]").hidden = false;
  box.addEventListener("input", (event) => {
    event.stopPropagation();
    find();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault();
      editor.querySelector("[data-setting]:not(.is-out) :is(input:not([type=hidden]), select, textarea)")?.focus();
    } else if (event.key === "Escape" && box.value) {
      event.stopPropagation();
      event.preventDefault();
      box.value = "";
      find();
    }
  });
  return () => {
    if (box.value) {
      box.value = "";
      find();
    }
  };
}

/** Start the list of sections, the links into the form, and the finder. */
export function moveAbout(editor, words) {
  const menu = editor.querySelector(".part-menu");
  const narrow = matchMedia("(max-width: 1023px)");
  const fit = () => { menu.open = !narrow.matches; };
  narrow.addEventListener("change", fit);
  fit();
  follow(menu);
  const showAll = finder(editor, words);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || link.hash.length < 2) return;
    showAll();
    if (menu.contains(link) && narrow.matches) menu.open = false;
    if (link.hash === location.hash) goTo(link.hash);
    const part = menu.contains(link) && document.getElementById(link.hash.slice(1));
    if (part) {
      if (part.matches("details")) part.open = true;
      const heading = part.querySelector("summary") ?? part.querySelector(".part-title");
      if (!heading.matches("summary")) heading.tabIndex = -1;
      requestAnimationFrame(() => heading.focus({ preventScroll: true }));
    }
  });
  addEventListener("hashchange", () => goTo(location.hash));
  goTo(location.hash);
}
