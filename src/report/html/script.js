"use strict";
// Tables sort, filter and search. Text is only ever set as text.
(() => {
  const PAGE = 50;
  const ORDER = ["critical", "high", "medium", "low", "informational", "none", "unknown"];
  const tables = [];
  const idle = window.requestIdleCallback || ((act) => setTimeout(act, 50));

  /** Makes an element with attributes and children. */
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  /** Draws one piece of a cell; the kinds are those of piece.rs. */
  const piece = (data) => {
    if (typeof data === "string") return data;
    const [kind, text, more] = data;
    switch (kind) {
      case "a": return make("a", /^(#|(\.\.\/)?[a-z])[^:]*$/.test(more) ? { href: more } : {}, text);
      case "b": return make("span", { class: `badge ${more}` }, text);
      case "c": return make("code", {}, text);
      case "h": return make("strong", {}, text);
      case "e": return make("code", { class: "event" }, text);
      case "p": return make("pre", {}, text);
      default: return make("br");
    }
  };
  const pieces = (cell) => cell.map(piece);
  const textOf = (part) => (typeof part === "string" ? part : part[1] || " ");
  const plain = (cell) => cell.map(textOf).join("");
  const firstOf = (cell) => (cell.length ? textOf(cell[0]) : "");

  /** Is one table with its rows: those of the page, and those that came as data. */
  class Table {
    constructor(table) {
      this.table = table;
      this.heads = [...table.tHead.rows[0].cells];
      this.names = this.heads.map((head) => head.textContent);
      this.words = [];
      this.choices = new Map();
      this.shown = PAGE;
      this.sorted = null;
      this.rest = document.getElementById(table.id.replace("t-", "rest-"));
      this.count = table.tBodies.length;
      if (this.count > 5 || this.rest) this.addTools();
      this.heads.forEach((head, column) => {
        const button = make("button", { type: "button" }, this.names[column]);
        button.addEventListener("click", () => this.sort(column));
        head.replaceChildren(button);
      });
      // Data is read when nobody waits, so that the page opens fast and filters at once.
      if (this.rest) idle(() => this.load());
    }

    /** Reads the rows, once. */
    load() {
      if (this.rows) return;
      this.rows = [...this.table.tBodies].map((body, index) => ({
        body, index, id: body.id, text: body.textContent.toLowerCase(),
        keys: [...body.rows[0].cells].map((cell) => (cell.firstChild ? cell.firstChild.textContent : "")),
      }));
      if (!this.rest) return;
      // A text that came before in the table stands as its place among the texts.
      const texts = [];
      const text = (each) => (typeof each === "number" ? texts[each] : (texts.push(each), each));
      const read = (cell) => cell.forEach((part, at) => {
        if (typeof part !== "object") cell[at] = text(part);
        else if ("ace".includes(part[0])) for (let each = 1; each < part.length; each += 1) part[each] = text(part[each]);
      });
      for (const data of JSON.parse(this.rest.textContent)) {
        const [id, , cells] = data;
        [...cells, ...data.slice(3)].forEach(read);
        this.rows.push({ data, id, text: null, index: this.rows.length, keys: cells.map(firstOf) });
      }
      this.rest.remove();
      const prepare = (from) => {
        for (const row of this.rows.slice(from, from + 1000)) this.textOf(row);
        if (from < this.rows.length) idle(() => prepare(from + 1000));
      };
      idle(() => prepare(this.count));
    }

    /** The text of a row as it is searched. */
    textOf(row) {
      if (row.text === null) {
        row.text = [...row.data[2], ...row.data.slice(3)].map(plain).join(" ").toLowerCase();
      }
      return row.text;
    }

    addTools() {
      const tools = make("div", { class: "tools", role: "search" });
      const search = make("input", { type: "search", "aria-label": `Search: ${this.table.caption.textContent}` });
      let waiting = 0;
      search.addEventListener("input", () => {
        clearTimeout(waiting);
        // Keys that came meanwhile count together.
        waiting = setTimeout(() => {
          this.words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
          this.show();
        });
      });
      tools.append(make("label", {}, "search, all words", search));
      this.selects = this.heads.map((head, column) => {
        if (head.dataset.kind !== "choice") return null;
        const select = make("select", {}, make("option", { value: "" }, "all"));
        select.addEventListener("focus", () => this.fill(select, column));
        select.addEventListener("pointerdown", () => this.fill(select, column));
        select.addEventListener("change", () => this.choose(column, select.value));
        tools.append(make("label", {}, this.names[column], select));
        return select;
      });
      this.output = make("output", { class: "shown", "aria-live": "polite" });
      this.more = make("button", { type: "button", class: "button", hidden: "" }, "Show more");
      this.more.addEventListener("click", () => {
        this.load();
        this.found = this.found || this.rows;
        this.shown = Math.max(this.shown, this.table.tBodies.length) + 5 * PAGE;
        this.draw();
      });
      this.table.parentElement.before(tools, this.output);
      this.table.parentElement.after(this.more);
      if (!this.rest) return;
      this.more.hidden = false;
      this.output.textContent = `${this.count} of ${this.count + Number(this.rest.dataset.rows)} shown`;
    }

    /** Fills the words of a column into its list. */
    fill(select, column) {
      this.load();
      if (select.options.length > 1) return;
      const words = [...new Set(this.rows.map((row) => row.keys[column]))].sort(compare);
      for (const word of words) select.append(make("option", { value: word }, word || "(empty)"));
    }

    choose(column, value) {
      if (value) this.choices.set(column, value); else this.choices.delete(column);
      this.show();
    }

    /** Chooses a word of a column from elsewhere on the page. */
    pick(name, value) {
      const column = this.names.indexOf(name);
      const select = this.selects && this.selects[column];
      if (!select) return;
      this.fill(select, column);
      if (![...select.options].some((option) => option.value === value)) return;
      select.value = value;
      this.choose(column, value);
    }

    sort(column) {
      this.load();
      const down = this.heads[column].getAttribute("aria-sort") === "ascending";
      this.heads.forEach((head) => head.removeAttribute("aria-sort"));
      this.heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
      const isNumber = this.heads[column].dataset.kind === "number";
      const number = (text) => Number(text.replaceAll(",", "")) || 0;
      const by = isNumber
        ? (a, b) => number(a.keys[column]) - number(b.keys[column])
        : (a, b) => compare(a.keys[column], b.keys[column]);
      this.sorted = (a, b) => (down ? -by(a, b) : by(a, b)) || a.index - b.index;
      this.rows.sort(this.sorted);
      this.show();
    }

    show() {
      this.load();
      this.shown = PAGE;
      const choices = [...this.choices];
      this.found = this.rows.filter((row) =>
        choices.every(([column, value]) => row.keys[column] === value) &&
        this.words.every((word) => this.textOf(row).includes(word)));
      this.draw();
    }

    body(row) {
      if (row.body) return row.body;
      const [id, mark, cells, summary, body] = row.data;
      const line = make("tr");
      cells.forEach((cell, column) => {
        const look = this.heads[column].className;
        line.append(make("td", look ? { class: look } : {}, ...pieces(cell)));
      });
      row.body = make("tbody", id && !document.getElementById(id) ? { id } : {}, line);
      if (mark) row.body.dataset.mark = mark;
      if (summary) {
        let below = pieces(summary);
        if (body) {
          const details = make("details", {}, make("summary", {}, ...below));
          details.unfold = () => {
            details.unfold = null;
            details.append(make("div", {}, ...pieces(body)));
          };
          details.addEventListener("toggle", () => details.unfold && details.unfold());
          below = [details];
        }
        row.body.append(make("tr", { class: "detail" }, make("td", { colspan: cells.length }, ...below)));
      }
      return row.body;
    }

    draw() {
      const visible = this.found.slice(0, this.shown).map((row) => this.body(row));
      for (const body of [...this.table.tBodies]) body.remove();
      this.table.append(...visible);
      document.dispatchEvent(new CustomEvent("rows", { detail: visible }));
      if (!this.output) return;
      this.output.textContent = this.found.length === this.rows.length && visible.length === this.found.length
        ? "" : `${visible.length} of ${this.found.length} shown, ${this.rows.length} in all`;
      this.more.hidden = visible.length === this.found.length;
    }

    /** Shows the row of an address, if it is one of this table; returns whether it is. */
    reveal(id) {
      if (!this.rest && !this.rows) return false;
      this.load();
      const row = this.rows.find((each) => each.id === id);
      if (!row) return false;
      if (!row.body || !row.body.isConnected) {
        this.found = [row, ...this.rows.filter((each) => each !== row)];
        this.draw();
        row.body.id = id;
      }
      return true;
    }

    /** Draws every row that was found, with its details, for paper. */
    print() {
      this.load();
      this.found = this.found || this.rows;
      this.shown = this.found.length;
      this.draw();
    }
  }

  const compare = (a, b) => {
    const [left, right] = [ORDER.indexOf(a), ORDER.indexOf(b)];
    if (left >= 0 && right >= 0) return left - right;
    return a < b ? -1 : a > b ? 1 : 0;
  };

  /** Brings the row of the address into view and unfolds it. */
  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    if (!id) return;
    tables.some((table) => table.reveal(id));
    const row = document.getElementById(id);
    if (!row || row.tagName !== "TBODY") return;
    const details = row.querySelector("details");
    if (details) details.open = true;
    row.scrollIntoView({ block: "center" });
  };

  for (const table of document.querySelectorAll("table[data-rows]")) tables.push(new Table(table));
  for (const link of document.querySelectorAll("a[data-table]")) {
    link.addEventListener("click", () => {
      const table = tables.find((each) => each.table.id === link.dataset.table);
      if (table) table.pick(link.dataset.column, link.dataset.value);
    });
  }
  // The original record of an event unfolds below its line, where the page holds it.
  const held = document.getElementById("records");
  let records = null;
  const offer = (details) => {
    if (details.unfold) details.unfold();
    for (const event of details.querySelectorAll(":scope > div > code.event:not([data-offered])")) {
      event.dataset.offered = "yes";
      const record = make("details", { class: "record" }, make("summary", {}, `original record ${event.textContent}`));
      record.addEventListener("toggle", () => {
        records = records || JSON.parse(held.textContent);
        record.append(make("pre", {}, records[event.textContent] || "not in this page"));
      }, { once: true });
      let end = event;
      while (end.nextSibling && end.nodeName !== "BR") end = end.nextSibling;
      end.after(record);
    }
  };
  document.addEventListener("toggle", (event) => {
    if (held && event.target.open && event.target.closest("tr.detail")) offer(event.target);
  }, { capture: true });
  window.addEventListener("hashchange", follow);
  // The page of one entity goes to paper whole; the report with what was unfolded.
  window.addEventListener("beforeprint", () => {
    if (!document.body.classList.contains("entity")) return;
    tables.filter((table) => table.rest || table.found).forEach((table) => table.print());
    for (const details of document.querySelectorAll("details")) {
      if (details.unfold) details.unfold();
      details.open = true;
    }
  });
  follow();
})();
