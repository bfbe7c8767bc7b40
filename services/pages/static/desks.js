// A case in triage by the keyboard (1–9 choose, Enter confirms), codes looked up by name while one types, and a form
// that goes out once. All of it works by plain forms too.
"use strict";
(() => {
  const typing = (at) => at.closest("input:not([type=radio]), textarea, select, button, a, summary");

  const candidates = document.getElementById("candidates");
  if (candidates) {
    const choices = [...candidates.querySelectorAll("input[name=choice]")];
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
      const chosen = /^[1-9]$/.test(event.key) ? choices[Number(event.key) - 1] : null;
      if (chosen) {
        chosen.checked = true;
        chosen.focus();
        event.preventDefault();
      } else if (event.key === "Enter" && !event.repeat) {
        event.preventDefault();
        candidates.requestSubmit();
      }
    });
  }

  for (const form of document.querySelectorAll("form[method=post]")) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    addEventListener("pageshow", () => { sent = false; });
  }

  document.getElementById("trouble")?.focus();

  for (const input of document.querySelectorAll("input[data-look]")) {
    const list = document.getElementById(input.getAttribute("list"));
    let waiting = 0;
    input.addEventListener("input", () => {
      clearTimeout(waiting);
      const word = input.value.trim();
      if (word.length < 2 || word.includes(" ")) return;
      waiting = setTimeout(async () => {
        const answer = await fetch(`/routing/v1/${input.dataset.look}?limit=12&q=${encodeURIComponent(word)}`).catch(() => null);
        if (!answer?.ok) return;
        const { items } = await answer.json();
        list.replaceChildren(...items.map(({ code, name }) => new Option("", `${code} ${name}`)));
      }, 250);
    });
  }
})();
