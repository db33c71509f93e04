// The call list: j and k walk the rows, and rows of running calls refresh themselves.

import { onKey } from "./keys.js";

const REFRESH_MS = 4000;

function step(by) {
  const rows = [...document.querySelectorAll("[data-row]")];
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("is-current"));
  const next = Math.min(rows.length - 1, Math.max(0, now + by));
  rows.forEach((row, index) => row.classList.toggle("is-current", index === next));
  rows[next].querySelector("[data-row-link]").focus({ preventScroll: true });
  rows[next].scrollIntoView({ block: "nearest" });
}

onKey("j", () => step(1));
onKey("k", () => step(-1));

async function refresh() {
  const part = document.getElementById("live-part");
  if (!part?.hasAttribute("data-live")) return;
  if (!document.hidden && !part.contains(document.activeElement)) {
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok && !answer.redirected) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const id of ["live-part", "count"]) {
          const fresh = page.getElementById(id);
          if (fresh) document.getElementById(id).replaceWith(document.adoptNode(fresh));
        }
      }
    } catch { /* the next round tries again */ }
  }
  setTimeout(refresh, REFRESH_MS);
}

setTimeout(refresh, REFRESH_MS);
