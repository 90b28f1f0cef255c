// Last year's values beside the fields of a report: a button takes one over, one
// takes over all where nothing is typed yet, and what is unchanged is marked.
// Without this script the buttons send the form and the server does the same.
"use strict";
(() => {
  const { each } = window.clusterzone;
  // figures are compared without the commas people type between thousands.
  const plain = (text) => text.trim().replace(/(\d),(?=\d{3})/g, "$1");

  class Takes {
    constructor(form) {
      this.form = form;
      this.buttons = [...form.querySelectorAll("[data-take]")];
      form.addEventListener("click", (event) => this.clicked(event));
      form.addEventListener("input", () => this.mark());
      form.addEventListener("change", () => this.mark());
      form.addEventListener("autosaved", () => this.mark());
      this.mark();
    }

    clicked(event) {
      const all = event.target.closest("[data-take-all]");
      const one = event.target.closest("[data-take]");
      if (!all && !one) return;
      event.preventDefault();
      const taken = all ? this.buttons.filter((button) => !this.field(button)?.value.trim()) : [one];
      for (const button of taken) this.take(button);
      this.mark();
      if (one) this.field(one)?.focus();
    }

    field(button) {
      return this.form.elements[button.dataset.take];
    }

    take(button) {
      const field = this.field(button);
      if (!field) return;
      field.value = button.dataset.value;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }

    mark() {
      for (const button of this.buttons) {
        const field = this.field(button);
        if (!field) continue;
        const same = plain(field.value) === plain(button.dataset.value);
        button.hidden = same;
        for (const mark of this.form.querySelectorAll("[data-same]")) if (mark.dataset.same === button.dataset.take) mark.hidden = !same;
      }
      const all = this.form.querySelector("[data-take-all]");
      if (all) all.disabled = !this.buttons.some((button) => !this.field(button)?.value.trim());
    }
  }

  each("form[data-autosave]", (form) => form.querySelector("[data-take]") && new Takes(form));
})();
