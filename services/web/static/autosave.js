// Autosave of forms with data-autosave. Each change is sent within two seconds
// to that address as a form with X-Autosave: 1. The answers:
//   200 {"version": 8, "saved_at": "10:32", "problems": {"field": "text"}},
//       with "base" where the form has an input of that name: its next value,
//       and for forms with data-keep what others changed meanwhile, "theirs" and
//       "lists"; the form then tells the page by the event autosaved. "kept"
//       names fields that could not be read and are not saved: they stay here
//   409 a page fragment with both values (views.StaleComparison); X-Kept as kept
//   422 {"problems": {...}}   401 or a redirect: the session is over
// Anything else is tried again. The line never says saved before it is.
//
// A form with data-keep also sends "acked", what it held when it was last
// acknowledged, so that the server merges; keeps what is not acknowledged in the
// browser (keep.js); and sends a save of unknown outcome again byte for byte
// before anything newer, so that it cannot meet itself as somebody else's.
"use strict";
(() => {
  const { text, each, enhance, make, flash, Keeper } = window.clusterzone;
  const wait = 700;
  const most = 1500; // while somebody types without a pause
  const longest = 10000;
  const control = ["version", "base", "acked", "person", "do"];

  class Autosave {
    constructor(form) {
      this.form = form;
      this.line = form.querySelector("[data-autosave-state]");
      this.words = form.querySelector("[data-autosave-text]");
      this.slot = form.querySelector("[data-autosave-conflict]");
      this.dirty = false;
      this.stopped = false;
      this.delay = 1000;
      this.running = null;
      form.addEventListener("input", (event) => this.changed(event));
      form.addEventListener("change", (event) => this.changed(event));
      form.addEventListener("submit", (event) => this.submitted(event));
      window.addEventListener("online", () => this.dirty && this.schedule(0));
      window.addEventListener("focus", () => this.back());
      window.addEventListener("leaving", () => (this.leaving = true));
      window.addEventListener("beforeunload", (event) => (this.dirty || this.unkept) && !this.leaving && event.preventDefault());
      if (form.dataset.keep) this.begin();
    }

    // begin takes up again what was typed here and never acknowledged.
    async begin() {
      this.keeper = new Keeper(this.form.dataset.keep);
      this.person = this.form.dataset.keep.split("/")[0];
      this.pending = null;
      const initial = this.initial();
      this.acked = this.form.dataset.acked ?? initial;
      let records = [];
      try {
        records = await this.keeper.found();
      } catch {
        // no storage here: the page alone holds what is typed
      }
      const found = new Set();
      for (const record of records) for (const name of this.takeUp(record, initial)) found.add(name);
      this.ready = true;
      if (found.size) flash("note", text("keep.found", { Count: found.size }));
      if (this.pending === null && this.read() === this.acked) return this.keeper.drop();
      this.dirty = true;
      this.keep();
      if (this.running) return;
      this.show("dirty");
      this.schedule(0);
    }

    // takeUp puts a record into the form and returns the places that look other
    // than before. What the page shows of all other places is what the server holds.
    takeUp(record, initial) {
      const places = changed(this.form, record.acked, record.mine);
      for (const place of changed(this.form, record.acked, record.pending ?? record.acked)) places.add(place);
      const fresh = new Set([...places].filter((place) => pick(this.form, initial, place) !== pick(this.form, record.mine, place)));
      if (!fresh.size && this.form.dataset.acked === undefined) return fresh;
      for (const place of places) put(this.form, place, new URLSearchParams(record.mine));
      if (record.pending !== null && this.pending === null) this.pending = overlay(this.form, this.acked, record.pending, places);
      this.acked = overlay(this.form, this.acked, record.acked, places);
      return fresh;
    }

    // read is what is typed, in the order of the form.
    read() {
      return this.entries((input) => input.value, (input) => input.checked, (option) => option.selected);
    }

    // initial is what the page came with, whatever the browser has filled in since.
    initial() {
      return this.entries((input) => input.defaultValue ?? input.value, (input) => input.defaultChecked, (option, select) => served(option, select));
    }

    entries(value, checked, selected) {
      const out = new URLSearchParams();
      for (const input of this.form.elements) {
        if (!input.name || input.disabled || control.includes(input.name) || ["file", "submit", "button"].includes(input.type)) continue;
        if (input.closest("[data-autosave-conflict], [data-autosave-not]")) continue;
        if (["radio", "checkbox"].includes(input.type)) {
          if (checked(input)) out.append(input.name, input.value);
        } else if (input.options) {
          for (const option of input.options) if (selected(option, input)) out.append(input.name, option.value);
        } else out.append(input.name, input.type === "hidden" ? input.value : value(input));
      }
      return out.toString();
    }

    // keep writes down what is not acknowledged.
    keep() {
      if (!this.keeper || !this.ready) return;
      const mine = this.read();
      this.unkept = false;
      if (mine === this.acked && this.pending === null) this.keeper.drop();
      else this.unkept = !this.keeper.put({ acked: this.acked, pending: this.pending, mine });
    }

    changed(event) {
      if (event.target.type === "file" || event.target.closest("[data-autosave-conflict], [data-autosave-not]")) return;
      this.dirty = true;
      this.halted = false;
      this.keep();
      if (this.stopped) return;
      this.show("dirty");
      this.since ??= Date.now();
      this.schedule(Math.max(0, Math.min(wait, this.since + most - Date.now())));
    }

    // back tries again after the person has logged in elsewhere.
    back() {
      if (!["login", "other"].includes(this.line.dataset.autosaveState)) return;
      this.halted = false;
      this.schedule(0);
    }

    schedule(after) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.save(), after);
    }

    async save() {
      if (this.running || this.stopped || !this.dirty) return;
      this.dirty = false;
      this.since = null;
      this.show("saving");
      this.running = this.send();
      await this.running;
      this.running = null;
      if (this.dirty && !this.stopped && !this.halted) this.schedule(this.pause ?? wait);
      this.pause = undefined;
    }

    async send() {
      const body = this.body();
      const headers = { Accept: "application/json", "X-Autosave": "1" };
      if (this.keeper) headers["X-Person"] = this.person;
      try {
        const answer = await fetch(this.form.dataset.autosave, { method: "POST", body, headers, redirect: "manual", signal: AbortSignal.timeout(15000) });
        await this.take(answer);
      } catch {
        this.retry("offline");
      }
    }

    body() {
      if (!this.keeper) {
        const body = new URLSearchParams();
        for (const [name, value] of new FormData(this.form)) if (typeof value === "string") body.append(name, value);
        return body;
      }
      this.pending ??= this.read();
      this.keep();
      const body = new URLSearchParams(this.pending);
      for (const name of ["version", "base"]) if (this.form.elements[name]) body.set(name, this.form.elements[name].value);
      if (this.acked.length < 2000000) body.set("acked", this.acked);
      return body;
    }

    async take(answer) {
      if (answer.ok && answer.status !== 204) return this.saved(await answer.json());
      if (answer.status === 409) return this.conflict(await answer.text(), answer.headers.get("X-Kept")?.split(" ") ?? []);
      if (answer.status === 422) return this.invalid(await answer.json());
      if (answer.status === 401) return this.halt((await answer.json().catch(() => ({}))).code === "other_person" ? "other" : "login");
      if (answer.type === "opaqueredirect") return this.halt("login");
      if ([400, 403, 404, 413, 415].includes(answer.status)) return this.refused("failed");
      return this.retry(answer.status === 503 || answer.status === 429 ? "offline" : "failed");
    }

    saved(data) {
      this.delay = 1000;
      this.versions(data.version);
      if (data.base && this.form.elements.base) this.form.elements.base.value = data.base;
      if (data.problems) this.problems(data.problems);
      if (this.keeper) this.acknowledged(data);
      const kept = data.kept?.length ?? 0;
      if (kept && !this.keeper) this.unkept = true;
      if (this.dirty) this.show("dirty");
      else if (kept) this.show("partly", { Time: data.saved_at, Count: kept });
      else this.show("saved", { Time: data.saved_at });
      this.form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true, detail: data }));
    }

    // acknowledged moves on to what has been typed since, and shows what others have
    // written into places that nobody has touched here.
    acknowledged(data) {
      const sent = this.pending;
      this.acked = without(this.form, sent, this.acked, data.kept ?? []);
      this.pending = null;
      const names = [];
      for (const [place, value] of Object.entries(data.theirs || {})) {
        if (pick(this.form, this.acked, place) !== pick(this.form, this.read(), place)) continue;
        const values = new URLSearchParams();
        for (const one of value.split(place === "business.sectors" ? "\n" : "\0")) values.append(place, one);
        put(this.form, place, values);
        this.acked = overlay(this.form, this.acked, this.read(), new Set([place]));
        names.push(labelOf(this.form, place));
      }
      for (const list of data.lists || []) names.push(labelOf(this.form, list));
      if (names.length) flash("note", text("keep.theirs", { Names: new Intl.ListFormat(document.documentElement.lang).format(names) }));
      if (data.lists?.length) this.renew(data.lists);
      const waiting = (data.kept ?? []).filter((name) => only(this.form, sent, name) === only(this.form, this.read(), name));
      this.dirty = without(this.form, this.read(), this.acked, waiting) !== this.acked;
      this.keep();
    }

    // renew shows lists that others have changed as the server holds them, unless
    // somebody is at work in them here; then the next save does.
    async renew(lists) {
      const answer = await fetch(this.form.action, { headers: { "X-Part": "1" } }).catch(() => null);
      if (!answer?.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const list of lists) {
        const here = this.form.querySelector(`[data-rows="${CSS.escape(list)}"]`);
        const fresh = page.querySelector(`[data-rows="${CSS.escape(list)}"]`);
        if (!here || !fresh || here.contains(document.activeElement) || this.running) continue;
        if (pick(this.form, this.acked, list) !== pick(this.form, this.read(), list)) continue;
        here.replaceWith(fresh);
        enhance(fresh);
        this.acked = overlay(this.form, this.acked, this.read(), new Set([list]));
      }
      this.keep();
    }

    // refused is an answer after which the same words need not be sent again.
    refused(state) {
      this.pending = null;
      this.halt(state);
    }

    invalid(data) {
      this.problems(data.problems || {});
      this.refused("invalid");
    }

    // halt waits for the next change or, after a new login, for the focus; with the
    // session over it also asks again by itself. A change made meanwhile is sent at once.
    halt(state) {
      this.halted = !this.dirty;
      this.dirty = true;
      this.keep();
      this.show(state);
      if (["login", "other"].includes(state)) {
        this.halted = true;
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.back(), longest);
      }
    }

    retry(state) {
      this.dirty = true;
      this.pause = this.delay;
      this.delay = Math.min(this.delay * 2, longest);
      this.show(state);
    }

    // conflict shows both values; nothing is saved until the person has chosen.
    // The choice stands before the form, because forms do not nest. What met somebody
    // else's may be an older state of what is typed: then the newest is tried first.
    conflict(html, kept) {
      const sent = this.keeper ? without(this.form, this.pending, this.acked, kept) : null;
      const asSent = this.pending;
      this.pending = null;
      this.dirty = true;
      if (this.keeper && asSent !== this.read()) {
        this.pause = 0;
        return this.show("dirty");
      }
      this.stopped = true;
      this.keep();
      this.form.before(this.slot);
      this.slot.innerHTML = html;
      this.slot.querySelector("form")?.addEventListener("submit", (event) => this.chosen(event, sent));
      this.show("conflict");
      enhance(this.slot);
      this.slot.scrollIntoView({ block: "start" });
    }

    // chosen sends the choice. With a keeper the page stays until it is acknowledged.
    async chosen(event, sent) {
      this.leaving = true;
      if (!this.keeper) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      const choice = event.target;
      const headers = { Accept: "application/json", "X-Autosave": "1", "X-Person": this.person };
      const answer = await fetch(choice.action, { method: "POST", body: new URLSearchParams(new FormData(choice)), headers, redirect: "manual" }).catch(() => null);
      if (answer?.ok) {
        this.acked = sent;
        this.keep();
        location.reload();
        return;
      }
      this.leaving = false;
      if (answer?.status === 409) {
        this.slot.innerHTML = await answer.text();
        this.slot.querySelector("form")?.addEventListener("submit", (again) => this.chosen(again, sent));
        return;
      }
      this.show(answer?.status === 401 ? "login" : "offline");
    }

    // versions gives the new version to this form and to the buttons of the same
    // case elsewhere on the page, or they would come too late.
    versions(version) {
      if (version === undefined) return;
      const old = this.form.elements.version?.value;
      const subject = subjectOf(this.form.dataset.autosave);
      for (const input of document.querySelectorAll("input[name=version]")) {
        const same = input.form === this.form || (input.value === old && subjectOf(input.form?.getAttribute("action")) === subject);
        if (same) input.value = version;
      }
    }

    problems(problems) {
      for (const slot of this.form.querySelectorAll("[data-error-for]")) {
        const problem = problems[slot.dataset.errorFor];
        slot.querySelector("[data-error-text]").textContent = problem || "";
        slot.hidden = !problem;
        slot.closest(".field, .verdict")?.classList.toggle("has-error", Boolean(problem));
        const input = this.form.elements[slot.dataset.errorFor];
        if (input?.setAttribute) problem ? input.setAttribute("aria-invalid", "true") : input.removeAttribute("aria-invalid");
        input?.classList?.toggle("is-invalid", Boolean(problem));
      }
    }

    // submitted lets a save on its way arrive first: it makes a new version.
    async submitted(event) {
      clearTimeout(this.timer);
      if (this.running) {
        event.preventDefault();
        event.stopImmediatePropagation();
        const submitter = event.submitter;
        await this.running;
        clearTimeout(this.timer);
        if (!this.stopped) this.form.requestSubmit(submitter);
        return;
      }
      this.leaving = true;
      if (this.keeper) this.sayAcked();
      setTimeout(() => (this.leaving = false), 15000);
    }

    // sayAcked lets a form sent by its button say what autosave says.
    sayAcked() {
      for (const [name, value] of [["acked", this.acked], ["person", this.person]]) {
        const input = this.form.elements[name] ?? make("input", { type: "hidden", name });
        input.value = value;
        this.form.append(input);
      }
      this.keep();
    }

    show(state, params) {
      this.line.dataset.autosaveState = state;
      this.words.textContent = text(`autosave.${state}`, params);
      this.line.querySelector("a")?.remove();
      if (!this.keeper || !["login", "other"].includes(state)) return;
      const link = make("a", { href: "/login?next=" + encodeURIComponent(location.pathname + location.search) }, text("keep.login"));
      link.addEventListener("click", () => (this.leaving = true));
      this.line.append(link);
    }
  }

  // A place is a field, or a list of rows as a whole; a snapshot is a form as text.
  function placeOf(form, name) {
    const list = name.split("[")[0];
    return list !== name && form.querySelector(`[data-rows="${CSS.escape(list)}"]`) ? list : name;
  }

  // pick is what a snapshot says of a place.
  function pick(form, snapshot, place) {
    const out = new URLSearchParams();
    for (const [name, value] of new URLSearchParams(snapshot)) if (placeOf(form, name) === place) out.append(name, value);
    return out.toString();
  }

  function changed(form, from, to) {
    const places = new Set();
    for (const snapshot of [from, to]) for (const name of new URLSearchParams(snapshot).keys()) places.add(placeOf(form, name));
    return new Set([...places].filter((place) => pick(form, from, place) !== pick(form, to, place)));
  }

  // overlay is a snapshot with some places taken from another.
  function overlay(form, onto, from, places) {
    const out = new URLSearchParams();
    for (const [name, value] of new URLSearchParams(onto)) if (!places.has(placeOf(form, name))) out.append(name, value);
    for (const [name, value] of new URLSearchParams(from)) if (places.has(placeOf(form, name))) out.append(name, value);
    return sorted(form, out);
  }

  // without is a snapshot in which the fields named stand as in another: they were
  // not taken. A name may be that of a list.
  function without(form, snapshot, other, names) {
    if (!names.length) return snapshot;
    const kept = (name) => names.includes(name) || names.includes(placeOf(form, name));
    const out = new URLSearchParams();
    for (const [name, value] of new URLSearchParams(snapshot)) if (!kept(name)) out.append(name, value);
    for (const [name, value] of new URLSearchParams(other)) if (kept(name)) out.append(name, value);
    return sorted(form, out);
  }

  // only is what a snapshot says of one field, or of a list.
  function only(form, snapshot, name) {
    const out = [...new URLSearchParams(snapshot)].filter(([other]) => other === name || placeOf(form, other) === name);
    return new URLSearchParams(out).toString();
  }

  // sorted puts entries into the order of the form, so that equal snapshots are equal texts.
  function sorted(form, entries) {
    const order = new Map();
    for (const input of form.elements) if (input.name && !order.has(input.name)) order.set(input.name, order.size);
    const all = [...entries];
    all.sort((a, b) => (order.get(a[0]) ?? 1e9) - (order.get(b[0]) ?? 1e9));
    return new URLSearchParams(all).toString();
  }

  // put types a place anew; rows come and go with it.
  function put(form, place, values) {
    const box = form.querySelector(`[data-rows="${CSS.escape(place)}"]`);
    if (box) box.dispatchEvent(new CustomEvent("rows", { detail: [...values.keys()].filter((name) => placeOf(form, name) === place) }));
    for (const input of form.elements) {
      if (!input.name || placeOf(form, input.name) !== place) continue;
      const all = values.getAll(input.name);
      if (["radio", "checkbox"].includes(input.type)) input.checked = all.includes(input.value);
      else if (all.length) input.value = all[0];
    }
  }

  function labelOf(form, place) {
    const box = form.querySelector(`[data-rows="${CSS.escape(place)}"] legend`);
    const label = box ?? document.querySelector(`label[for="${CSS.escape("f-" + place)}"]`) ?? document.getElementById("f-" + place)?.closest("fieldset")?.querySelector("legend");
    return (label?.childNodes[0]?.textContent || label?.textContent || place).trim();
  }

  // served is the choice a select came with: the first where none is marked.
  function served(option, select) {
    const marked = [...select.options].filter((other) => other.defaultSelected);
    return marked.length ? option === marked[marked.length - 1] : option === select.options[0];
  }

  // subjectOf is what an address is about: /applications/17 of /applications/17/draft.
  function subjectOf(address) {
    if (!address) return "";
    return new URL(address, location.href).pathname.split("/").slice(0, 3).join("/");
  }


  each("form[data-autosave]", (form) => new Autosave(form));
})();
