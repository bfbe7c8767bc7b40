// The queue: what was pressed is kept first and sent then, in the order it was pressed, each under its own key, so that
// it acts once however often it is sent. Of one case each move goes by the version that the one before it made: if
// anybody else has touched the case in between, the server refuses it, and a person looks.
"use strict";
const Queue = (() => {
  const HOME = "/routing/mine";
  const listeners = [];
  const changed = async () => { const all = await Store.all(); for (const each of listeners) each(all); };

  /** A fresh pass and the token of the session, with whom it belongs to; null where there is no signal. */
  async function session() {
    let answer;
    try {
      answer = await fetch(`/routing/session?next=${HOME}`, { credentials: "same-origin", cache: "no-store" });
    } catch { return null; }
    if (answer.status >= 500) return null;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const of = (name) => page.querySelector(`meta[name="${name}"]`)?.content;
    return { token: of("csrf-token"), person: of("person") };
  }

  async function send(entry, token) {
    const headers = { "Accept": "application/json", "X-CSRF-Token": token, "Idempotency-Key": entry.once };
    if (entry.version) headers["If-Match"] = `"${entry.version}"`;
    headers["Content-Type"] = entry.photo ? entry.photo.type : "application/x-www-form-urlencoded";
    return fetch(entry.url, { method: "POST", credentials: "same-origin", headers, body: entry.photo || entry.body });
  }

  async function stuck(entry, answer) {
    let told = {};
    try { told = await answer.json(); } catch { /* a page, not a document */ }
    entry.state = "stuck";
    entry.message = told.told || told.heading || told.detail || `${answer.status}`;
    await Store.put(entry);
  }

  /** The next move of the same case goes by the version that this one made; written down before it is sent. */
  async function hand_on(entry, answer) {
    const version = (answer.headers.get("etag") || "").replaceAll('"', "");
    const next = (await Store.all()).find((each) => each.case === entry.case && each.id > entry.id && each.chained);
    if (next && version) await Store.put({ ...next, version, chained: false });
  }

  async function flush_all() {
    const waiting = (await Store.all()).filter((each) => each.state === "waiting");
    if (!waiting.length) return "empty";
    const now = await session();
    if (now === null) return "offline";
    if (!now.token) return "signed-out";
    if (now.person !== localStorage.getItem("gridloop-field-owner")) { await Store.empty(); await changed(); return "another"; }
    const held = new Set((await Store.all()).filter((each) => each.state === "stuck").map((each) => each.case));
    for (const { id } of waiting) {
      const entry = (await Store.all()).find((each) => each.id === id);
      if (!entry || held.has(entry.case)) continue;
      let answer;
      try { answer = await send(entry, now.token); } catch { return "offline"; }
      if (answer.ok) {
        if (!entry.photo) await hand_on(entry, answer);
        await Store.drop(id);
        Queue.last = await answer.json().catch(() => null);
      } else if (answer.status === 401) {
        return "signed-out";
      } else if (answer.status === 429 || answer.status >= 500) {
        return "later";
      } else {
        await stuck(entry, answer);
        held.add(entry.case);
      }
      await changed();
    }
    return "sent";
  }

  return {
    last: null,
    onchange: (tell) => { listeners.push(tell); changed(); },
    /** Keep it. Behind another move of the same case that still waits, it will go by that one's version. */
    async add(entry) {
      const before = (await Store.all()).some((each) => each.case === entry.case && !each.photo && each.state === "waiting");
      const id = await Store.add({ state: "waiting", at: Date.now(), ...entry, chained: Boolean(before && entry.version) });
      await changed();
      return id;
    },
    async drop(id) { await Store.drop(id); await changed(); },
    /** One flush at a time, in all windows together. */
    flush: () => (navigator.locks ? navigator.locks.request("gridloop-field", flush_all) : flush_all()),
  };
})();
