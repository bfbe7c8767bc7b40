// The officer's pages on a phone: forms go through the queue, photos are made small, what is written is kept as a draft.
"use strict";
(() => {
  const of = (name) => document.querySelector(`meta[name="${name}"]`)?.content || "";
  const english = document.documentElement.lang === "en";
  const say = (chinese, other) => (english ? other : chinese);
  const LONGEST = 1600, QUALITY = 0.8, EVERY = 15000;
  const here = document.querySelector("[data-case][data-version]")?.dataset.case || "";

  const notices = [];

  function show_queue(all) {
    const box = document.getElementById("queue");
    if (!box) return;
    box.replaceChildren(...notices.map(line));
    box.hidden = !all.length && !notices.length;
    if (!all.length) return;
    const waiting = all.filter((each) => each.state === "waiting").length;
    close(all);
    const head = document.createElement("p");
    head.setAttribute("role", "status");
    head.textContent = waiting
      ? say(`${waiting} 项已存在手机上，有信号时自动发送`, `${waiting} kept on this phone; sent when there is a signal`)
      : say("有未能发送的内容，请处理", "Something could not be sent: please look");
    const list = document.createElement("ul");
    for (const each of all) list.append(row(each));
    box.append(head, list);
    for (const part of document.querySelectorAll("[data-after='accept']")) {
      if (all.some((each) => each.case === here && each.action === "accept")) part.hidden = false;
    }
  }

  /** What waits already is not pressed again; a contact can be made twice. */
  function close(all) {
    for (const form of document.querySelectorAll("form[data-keep]")) {
      const kept = all.some((each) => each.state === "waiting" && each.case === here && each.action === form.dataset.keep);
      if (kept && !["contact", "note", "visit"].includes(form.dataset.keep)) mark(form);
    }
  }

  function row(entry) {
    const item = document.createElement("li"), name = document.createElement("span");
    name.textContent = `${entry.title}${entry.case ? ` · ${entry.case}` : ""}`;
    item.append(name);
    if (entry.state !== "stuck") return item;
    const why = document.createElement("p"), buttons = document.createElement("p");
    why.className = "stuck";
    why.textContent = entry.message;
    buttons.className = "buttons";
    if (entry.case) {
      const look = document.createElement("a");
      look.href = `/routing/mine/${entry.case}`;
      look.textContent = say("查看最新情况", "See how it stands");
      buttons.append(look);
    }
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "quiet";
    drop.textContent = say("不发了", "Drop it");
    drop.addEventListener("click", () => Queue.drop(entry.id));
    buttons.append(drop);
    item.append(why, buttons);
    return item;
  }

  /** Where the matter asks for proof: a photo taken here or still waiting, or words about it. */
  async function proven(form) {
    const words = form.querySelector("[data-proof]");
    if (!words || words.value.trim() || document.querySelector(".fresh li")) return true;
    if ((await Store.all()).some((each) => each.photo && each.case === here)) return true;
    words.setCustomValidity(say("请先加照片，或写明有什么可以证明", "Add a photo first, or say what shows it"));
    words.addEventListener("input", () => words.setCustomValidity(""), { once: true });
    words.reportValidity();
    words.setCustomValidity("");
    return false;
  }

  async function keep(form) {
    if (!(await proven(form))) return;
    const data = new FormData(form);
    const once = form.dataset.once || String(data.get("once"));
    const version = String(data.get("version") || "").replaceAll('"', "");
    for (const name of ["csrf", "once", "version"]) data.delete(name);
    for (const [name, value] of [...data]) if (typeof value !== "string") data.delete(name);
    if (data.has("at")) data.set("at", new Date().toISOString());
    if (data.has("external_id")) data.set("external_id", once);
    const entry = { url: new URL(form.action).pathname, once, version, case: here, action: form.dataset.keep,
      title: form.dataset.title, body: new URLSearchParams(data).toString() };
    for (const each of await Store.all()) {  // what was refused is replaced by what is pressed now
      if (each.state === "stuck" && each.case === here && each.action === entry.action) await Queue.drop(each.id);
    }
    const id = await Queue.add(entry);
    await Store.dropDraft(draft_of(form));
    mark(form);
    if (form.closest("details")) form.closest("details").open = false;
    const how = await Queue.flush();
    const left = (await Store.all()).find((each) => each.id === id);
    if (!left && how === "sent") {
      const then = form.dataset.then;
      location.assign(then ? then.replace("{}", Queue.last?.case_no || "") : `${location.pathname}?made=${entry.action}`);
    } else if (how === "signed-out") {
      notice(say("登录已过期：重新登录后会自动发送。", "You are signed out: it is sent when you have signed in again."));
    } else if (left && how !== "sent" && ["contact", "note"].includes(entry.action)) {
      form.dataset.once = crypto.randomUUID();
      form.reset();
      free(form);
    } else if (left?.state === "stuck") {
      form.dataset.once = crypto.randomUUID();
      free(form);
      await keep_draft(form);
      if (form.closest("details")) form.closest("details").open = true;
      document.getElementById("queue")?.scrollIntoView({ block: "center" });
    }
  }

  function mark(form) {
    form.setAttribute("data-kept", "");
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    if (form.dataset.keep !== "visit") return;
    form.reset();
    form.dataset.once = crypto.randomUUID();
    free(form);
  }

  function free(form) {
    form.removeAttribute("data-kept");
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }

  function line(text) {
    const made = document.createElement("p");
    made.className = "stuck";
    made.textContent = text;
    return made;
  }

  async function notice(text) {
    if (!notices.includes(text)) notices.push(text);
    show_queue(await Store.all());
  }

  /** A photo upright and small, without what the camera wrote beside it: drawn anew on a canvas. */
  async function small(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  }

  async function take(form, file) {
    const blob = await small(file);
    const figure = document.createElement("figure"), image = new Image(), told = document.createElement("figcaption");
    image.src = URL.createObjectURL(blob);
    image.alt = say("刚拍的照片", "The photo just taken");
    told.textContent = `${Math.max(1, Math.round(blob.size / 1024))} KB`;
    figure.append(image, told);
    const item = document.createElement("li");
    item.append(figure);
    form.querySelector(".fresh").append(item);
    await Queue.add({ url: new URL(form.action).pathname, once: crypto.randomUUID(), version: "", case: here,
      action: "photo", title: say("照片", "Photo"), photo: blob });
    await Queue.flush();
  }

  const draft_of = (form) => `${location.pathname}#${form.dataset.keep}`;

  async function drafts(form) {
    const kept = await Store.draft(draft_of(form));
    for (const [name, value] of Object.entries(kept?.fields || {})) {
      const field = form.elements[name];
      if (field && "value" in field && !field.value) field.value = value;
    }
    form.addEventListener("input", () => keep_draft(form));
  }

  function keep_draft(form) {
    const words = [...form.querySelectorAll("textarea, select")].filter((each) => each.value);
    return Store.keepDraft(draft_of(form), Object.fromEntries(words.map((each) => [each.name, each.value])));
  }

  async function begin() {
    await Store.belongTo(of("person"));
    for (const form of document.querySelectorAll("form[data-keep]")) {
      drafts(form);
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!form.hasAttribute("data-kept") || form.dataset.keep === "visit") keep(form);
      });
    }
    for (const form of document.querySelectorAll("form[data-photos]")) {
      form.querySelector("button").hidden = true;
      form.addEventListener("submit", (event) => event.preventDefault());
      form.querySelector("input[type=file]").addEventListener("change", async (event) => {
        for (const file of event.target.files) await take(form, file);
        event.target.value = "";
      });
    }
    for (const link of document.querySelectorAll("[data-opens]")) {
      link.addEventListener("click", () => { document.getElementById(link.dataset.opens).open = true; });
    }
    for (const form of document.querySelectorAll("form[action$='/sign-out']")) {
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const left = (await Store.all()).length;
        const asked = say(`还有 ${left} 项没有发送，退出后就没有了。仍要退出吗？`, `${left} not sent yet will be lost. Sign out all the same?`);
        if (left && !confirm(asked)) return;
        await Store.empty();
        form.submit();
      });
    }
    Queue.onchange(show_queue);
    document.getElementById("problem")?.focus();
    if (document.documentElement.hasAttribute("data-kept")) {
      const at = new Date(of("as-of"));
      notice(say(`没有信号：显示的是 ${at.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })} 的内容`,
        `No signal: this is as of ${at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })}`));
    }
    const again = async () => {
      const had = (await Store.all()).some((each) => each.state === "waiting");
      if (had && (await Queue.flush()) === "sent" && !document.activeElement?.closest("form")) location.reload();
    };
    addEventListener("online", again);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
    setInterval(again, EVERY);
    again();
    const worker = document.querySelector("meta[name=worker]");
    if (worker && navigator.serviceWorker) {
      navigator.serviceWorker.register(worker.content, { scope: worker.dataset.scope }).catch(() => {});
    }
  }

  if (window.indexedDB) begin();
})();
