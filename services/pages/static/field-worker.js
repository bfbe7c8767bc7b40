// Pages that an officer has seen open again without a signal, for half a day and until they sign out. Only pages and
// their styles and scripts are kept: no photo, no answer of an API, nothing that was sent.
"use strict";
const PAGES = "gridloop-field-pages", FILES = "gridloop-field-files", LIFE = 12 * 60 * 60 * 1000;

addEventListener("install", () => self.skipWaiting());
addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(request, address));
  else if (/\/static\/[\w.-]+\.(css|js)$/.test(address.pathname)) event.respondWith(file(request));
});

async function page(request, address) {
  const key = address.pathname + (address.searchParams.has("shelf") ? `?shelf=${address.searchParams.get("shelf")}` : "");
  try {
    const answer = await fetch(request);
    if (answer.ok && answer.type === "basic" && !answer.redirected) (await caches.open(PAGES)).put(key, answer.clone());
    return answer;
  } catch (error) {
    const kept = await (await caches.open(PAGES)).match(key);
    if (kept && Date.now() - new Date(kept.headers.get("date")) < LIFE) return as_kept(kept);
    return new Response(NOTHING, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } });
  }
}

async function as_kept(kept) {
  const text = await kept.text();
  return new Response(text.replace("<html ", "<html data-kept "), { headers: kept.headers });
}

async function file(request) {
  const cache = await caches.open(FILES), kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) cache.put(request, answer.clone());
  return answer;
}

const NOTHING = `<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>没有信号</title><h1>没有信号</h1><p>这一页还没有在这部手机上打开过。<br>No signal, and this page was not opened on this phone before.</p>
<p><a href="/routing/mine">我的诉求 / My cases</a></p></html>`;
