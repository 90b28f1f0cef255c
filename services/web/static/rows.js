// Lists that are typed row by row (views.RowTable): with a script rows come and
// go without a round trip; without one the same buttons send the form. A row
// keeps its number until the page is shown again: the server counts anew and
// names problems by the numbers it was sent.
"use strict";
(() => {
  const { each, enhance } = window.clusterzone;

  class Rows {
    constructor(box) {
      this.box = box;
      this.body = box.querySelector("[data-rows-body]");
      this.blank = box.querySelector("[data-rows-blank]");
      if (!this.body) return;
      this.next = Number(box.dataset.next);
      box.addEventListener("click", (event) => this.clicked(event));
      box.addEventListener("rows", (event) => this.become(event.detail));
    }

    // become leaves exactly the rows that hold inputs of these names.
    become(names) {
      const list = this.box.dataset.rows;
      const numbers = new Set(names.map((name) => Number(name.slice(list.length + 1).split("]")[0])));
      for (const row of [...this.body.rows]) {
        const number = Number(row.querySelector("[name]")?.name.slice(list.length + 1).split("]")[0]);
        if (!numbers.delete(number)) row.remove();
      }
      for (const number of [...numbers].sort((a, b) => a - b)) this.append(number);
      this.count();
    }

    append(number) {
      const row = document.createElement("tbody");
      row.innerHTML = this.blank.innerHTML.replaceAll("__row__", String(number));
      const added = row.firstElementChild;
      this.body.append(added);
      this.next = Math.max(this.next, number + 1);
      enhance(added);
      return added;
    }

    clicked(event) {
      if (event.target.closest("[data-rows-add]")) {
        event.preventDefault();
        this.add();
      }
      const remove = event.target.closest("[data-rows-remove]");
      if (remove) {
        event.preventDefault();
        this.remove(remove.closest("[data-row]"));
      }
    }

    add() {
      if (this.body.rows.length >= Number(this.box.dataset.most)) return;
      const added = this.append(this.next);
      this.count();
      added.querySelector("input, select, textarea")?.focus();
    }

    // remove takes a row out and tells the form, which saves it.
    remove(row) {
      const near = row.nextElementSibling || row.previousElementSibling;
      row.remove();
      this.count();
      this.box.dispatchEvent(new Event("change", { bubbles: true }));
      (near?.querySelector("input, select, textarea") || this.box).focus();
    }

    count() {
      [...this.body.rows].forEach((row, i) => (row.querySelector(".row-number").textContent = String(Number(this.box.dataset.first || 0) + i + 1)));
    }
  }

  // The years over a table of goals follow the base year that is typed.
  function years(input) {
    const headings = input.form.querySelectorAll("[data-year]");
    input.addEventListener("input", () => {
      const base = Number(input.value);
      if (!Number.isInteger(base) || base < 1000 || base > 9000) return;
      for (const heading of headings) {
        const year = String(base + Number(heading.dataset.year));
        heading.textContent = heading.textContent.replace(/\d{4}/, year);
      }
    });
  }

  each("[data-rows]", (box) => new Rows(box));
  each('input[name="goals.base_year"]', years);
})();
