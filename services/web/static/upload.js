// Uploads of elements with data-upload: check, hash, ask for a ticket, send the
// file to the store with progress, report it complete, refresh. A large file goes
// in parts (upload-parts.js) and can be paused, and gone on with after the browser
// was closed. The contract of the addresses stands with views.Upload.
"use strict";
(() => {
  const { text, each, make, hash, memory, Sender, Gone } = window.clusterzone;
  const together = 2; // files at once

  // Refusal carries a sentence for the person; final ones are not mended by asking again.
  class Refusal extends Error {
    constructor(words, final) {
      super(words);
      this.final = final;
    }
  }

  class Upload {
    constructor(box) {
      this.box = box;
      this.input = box.querySelector("input[type=file]");
      this.list = box.querySelector(".drop-list");
      this.voice = box.querySelector("[data-upload-voice]");
      this.queue = [];
      this.running = 0;
      this.items = new Set();
      this.input.addEventListener("change", () => {
        this.add(this.input.files);
        this.input.value = "";
      });
      for (const type of ["dragover", "dragenter"]) box.addEventListener(type, (event) => this.hover(event, true));
      box.addEventListener("dragleave", (event) => this.hover(event, false));
      box.addEventListener("drop", (event) => {
        this.hover(event, false);
        this.add(event.dataTransfer.files);
      });
      // What can be gone on with later holds nobody back.
      window.addEventListener("beforeunload", (event) => [...this.items].some((item) => !item.safe) && event.preventDefault());
    }

    hover(event, over) {
      event.preventDefault();
      this.box.classList.toggle("is-over", over);
    }

    add(files) {
      const chosen = [...files];
      if (chosen.length > 1 && !this.input.multiple) {
        this.list.append(make("li", { className: "drop-item is-failed" }, text("upload.many")));
        this.say(text("upload.many"));
        return;
      }
      for (const file of chosen) this.enqueue(new Item(this, file));
    }

    enqueue(item) {
      this.items.add(item);
      this.queue.push(item);
      this.next();
    }

    next() {
      while (this.running < together && this.queue.length > 0) {
        const item = this.queue.shift();
        this.running++;
        item.run().then((done) => this.finished(item, done));
      }
    }

    finished(item, done) {
      this.running--;
      this.items.delete(item);
      this.changed = this.changed || done;
      this.next();
      if (this.items.size === 0 && this.changed) this.refresh();
    }

    refresh() {
      this.changed = false;
      const { refresh, target } = this.box.dataset;
      const own = !refresh || !!document.querySelector(target)?.contains(this.list);
      if (own && this.list.querySelector(".is-failed")) return; // what failed must stay to be read
      if (refresh) window.htmx.ajax("GET", refresh, target);
      else location.reload();
    }

    // say tells a screen reader what changed; numbers that run are not read out.
    say(words) {
      if (this.voice) this.voice.textContent = words;
    }
  }

  class Item {
    constructor(upload, file) {
      this.upload = upload;
      this.data = upload.box.dataset;
      this.file = file;
      this.bar = make("progress", { max: 100, value: 0 });
      this.bar.setAttribute("aria-label", file.name);
      this.words = make("span", { className: "drop-state" }, text("upload.busy"));
      this.hold = make("button", { type: "button", className: "btn btn-sm", hidden: true }, text("upload.pause"));
      this.hold.addEventListener("click", () => this.toggle());
      this.button = make("button", { type: "button", className: "btn btn-sm" }, text("upload.cancel"));
      this.button.addEventListener("click", () => this.press());
      for (const button of [this.hold, this.button]) this.label(button);
      const buttons = make("span", { className: "drop-buttons" }, this.hold, this.button);
      this.row = make("li", { className: "drop-item" }, make("span", { className: "drop-name" }, file.name), this.bar, this.words, buttons);
      upload.list.append(this.row);
    }

    label(button) {
      button.setAttribute("aria-label", `${button.textContent} ${this.file.name}`);
    }

    name(button, words) {
      button.textContent = words;
      this.label(button);
    }

    // press cancels what runs and retries what failed.
    press() {
      if (this.over) {
        this.over = false;
        this.cancelled = false;
        this.bar.hidden = false;
        this.row.className = "drop-item";
        this.name(this.button, text("upload.cancel"));
        this.upload.enqueue(this);
        return;
      }
      this.cancelled = true;
      this.sender?.stop();
      this.abort?.();
    }

    toggle() {
      if (this.sender.paused) {
        this.sender.resume();
        this.begun = null;
        this.name(this.hold, text("upload.pause"));
        this.upload.say(`${this.file.name} ${text("upload.goes_on")}`);
        return;
      }
      this.sender.pause();
      this.name(this.hold, text("upload.resume"));
      this.state(text("upload.paused", { Percent: Math.floor(this.bar.value) }));
      this.upload.say(`${this.file.name} ${text("upload.paused", { Percent: Math.floor(this.bar.value) })}`);
    }

    async run() {
      try {
        this.check();
        const { ticket, sum } = await this.open();
        if (ticket.session) await this.sendParts(ticket);
        else await this.send(ticket);
        await this.complete(ticket, sum);
        if (this.print) memory.forget(this.data, this.print);
        this.end("done", text("upload.done"));
        return true;
      } catch (error) {
        if (!(error instanceof Refusal) && !this.cancelled) console.error(error);
        if (this.cancelled && this.session) await this.discard();
        const known = error instanceof Refusal ? error.message : text("upload.failed");
        this.end("failed", this.cancelled ? text("upload.cancelled") : known);
        return false;
      }
    }

    check() {
      const { size, name } = this.file;
      const max = Number(this.data.max);
      const accept = this.data.accept.split(",").filter(Boolean);
      if (size === 0) throw new Refusal(text("upload.empty"));
      if (max > 0 && size > max) throw new Refusal(text("upload.large", { Size: sizeText(size), Max: sizeText(max) }));
      if (accept.length && !accept.some((ending) => name.toLowerCase().endsWith(ending))) {
        throw new Refusal(text("upload.format", { Formats: accept.join(" ") }));
      }
    }

    // open finds the upload that this file has begun before, or begins one.
    async open() {
      this.print = this.data.session && this.file.size > Number(this.data.whole || 0) ? await memory.fingerprint(this.file) : "";
      const kept = this.print && memory.recall(this.data, this.print);
      if (kept) {
        const ticket = await this.ask(this.address(kept.id, "session")).catch((error) => this.lost(error));
        if (ticket) return { ticket, sum: kept.sum };
      }
      const sum = await this.digest();
      const ticket = await this.ask(this.data.ticket, this.metadata(sum));
      if (ticket.session && this.print) memory.remember(this.data, this.print, ticket.id, sum);
      return { ticket, sum };
    }

    // lost forgets an upload that the server does not have any more.
    lost(error) {
      if (!error.final) throw error;
      memory.forget(this.data, this.print);
      return null;
    }

    address(id, what) {
      return this.data.session.replace("{id}", encodeURIComponent(id)) + "/" + what;
    }

    async digest() {
      this.state(text("upload.hashing"));
      const sum = await hash(this.file, (part) => (this.bar.value = part * 100));
      if (this.cancelled) throw new Refusal(text("upload.cancelled"));
      return sum;
    }

    metadata(sum) {
      const { name, size, type } = this.file;
      const more = {};
      for (const field of this.upload.box.parentElement.querySelectorAll("[data-upload-field]")) more[field.name] = field.value;
      return { ...JSON.parse(this.data.fields), ...more, name, size, type, sha256: sum };
    }

    // ask posts JSON, or gets where there is none, and returns the answer, or throws what
    // the server says.
    async ask(address, body) {
      const control = new AbortController();
      this.abort = () => control.abort();
      let answer;
      try {
        answer = await fetch(address, {
          method: body ? "POST" : "GET",
          headers: { ...(body && { "Content-Type": "application/json" }), Accept: "application/json" },
          body: body && JSON.stringify(body),
          redirect: "manual",
          signal: control.signal,
        });
      } catch {
        throw new Refusal(text("upload.offline"), false);
      }
      if (answer.status === 401 || answer.type === "opaqueredirect") throw new Refusal(text("upload.login"), true);
      const data = await answer.json().catch(() => ({}));
      const later = answer.status >= 500 || answer.status === 429;
      if (!answer.ok) throw new Refusal(data.detail || data.title || text("upload.refused", { Code: answer.status }), !later);
      return data;
    }

    // send uses XMLHttpRequest, because fetch reports no progress of a body.
    send(ticket) {
      const body = new FormData();
      for (const [name, value] of Object.entries(ticket.fields || {})) body.append(name, value);
      body.append("file", this.file, this.file.name);
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        this.abort = () => request.abort();
        request.upload.onprogress = (event) => this.progress(Math.min(this.file.size, event.loaded));
        request.onload = () => (request.status < 300 ? resolve() : reject(new Refusal(refusalOf(request))));
        request.onerror = () => reject(new Refusal(text("upload.offline")));
        request.onabort = () => reject(new Refusal(text("upload.cancelled")));
        request.open("POST", ticket.url);
        request.send(body);
      });
    }

    async sendParts(ticket) {
      const { id } = ticket;
      this.session = id;
      this.safe = true;
      this.sender = new Sender(this.file, ticket.session, {
        ask: (no, sha256) => this.ask(this.address(id, "parts"), { no, sha256 }),
        progress: (bytes) => this.progress(bytes),
        line: (up) => this.line(up),
      });
      this.hold.hidden = false;
      try {
        await this.sender.run();
      } catch (error) {
        if (error instanceof Gone && !this.cancelled) {
          memory.forget(this.data, this.print);
          throw new Refusal(text("upload.gone"), true);
        }
        throw error;
      } finally {
        this.hold.hidden = true;
      }
    }

    line(up) {
      this.down = !up;
      const words = up ? text("upload.goes_on") : text("upload.waits");
      if (!this.sender.paused) this.state(words);
      this.begun = null;
      this.upload.say(`${this.file.name} ${words}`);
    }

    // progress shows percent, bytes, pace and the time left; the pace is that of this attempt.
    progress(bytes) {
      const { size } = this.file;
      const now = performance.now();
      this.begun ||= { at: now, bytes };
      this.bar.value = (100 * bytes) / size;
      if (this.sender?.paused || this.down) return;
      const percent = Math.floor(this.bar.value);
      const pace = (bytes - this.begun.bytes) / Math.max(0.001, (now - this.begun.at) / 1000);
      const params = { Percent: percent, Done: sizeText(bytes), Size: sizeText(size), Pace: sizeText(pace), Left: timeText((size - bytes) / pace) };
      this.state(pace > 0 && now - this.begun.at > 1000 ? text("upload.pace", params) : text("upload.sending", params));
      this.bar.setAttribute("aria-valuetext", `${percent}%`);
      const quarter = Math.floor(percent / 25);
      if (quarter > (this.quarter || 0)) this.upload.say(`${this.file.name} ${percent}%`);
      this.quarter = quarter;
    }

    async complete(ticket, sum) {
      this.state(text("upload.checking"));
      this.button.hidden = true;
      const address = this.data.complete.replace("{id}", encodeURIComponent(ticket.id));
      const body = { ...JSON.parse(this.data.fields), id: ticket.id, sha256: sum };
      for (let failures = 0; ; failures++) {
        try {
          return await this.ask(address, body);
        } catch (error) {
          if (error.final || failures >= 4) throw error;
          await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** failures));
        }
      }
    }

    // discard gives back what a cancelled upload has sent.
    async discard() {
      memory.forget(this.data, this.print);
      await this.ask(this.address(this.session, "discard"), {}).catch((error) => console.warn(error.message));
      this.session = null;
    }

    state(words) {
      if (this.words.textContent !== words) this.words.textContent = words;
    }

    end(kind, words) {
      this.state(words);
      this.upload.say(`${this.file.name} ${words}`);
      this.over = true;
      this.safe = false;
      this.sender = null;
      this.begun = null;
      this.down = false;
      this.row.classList.add(`is-${kind}`);
      this.bar.hidden = true;
      this.hold.hidden = true;
      this.button.hidden = false;
      if (kind === "done") this.button.remove();
      else this.name(this.button, text("upload.retry"));
    }
  }

  // refusalOf reads what our own store says; a foreign one answers in XML.
  function refusalOf(request) {
    try {
      return JSON.parse(request.responseText).detail || text("upload.refused", { Code: request.status });
    } catch {
      return text("upload.refused", { Code: request.status });
    }
  }

  function sizeText(bytes) {
    if (bytes >= 1 << 20) return `${(bytes / (1 << 20)).toFixed(1)} MB`;
    return `${Math.ceil(bytes / 1024)} KB`;
  }

  function timeText(seconds) {
    const whole = Math.ceil(seconds);
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  }

  each("[data-upload]", (box) => new Upload(box));
})();
