// Autosave of forms with data-autosave. Each change is sent 800 ms after the
// last key to that address as a form with X-Autosave: 1. The answers:
//   200 {"version": 8, "saved_at": "10:32", "problems": {"field": "text"}},
//       with "base" where the form has an input of that name: its next value;
//       the form then tells the page by the event autosaved
//   409 a page fragment with both values (views.StaleComparison)
//   422 {"problems": {...}}   401 or a redirect: the session is over
// Anything else is tried again. The line never says saved before it is.
"use strict";
(() => {
  const { text, each, enhance } = window.clusterzone;
  const wait = 800;
  const longest = 30000;

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
      window.addEventListener("beforeunload", (event) => this.dirty && !this.leaving && event.preventDefault());
    }

    changed(event) {
      if (event.target.type === "file" || event.target.closest("[data-autosave-conflict], [data-autosave-not]")) return;
      this.dirty = true;
      this.halted = false;
      if (this.stopped) return;
      this.show("dirty");
      this.schedule(wait);
    }

    // back tries again after the person has logged in elsewhere.
    back() {
      if (this.line.dataset.autosaveState !== "login") return;
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
      this.show("saving");
      this.running = this.send();
      await this.running;
      this.running = null;
      if (this.dirty && !this.stopped && !this.halted) this.schedule(this.pause ?? wait);
      this.pause = undefined;
    }

    async send() {
      const body = new URLSearchParams();
      for (const [name, value] of new FormData(this.form)) {
        if (typeof value === "string") body.append(name, value);
      }
      try {
        const answer = await fetch(this.form.dataset.autosave, {
          method: "POST",
          body,
          headers: { Accept: "application/json", "X-Autosave": "1" },
          redirect: "manual",
          signal: AbortSignal.timeout(20000),
        });
        await this.take(answer);
      } catch {
        this.retry("offline");
      }
    }

    async take(answer) {
      if (answer.ok && answer.status !== 204) return this.saved(await answer.json());
      if (answer.status === 409) return this.conflict(await answer.text());
      if (answer.status === 422) return this.invalid(await answer.json());
      if (answer.status === 401 || answer.type === "opaqueredirect") return this.halt("login");
      if ([400, 403, 404, 413, 415].includes(answer.status)) return this.halt("failed");
      return this.retry(answer.status === 503 || answer.status === 429 ? "offline" : "failed");
    }

    saved(data) {
      this.delay = 1000;
      this.versions(data.version);
      if (data.base && this.form.elements.base) this.form.elements.base.value = data.base;
      if (data.problems) this.problems(data.problems);
      if (this.dirty) this.show("dirty");
      else this.show("saved", { Time: data.saved_at });
      this.form.dispatchEvent(new CustomEvent("autosaved", { bubbles: true }));
    }

    invalid(data) {
      this.problems(data.problems || {});
      this.halt("invalid");
    }

    // halt waits for the next change or, after a new login, for the focus. A
    // change made meanwhile is sent at once.
    halt(state) {
      this.halted = !this.dirty;
      this.dirty = true;
      this.show(state);
    }

    retry(state) {
      this.dirty = true;
      this.pause = this.delay;
      this.delay = Math.min(this.delay * 2, longest);
      this.show(state);
    }

    // conflict shows both values; nothing is saved until the person has chosen.
    // The choice stands before the form, because forms do not nest.
    conflict(html) {
      this.stopped = true;
      this.dirty = true;
      this.form.before(this.slot);
      this.slot.innerHTML = html;
      this.slot.querySelector("form")?.addEventListener("submit", () => (this.leaving = true));
      this.show("conflict");
      enhance(this.slot);
      this.slot.scrollIntoView({ block: "start" });
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
      setTimeout(() => (this.leaving = false), 15000);
    }

    show(state, params) {
      this.line.dataset.autosaveState = state;
      this.words.textContent = text(`autosave.${state}`, params);
    }
  }

  // subjectOf is what an address is about: /applications/17 of /applications/17/draft.
  function subjectOf(address) {
    if (!address) return "";
    return new URL(address, location.href).pathname.split("/").slice(0, 3).join("/");
  }

  each("form[data-autosave]", (form) => new Autosave(form));
})();
