// Uploads of elements with data-upload: check, hash, ask for a ticket, send the
// file to the store with progress, report it complete, refresh. The contract of
// the addresses stands with views.Upload.
"use strict";
(() => {
  const { text, each, make, sha256 } = window.clusterzone;

  // Refusal carries a sentence for the person.
  class Refusal extends Error {}

  class Upload {
    constructor(box) {
      this.box = box;
      this.input = box.querySelector("input[type=file]");
      this.list = box.querySelector(".drop-list");
      this.queue = Promise.resolve();
      this.waiting = 0;
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
      window.addEventListener("beforeunload", (event) => this.waiting && event.preventDefault());
    }

    hover(event, over) {
      event.preventDefault();
      this.box.classList.toggle("is-over", over);
    }

    add(files) {
      const chosen = [...files];
      if (chosen.length > 1 && !this.input.multiple) {
        this.list.append(make("li", { className: "drop-item is-failed" }, text("upload.many")));
        return;
      }
      for (const file of chosen) this.enqueue(new Item(this, file));
    }

    enqueue(item) {
      this.waiting++;
      this.queue = this.queue.then(() => item.run()).then((done) => this.finished(done));
    }

    finished(done) {
      this.waiting--;
      this.changed = this.changed || done;
      if (this.waiting === 0 && this.changed) this.refresh();
    }

    refresh() {
      this.changed = false;
      const { refresh, target } = this.box.dataset;
      if (refresh) window.htmx.ajax("GET", refresh, target);
      else if (!this.list.querySelector(".is-failed")) location.reload();
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
      this.button = make("button", { type: "button", className: "btn btn-sm" }, text("upload.cancel"));
      this.button.addEventListener("click", () => this.press());
      this.row = make("li", { className: "drop-item" }, make("span", { className: "drop-name" }, file.name), this.bar, this.words, this.button);
      upload.list.append(this.row);
    }

    // press cancels what runs and retries what failed.
    press() {
      if (this.over) {
        this.over = false;
        this.cancelled = false;
        this.row.className = "drop-item";
        this.button.textContent = text("upload.cancel");
        this.upload.enqueue(this);
        return;
      }
      this.cancelled = true;
      this.abort?.();
    }

    async run() {
      try {
        this.check();
        const sum = await this.hash();
        const ticket = await this.ask(this.data.ticket, this.metadata(sum));
        await this.send(ticket);
        await this.complete(ticket, sum);
        this.end("done", text("upload.done"));
        return true;
      } catch (error) {
        if (!(error instanceof Refusal) && !this.cancelled) console.error(error);
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

    async hash() {
      this.state(text("upload.hashing"));
      const sum = await sha256(this.file, (part) => (this.bar.value = part * 100));
      if (this.cancelled) throw new Refusal(text("upload.cancelled"));
      return sum;
    }

    metadata(sum) {
      const { name, size, type } = this.file;
      return { ...JSON.parse(this.data.fields), name, size, type, sha256: sum };
    }

    // ask posts JSON and returns the answer, or throws what the server says.
    async ask(address, body) {
      const control = new AbortController();
      this.abort = () => control.abort();
      let answer;
      try {
        answer = await fetch(address, {
          method: "POST",
          headers: { "Content-Type": "application/json", Accept: "application/json" },
          body: JSON.stringify(body),
          redirect: "manual",
          signal: control.signal,
        });
      } catch {
        throw new Refusal(text("upload.offline"));
      }
      if (answer.status === 401 || answer.type === "opaqueredirect") throw new Refusal(text("upload.login"));
      const data = await answer.json().catch(() => ({}));
      if (!answer.ok) throw new Refusal(data.detail || data.title || text("upload.refused", { Code: answer.status }));
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
        request.upload.onprogress = (event) => {
          this.bar.value = (100 * event.loaded) / event.total;
          this.state(text("upload.sending", { Percent: Math.floor(this.bar.value) }));
        };
        request.onload = () => (request.status < 300 ? resolve() : reject(new Refusal(refusalOf(request))));
        request.onerror = () => reject(new Refusal(text("upload.offline")));
        request.onabort = () => reject(new Refusal(text("upload.cancelled")));
        request.open("POST", ticket.url);
        request.send(body);
      });
    }

    async complete(ticket, sum) {
      this.state(text("upload.checking"));
      const address = this.data.complete.replace("{id}", encodeURIComponent(ticket.id));
      await this.ask(address, { ...JSON.parse(this.data.fields), id: ticket.id, sha256: sum });
    }

    state(words) {
      if (this.words.textContent !== words) this.words.textContent = words;
    }

    end(kind, words) {
      this.state(words);
      this.over = true;
      this.row.classList.add(`is-${kind}`);
      this.bar.hidden = true;
      if (kind === "done") this.button.remove();
      else this.button.textContent = text("upload.retry");
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

  each("[data-upload]", (box) => new Upload(box));
})();
