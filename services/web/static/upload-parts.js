// Sends a file in parts, several at once. A part that fails for the line's sake is
// sent again after a growing pause, or at once when the line is back; parts that
// have arrived are never sent again.
"use strict";
(() => {
  const { hash } = window.clusterzone;
  const together = 3;
  const longest = 30_000;

  // Gone is an answer that no repetition mends.
  class Gone extends Error {}

  class Sender {
    // on: {ask(no, sum), progress(bytes), line(up)}; ask resolves to {url, method, headers}.
    constructor(file, session, on) {
      this.file = file;
      this.session = session;
      this.on = on;
      this.sent = new Map(session.parts.map((part) => [part.no, part.size]));
      this.todo = [];
      for (let no = 1; no <= session.count; no++) if (!this.sent.has(no)) this.todo.push(no);
      this.requests = new Set();
      this.paused = false;
      this.ended = false;
      this.wakers = new Set();
      this.online = () => this.wake();
    }

    // run resolves when every part has arrived.
    async run() {
      window.addEventListener("online", this.online);
      this.tell();
      try {
        await Promise.all(Array.from({ length: Math.min(together, this.todo.length) }, () => this.work()));
      } catch (error) {
        this.stop();
        throw error;
      } finally {
        window.removeEventListener("online", this.online);
      }
    }

    async work() {
      for (;;) {
        await this.unpaused();
        if (this.ended) throw new Gone("ended");
        const no = this.todo.shift();
        if (no === undefined) return;
        await this.deliver(no);
      }
    }

    async deliver(no) {
      for (let failures = 0; ; failures++) {
        await this.unpaused();
        if (this.ended) throw new Gone("ended");
        try {
          await this.attempt(no);
          this.lineIs(true);
          return;
        } catch (error) {
          this.sent.delete(no);
          if (error instanceof Gone || error.final) throw error;
          if (this.ended) throw new Gone("ended");
          if (this.paused) {
            failures = -1;
            continue;
          }
          this.lineIs(false);
          await this.sleep(Math.min(longest, 500 * 2 ** failures) * (0.75 + Math.random() / 2));
        }
      }
    }

    async attempt(no) {
      const { part_size: size } = this.session;
      const blob = this.file.slice((no - 1) * size, Math.min(no * size, this.file.size));
      const ticket = await this.on.ask(no, await hash(blob));
      await this.put(no, blob, ticket);
      this.sent.set(no, blob.size);
      this.tell();
    }

    put(no, blob, ticket) {
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        this.requests.add(request);
        request.timeout = 120_000 + blob.size / 16;
        request.upload.onprogress = (event) => {
          this.sent.set(no, event.loaded);
          this.tell();
        };
        request.onload = () => {
          if (request.status < 300) resolve();
          else if (request.status === 404) reject(new Gone("the upload has ended"));
          else reject(new Error(`part ${no}: ${request.status}`)); // an address that is over is asked for again
        };
        request.onerror = request.onabort = request.ontimeout = () => reject(new Error(`part ${no}: no answer`));
        request.onloadend = () => this.requests.delete(request);
        request.open(ticket.method, ticket.url);
        for (const [name, value] of Object.entries(ticket.headers || {})) request.setRequestHeader(name, value);
        request.send(blob);
      });
    }

    tell() {
      let bytes = 0;
      for (const n of this.sent.values()) bytes += n;
      this.on.progress(Math.min(bytes, this.file.size));
    }

    lineIs(up) {
      if (this.up === up) return;
      this.up = up;
      this.on.line(up);
    }

    pause() {
      this.paused = true;
      for (const request of [...this.requests]) request.abort();
    }

    resume() {
      this.paused = false;
      this.wake();
    }

    stop() {
      this.ended = true;
      for (const request of [...this.requests]) request.abort();
      this.wake();
    }

    async unpaused() {
      while (this.paused && !this.ended) await new Promise((resolve) => this.wakers.add(resolve));
    }

    sleep(time) {
      return new Promise((resolve) => {
        this.wakers.add(resolve);
        setTimeout(resolve, time);
      });
    }

    wake() {
      const wakers = [...this.wakers];
      this.wakers.clear();
      for (const resolve of wakers) resolve();
    }
  }

  window.clusterzone.Sender = Sender;
  window.clusterzone.Gone = Gone;
})();
