// Comfort for the pages: they work without it, but for drag and drop and the progress of uploads.
"use strict";

document.documentElement.classList.add("script");

const filled = (text, places) => text.replace(/\{(\w+)\}/g, (all, name) => places[name] ?? all);

// Dates in the person's own time zone and manner.
function tellTimes(root) {
  const manner = { dateStyle: "medium", timeStyle: "short" };
  const format = new Intl.DateTimeFormat(document.documentElement.lang, manner);
  for (const time of root.querySelectorAll("time")) {
    time.textContent = format.format(new Date(time.dateTime));
  }
}

// One menu at a time; Escape and a click elsewhere close it.
function closeMenus(but) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== but) menu.open = false;
  }
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open], details.make[open]");
  if (open === null) return;
  open.open = false;
  open.querySelector("summary").focus();
});
document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (!details.open || !details.matches("details.menu, details.make")) return;
  if (details.matches(".menu")) closeMenus(details);
  const field = details.querySelector("input:not([type=hidden], [readonly], [hidden])");
  // On a touch screen the keyboard would cover the menu.
  if (field === null || matchMedia("(pointer: coarse)").matches) return;
  field.focus();
  const dot = field.value.lastIndexOf(".");
  field.setSelectionRange(0, dot > 0 ? dot : field.value.length);
}, true);

// Links to copy.
async function copy(button) {
  const field = button.parentElement.querySelector("input");
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // where the clipboard is not to be had: plain http
  }
  button.querySelector("span").textContent = button.dataset.done;
  say(button.dataset.done);
}
function offerCopies(root) {
  for (const button of root.querySelectorAll("button.copy")) button.hidden = false;
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button.copy");
  if (button !== null) copy(button);
});

// What a screen reader should know.
function say(text) {
  const place = document.getElementById("said");
  if (place !== null) place.textContent = text;
}

// The list again, without losing the place on the page.
async function refresh() {
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) {
    location.reload();
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["listing", "quota"]) {
    const found = fresh.getElementById(id);
    if (found !== null) document.getElementById(id).replaceWith(found);
  }
  ready(document);
}

class Uploads {
  constructor(form) {
    this.form = form;
    this.texts = form.dataset;
    this.picker = form.querySelector("input[type=file]");
    this.area = document.getElementById("uploads");
    this.list = this.area.querySelector("ul");
    this.waiting = [];
    this.isRunning = false;
    this.failed = 0;
    this.picker.addEventListener("change", () => {
      this.add([...this.picker.files].map((file) => ({ file, path: file.name })));
      this.picker.value = "";
    });
  }

  add(found) {
    for (const { file, path } of found) {
      const item = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = path;
      const cancel = document.createElement("button");
      cancel.type = "button";
      cancel.textContent = this.texts.cancel;
      cancel.setAttribute("aria-label", `${this.texts.cancel}: ${path}`);
      const bar = document.createElement("progress");
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", path);
      item.append(name, cancel, bar);
      this.list.append(item);
      const upload = { file, path, item, bar, cancel, isCancelled: false, request: null };
      cancel.addEventListener("click", () => {
        upload.isCancelled = true;
        if (upload.request !== null) upload.request.abort();
      });
      this.waiting.push(upload);
    }
    this.area.hidden = this.list.children.length === 0;
    if (!this.isRunning) this.run();
  }

  async run() {
    this.isRunning = true;
    while (this.waiting.length > 0) await this.one(this.waiting.shift());
    this.isRunning = false;
    await refresh();
    say(this.failed > 0 ? this.texts.someFailed : this.texts.allDone);
    this.area.hidden = this.list.children.length === 0;
    this.failed = 0;
  }

  async one(upload) {
    const reason = upload.isCancelled ? this.texts.cancelled : await this.send(upload);
    upload.bar.remove();
    upload.cancel.remove();
    if (reason === null) {
      say(filled(this.texts.done, { name: upload.path }));
      upload.item.remove();
      return;
    }
    this.failed += 1;
    const text = document.createElement("p");
    text.className = "wrong";
    text.setAttribute("role", "alert");
    text.textContent = filled(this.texts.failed, { name: upload.path, reason });
    upload.item.replaceChildren(text);
  }

  // Null when it is stored, else why not.
  send(upload) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      upload.request = request;
      const path = upload.path.split("/").map(encodeURIComponent).join("/");
      const replaces = this.form.elements.replace.checked ? "?replace=1" : "";
      let said = -1;
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        upload.bar.value = event.loaded / event.total;
        const percent = Math.floor((event.loaded / event.total) * 4) * 25;
        if (percent === said) return;
        said = percent;
        say(filled(this.texts.uploading, { name: upload.path, percent }));
      });
      request.addEventListener("load", () => {
        if (request.status < 300) resolve(null);
        else resolve(request.response?.error ?? String(request.status));
      });
      request.addEventListener("error", () => resolve(this.texts.broken));
      request.addEventListener("abort", () => resolve(this.texts.cancelled));
      request.open("PUT", `${this.form.getAttribute("action")}/${path}${replaces}`);
      request.responseType = "json";
      request.setRequestHeader("X-Form-Token", this.form.elements.form_token.value);
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.send(upload.file);
    });
  }
}

// What was dropped: files, and the files of folders with their paths.
async function dropped(transfer) {
  const entries = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = [];
  for (const { entry, file } of entries) {
    if (entry?.isDirectory) await walk(entry, `${entry.name}/`, found);
    else if (file !== null) found.push({ file, path: file.name });
  }
  return found;
}
async function walk(directory, path, found) {
  const reader = directory.createReader();
  for (;;) {
    const entries = await new Promise((done, fail) => reader.readEntries(done, fail));
    if (entries.length === 0) return;
    for (const entry of entries) {
      if (entry.isDirectory) await walk(entry, `${path}${entry.name}/`, found);
      else found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), path: path + entry.name });
    }
  }
}

function acceptDrops(uploads) {
  const cover = document.getElementById("drop");
  const isFiles = (event) => event.dataTransfer?.types.includes("Files");
  const follow = (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    cover.hidden = false;
  };
  document.addEventListener("dragenter", follow);
  document.addEventListener("dragover", follow);
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) cover.hidden = true;
  });
  document.addEventListener("drop", async (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    cover.hidden = true;
    uploads.add(await dropped(event.dataTransfer));
  });
}

window.addEventListener("beforeunload", (event) => {
  if (uploads?.isRunning) event.preventDefault();
});

function ready(root) {
  tellTimes(root);
  offerCopies(root);
}

ready(document);
const form = document.getElementById("upload");
const uploads = form === null ? null : new Uploads(form);
if (uploads !== null) acceptDrops(uploads);
