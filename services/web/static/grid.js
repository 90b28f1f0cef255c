// Typing into tables of inputs as into a spreadsheet: Enter goes to the same
// column of the next row, the arrow keys with Alt up and down, and a block
// copied from a spreadsheet fills the cells from the one it is pasted into.
// Without this script the tables are plain inputs.
"use strict";
(() => {
  const { each } = window.clusterzone;
  const cells = "input:not([type=hidden]), select, textarea";

  class Grid {
    constructor(table) {
      this.table = table;
      this.box = table.closest("[data-rows]");
      table.addEventListener("keydown", (event) => this.key(event));
      table.addEventListener("paste", (event) => this.paste(event));
    }

    rows() {
      return [...this.table.tBodies[0].rows];
    }

    inputs(row) {
      return [...row.querySelectorAll(cells)];
    }

    // at is where an input stands: its row and its place in the row.
    at(input) {
      const rows = this.rows();
      const row = rows.findIndex((r) => r.contains(input));
      return row < 0 ? null : { row, column: this.inputs(rows[row]).indexOf(input) };
    }

    key(event) {
      const input = event.target.closest(cells);
      if (!input || event.isComposing || event.ctrlKey || event.metaKey) return;
      const enter = event.key === "Enter" && !event.altKey && input.tagName !== "BUTTON";
      if (enter && input.tagName === "TEXTAREA" && !event.shiftKey) return;
      const step = enter ? (event.shiftKey ? -1 : 1) : event.altKey && { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      const place = this.at(input);
      if (!place || place.column < 0) return;
      event.preventDefault();
      this.go(place.row + step, place.column, enter);
    }

    go(row, column, more) {
      if (more && row === this.rows().length) this.add();
      const next = this.rows()[row];
      const input = next && this.inputs(next)[column];
      if (!input) return;
      input.focus();
      if (input.select) input.select();
    }

    // add asks the list for a new row, where it can grow.
    add() {
      const before = this.rows().length;
      this.box?.querySelector("[data-rows-add]")?.click();
      return this.rows().length > before;
    }

    paste(event) {
      const input = event.target.closest(cells);
      const text = event.clipboardData?.getData("text/plain") ?? "";
      const block = parse(text);
      if (!input || (block.length < 2 && (block[0]?.length ?? 0) < 2)) return;
      const place = this.at(input);
      if (!place || place.column < 0) return;
      event.preventDefault();
      this.fill(place, block);
    }

    fill(place, block) {
      let last = null;
      block.forEach((values, i) => {
        if (place.row + i >= this.rows().length && !this.add()) return;
        const inputs = this.inputs(this.rows()[place.row + i]);
        values.forEach((value, k) => {
          const cell = inputs[place.column + k];
          if (!cell) return;
          set(cell, value.trim());
          last = cell;
        });
      });
      if (!last) return;
      last.focus();
      last.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  // set writes into a cell; a choice is found by its value or its words.
  function set(cell, value) {
    if (cell.tagName !== "SELECT") {
      cell.value = cell.maxLength > 0 ? value.slice(0, cell.maxLength) : value;
      return;
    }
    const plain = (text) => text.normalize("NFKC").replace(/[\s]/g, "").replace(/[–—~-]/g, "-").toLowerCase();
    const wanted = plain(value);
    const option = [...cell.options].find((o) => plain(o.value) === wanted || plain(o.textContent) === wanted);
    const near = wanted && [...cell.options].find((o) => o.value && (wanted.includes(plain(o.textContent)) || plain(o.textContent).includes(wanted)));
    cell.value = (option ?? near)?.value ?? cell.value;
  }

  // parse splits a block as spreadsheets copy it: tabs between cells, quotes
  // around a cell with line breaks.
  function parse(text) {
    const rows = [[""]];
    let quoted = false;
    const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    for (let i = 0; i < source.length; i++) {
      const c = source[i];
      const row = rows[rows.length - 1];
      if (quoted) {
        if (c !== '"') row[row.length - 1] += c;
        else if (source[i + 1] === '"') row[row.length - 1] += source[i++];
        else quoted = false;
      } else if (c === '"' && row[row.length - 1] === "") quoted = true;
      else if (c === "\t") row.push("");
      else if (c === "\n") rows.push([""]);
      else row[row.length - 1] += c;
    }
    return rows;
  }

  each("table.data-input", (table) => new Grid(table));
})();
