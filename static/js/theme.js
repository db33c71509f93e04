/* Before the page is painted: says that scripts run, and puts the remembered theme on the page; the admin keeps the
   same choice under its own name. */
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("has-scripts");
  try {
    const remembered = localStorage.getItem("voiceapp-theme") || localStorage.getItem("theme");
    if (remembered === "light" || remembered === "dark") root.dataset.theme = remembered;
  } catch {
    return;
  }
})();
