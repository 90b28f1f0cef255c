// What has been typed and not yet acknowledged stays in this browser too, so
// that a closed tab, a crash or an expired login loses nothing. A record is kept
// under cz-keep/<person>/<case>/<part>/<tab>: nobody else's page reads it, a
// logout removes it, and after two weeks it goes by itself.
"use strict";
(() => {
  const { text, confirm } = window.clusterzone;
  const root = "cz-keep/";
  const longest = 14 * 24 * 3600 * 1000;
  const quiet = 90 * 1000; // a tab that has said nothing for so long is gone, where there are no locks

  // own names this tab for as long as it lives; a duplicated tab gets a new name.
  const own = (async () => {
    let name = sessionStorage.getItem("cz-tab") || crypto.randomUUID?.() || String(Math.random()).slice(2);
    if (navigator.locks && !(await hold(name))) await hold((name = crypto.randomUUID()));
    sessionStorage.setItem("cz-tab", name);
    return name;
  })();

  // hold takes the lock of a tab's name until the tab is gone, if nobody has it.
  function hold(name) {
    return new Promise((resolve) => {
      navigator.locks.request(root + name, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock ? new Promise(() => {}) : undefined;
      });
    });
  }

  async function alive(name, record) {
    if (!navigator.locks) return Date.now() - record.at < quiet;
    const { held } = await navigator.locks.query();
    return held.some((lock) => lock.name === root + name);
  }

  function read(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  }

  function keys(prefix) {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  }

  class Keeper {
    constructor(owner) {
      this.prefix = root + owner + "/";
      this.others = [];
    }

    // found lists the records of this tab and of tabs that are gone, oldest first.
    async found() {
      this.key = this.prefix + (await own);
      const out = [];
      for (const key of keys(this.prefix)) {
        const record = read(key);
        if (!record || (key !== this.key && (await alive(key.slice(this.prefix.length), record)))) continue;
        if (key !== this.key) this.others.push(key);
        out.push(record);
      }
      return out.sort((a, b) => a.at - b.at);
    }

    // put reports whether the record is in this browser now.
    put(record) {
      if (!this.key) return false;
      try {
        localStorage.setItem(this.key, JSON.stringify({ ...record, at: Date.now() }));
        return true;
      } catch {
        return false; // full or forbidden: the page itself still holds everything and goes on trying
      }
    }

    drop() {
      for (const key of [this.key, ...this.others]) if (key) localStorage.removeItem(key);
      this.others = [];
    }
  }

  window.clusterzone.Keeper = Keeper;

  for (const key of keys(root)) {
    if (!(Date.now() - read(key)?.at < longest)) localStorage.removeItem(key);
  }

  // Logging out removes what is kept for that person, after asking.
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const person = form.dataset.person;
      const mine = person ? keys(root + person + "/") : [];
      if (!mine.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!(await confirm(text("keep.logout"), event.submitter?.textContent.trim()))) return;
      window.dispatchEvent(new Event("leaving"));
      keys(root + person + "/").forEach((key) => localStorage.removeItem(key));
      form.requestSubmit(event.submitter);
    },
    true,
  );
})();
