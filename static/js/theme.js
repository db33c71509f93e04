/* Puts the remembered theme on the page before it is painted; the admin keeps the same choice under its own name. */
"use strict";
(() => {
  const root = document.documentElement;
  try {
    const remembered = localStorage.getItem("voiceapp-theme") || localStorage.getItem("theme");
    if (remembered === "light" || remembered === "dark") root.dataset.theme = remembered;
  } catch {
    return;
  }
})();
