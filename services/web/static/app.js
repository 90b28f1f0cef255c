// What every page needs: texts for scripts, dialogs, one submit per click,
// small comforts. Other scripts hang on window.clusterzone and enhance elements
// through each(), which also reaches what htmx brings in later.
"use strict";
(() => {
  const texts = JSON.parse(document.getElementById("texts")?.textContent || "{}");

  // text returns a message of the catalogue with {Name} filled in.
  function text(key, params = {}) {
    const found = texts[key] ?? `⟦${key}⟧`;
    return found.replace(/\{(\w+)\}/g, (whole, name) => (name in params ? String(params[name]) : whole));
  }

  const enhancers = [];
  const seen = new WeakMap();

  // each runs fn once for every element of the selector, now and after swaps.
  function each(selector, fn) {
    enhancers.push([selector, fn]);
    if (document.readyState !== "loading") run(document, selector, fn);
  }

  function run(root, selector, fn) {
    const found = [...root.querySelectorAll(selector)];
    if (root.matches?.(selector)) found.unshift(root);
    for (const element of found) {
      const done = seen.get(element) || new Set();
      if (done.has(fn)) continue;
      done.add(fn);
      seen.set(element, done);
      fn(element);
    }
  }

  function enhance(root) {
    for (const [selector, fn] of enhancers) run(root, selector, fn);
  }

  // make builds an element: make("li", {className: "x"}, "text", child).
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // flash shows a message above the page in place of the last one.
  function flash(kind, message) {
    const box = make("div", { className: `flash flash-${kind}` }, make("p", {}, message));
    box.setAttribute("role", kind === "failed" ? "alert" : "status");
    document.getElementById("flash")?.replaceChildren(box);
    box.scrollIntoView({ block: "nearest" });
  }

  // confirm asks in the shared dialog and resolves to true or false.
  function confirm(message, label) {
    const dialog = document.getElementById("confirm");
    dialog.querySelector("[data-confirm-text]").textContent = message;
    dialog.querySelector("[data-confirm-yes]").textContent = label || text("confirm");
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  window.clusterzone = { text, each, enhance, make, flash, confirm };
  document.addEventListener("DOMContentLoaded", () => enhance(document));
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));

  // Dialogs: a link with data-dialog opens one, data-dialog-close shuts it.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    const closer = event.target.closest("[data-dialog-close]");
    if (opener) {
      event.preventDefault();
      const dialog = document.getElementById(opener.dataset.dialog);
      dialog.showModal();
      dialog.querySelector("textarea, input:not([type=hidden])")?.focus();
    } else if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });

  // A link that acts as a button answers to the space bar too.
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches?.("a[role=button]")) {
      event.preventDefault();
      event.target.click();
    }
  });

  // data-confirm on a form or its button: ask, then send as if pressed again.
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const question = event.submitter?.dataset.confirm || form.dataset.confirm;
      if (!question || form.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await confirm(question, event.submitter?.textContent.trim())) {
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter);
        delete form.dataset.confirmed;
      }
    },
    true,
  );

  // One click, one request: while a form is on its way its buttons rest. They
  // wake again after fifteen seconds, because an answer may be a download.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog") return;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "yes";
    setTimeout(() => rest(form, true));
    setTimeout(() => rest(form, false), 15000);
  });

  function rest(form, busy) {
    if (!busy) delete form.dataset.busy;
    for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
      button.disabled = busy;
      button.setAttribute("aria-busy", busy);
    }
  }

  // Coming back by the back button finds the buttons awake.
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of document.querySelectorAll("form[data-busy]")) rest(form, false);
  });

  document.addEventListener("htmx:responseError", (event) => flash("failed", text("request.failed", { Code: event.detail.xhr.status })));
  document.addEventListener("htmx:sendError", () => flash("failed", text("request.offline")));
  document.addEventListener("htmx:timeout", () => flash("failed", text("request.slow")));

  // Menus made of details close on a click elsewhere and on Escape.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
    if (location.hash === "#menu") location.hash = "#main";
  });

  // What asks for attention takes the focus, unless somebody is at work already.
  each("[data-focus]", (element) => {
    if (document.activeElement === document.body) element.focus();
  });

  // A link of an error summary leads into the field, not only to it.
  each(".summary a[href^='#']", (link) => {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (!field) return;
      event.preventDefault();
      field.closest(".field, .verdict")?.scrollIntoView({ block: "center" });
      field.focus({ preventScroll: true });
    });
  });

  // How much of a bounded text is written; characters as people count them.
  each("textarea[data-count]", (area) => {
    const max = Number(area.dataset.count);
    const line = make("div", { className: "field-count" });
    const show = () => {
      const used = [...area.value].length;
      line.textContent = text("length", { Used: used, Max: max });
      line.classList.toggle("is-over", used > max);
    };
    area.after(line);
    area.addEventListener("input", show);
    show();
  });

  each("[data-select-all]", (box) => {
    const boxes = () => [...box.closest("table").querySelectorAll("tbody .cell-pick input")];
    box.addEventListener("change", () => boxes().forEach((other) => (other.checked = box.checked)));
    box.closest("table").addEventListener("change", () => {
      const picked = boxes().filter((other) => other.checked).length;
      box.checked = picked > 0 && picked === boxes().length;
      box.indeterminate = picked > 0 && !box.checked;
    });
  });
})();
