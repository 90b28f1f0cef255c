// The editor of a draft tells where its reader is (who else is there comes back)
// and takes the reader to the field where they left off.
"use strict";
(() => {
  const { each } = window.clusterzone;
  let field = "";
  let timer;

  document.addEventListener("focusin", (event) => {
    const name = event.target.closest("main form[data-autosave]") && event.target.name;
    if (!name || name === field) return;
    field = name;
    clearTimeout(timer);
    timer = setTimeout(() => document.body.dispatchEvent(new CustomEvent("placed")), 1200);
  });

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.elt.matches("[data-presence]")) event.detail.parameters.field = field;
  });

  // A line that is down is told by the form; nobody needs to hear it every 15 seconds.
  for (const name of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
    document.addEventListener(name, (event) => event.target.matches?.("[data-presence], #editor-tasks") && event.stopImmediatePropagation(), true);
  }

  window.addEventListener("pagehide", () => {
    const form = document.querySelector("[data-presence]");
    if (!form) return;
    const part = form.querySelector("[name=part]").value;
    navigator.sendBeacon(form.getAttribute("hx-post"), new URLSearchParams({ part, field, gone: "1" }));
  });

  each("main form[data-autosave]", (form) => {
    if (!location.hash.startsWith("#f-")) return;
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1))) ?? form.elements[decodeURIComponent(location.hash.slice(3))];
    const input = target?.matches?.("input, select, textarea") ? target : target?.querySelector?.("input, select, textarea");
    if (!input) return;
    (input.closest(".field") ?? input).scrollIntoView({ block: "center" });
    input.focus({ preventScroll: true });
  });
})();
