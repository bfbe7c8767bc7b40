// With the person's leave, the place where they are stands in for words; it is sent with the question and not kept.
"use strict";
(() => {
  // A tap on the map presses the button of the same place in the list below it.
  const places = document.getElementById("places");
  places?.querySelector(".map")?.addEventListener("click", ({ target }) => {
    const code = target.closest("[data-grid]")?.dataset.grid;
    if (code) places.querySelector(`.pick button[value="${CSS.escape(code)}"]`)?.click();
  });
  (document.getElementById("picked") ?? (places?.open ? places : null))?.scrollIntoView({ block: "center" });
})();
(() => {
  const here = document.getElementById("here");
  if (!here || !navigator.geolocation) return;
  const [button, told] = [here.querySelector("button"), here.querySelector("[role=status]")];
  here.hidden = false;
  button.addEventListener("click", () => {
    told.textContent = here.dataset.busy;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        here.querySelector("[name=lon]").value = coords.longitude.toFixed(5);
        here.querySelector("[name=lat]").value = coords.latitude.toFixed(5);
        told.textContent = here.dataset.got;
      },
      () => { told.textContent = here.dataset.none; },
      { enableHighAccuracy: true, timeout: 10000 },
    );
  });
})();
