// While a page is open and used, fetch a new pass before the old one ends, so that what is being written can be sent.
"use strict";
(() => {
  const EVERY = 3 * 60 * 1000;
  let used = Date.now();
  for (const kind of ["keydown", "pointerdown", "scroll"]) {
    addEventListener(kind, () => { used = Date.now(); }, { passive: true });
  }
  setInterval(() => {
    if (Date.now() - used < EVERY) {
      fetch("/routing/session", { method: "GET", credentials: "same-origin", redirect: "manual" }).catch(() => {});
    }
  }, EVERY);
})();
