// What a phone keeps while there is no signal: moves and photos that wait, drafts of what is being written. It belongs
// to one person and goes with them: signing out, or somebody else signing in, empties it. Nothing of a reporter is in it.
"use strict";
const Store = (() => {
  const NAME = "gridloop-field", PAGES = "gridloop-field-pages", OWNER = "gridloop-field-owner";
  let opened;

  const wait = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

  function open() {
    opened ||= new Promise((done, failed) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("queue", { keyPath: "id", autoIncrement: true });
        request.result.createObjectStore("drafts", { keyPath: "at" });
      };
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
    return opened;
  }

  async function table(name, mode) {
    return (await open()).transaction(name, mode).objectStore(name);
  }

  return {
    all: async () => wait((await table("queue", "readonly")).getAll()),
    add: async (entry) => wait((await table("queue", "readwrite")).add(entry)),
    put: async (entry) => wait((await table("queue", "readwrite")).put(entry)),
    drop: async (id) => wait((await table("queue", "readwrite")).delete(id)),
    draft: async (at) => wait((await table("drafts", "readonly")).get(at)),
    keepDraft: async (at, fields) => wait((await table("drafts", "readwrite")).put({ at, fields })),
    dropDraft: async (at) => wait((await table("drafts", "readwrite")).delete(at)),
    async empty() {
      const both = (await open()).transaction(["queue", "drafts"], "readwrite");
      both.objectStore("queue").clear();
      both.objectStore("drafts").clear();
      await new Promise((done) => { both.oncomplete = done; both.onerror = done; });
      if (window.caches) await caches.delete(PAGES);
      localStorage.removeItem(OWNER);
    },
    /** Whose phone it is now; what another person left on it goes. */
    async belongTo(person) {
      const before = localStorage.getItem(OWNER);
      if (before && before !== person) await this.empty();
      localStorage.setItem(OWNER, person);
    },
  };
})();
