// The walk-in desk: advice while the clerk writes, a place by a tap on the map, Ctrl+Enter to send. Without it the form
// works as well.
"use strict";
(() => {
  const form = document.getElementById("desk"), print = document.getElementById("print");
  if (print) {
    print.hidden = false;
    print.addEventListener("click", () => window.print());
    document.getElementById("next").focus();
  }
  if (!form) return;
  const box = document.getElementById("advice"), ask = document.getElementById("ask");
  const PAUSE = 400, csrf = document.querySelector("meta[name=csrf-token]").content;
  let timer, asked = 0;
  ask.hidden = true;

  async function advise() {
    const turn = ++asked, data = new FormData(form);
    for (const name of ["csrf", "once"]) data.delete(name);
    try {
      const answer = await fetch("/intake/desk/advice", { method: "POST", body: new URLSearchParams(data),
        headers: { "X-CSRF-Token": csrf, "X-Part": "advice" } });
      const text = await answer.text();
      if (turn === asked && answer.ok) {
        const focused = document.activeElement, name = box.contains(focused) ? [focused.name, focused.value] : null;
        box.replaceChildren(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
        if (name) [...box.querySelectorAll("input")].find((each) => each.name === name[0] && each.value === name[1])?.focus();
      }
    } catch { /* the form works without */ }
  }

  const soon = () => { clearTimeout(timer); timer = setTimeout(advise, PAUSE); };
  for (const name of ["description", "address", "grid"]) form.elements[name].addEventListener("input", soon);
  box.addEventListener("change", soon);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); form.requestSubmit(); }
  });
  let sent = false;
  form.addEventListener("submit", (event) => { if (sent) event.preventDefault(); sent = true; });
  addEventListener("pageshow", () => { sent = false; });

  const map = document.querySelector("#map svg");
  if (map && matchMedia("(max-width: 61.99rem)").matches) map.closest("details").open = false;  // advice comes next
  map?.addEventListener("click", (event) => {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
    const of = (name) => Number(map.dataset[name]);
    form.elements.lon.value = (of("west") + at.x * of("lonStep")).toFixed(6);
    form.elements.lat.value = (of("north") - at.y * of("latStep")).toFixed(6);
    const pin = document.getElementById("pin");
    pin.setAttribute("cx", at.x);
    pin.setAttribute("cy", at.y);
    const shape = event.target.closest("polygon");
    for (const each of map.querySelectorAll(".here")) each.classList.remove("here");
    shape?.classList.add("here");
    document.getElementById("picked").textContent = shape ? `✓ ${shape.dataset.name}` : "✓";
    soon();
  });
})();
