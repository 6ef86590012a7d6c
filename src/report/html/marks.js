"use strict";
// Marks: what a reader ticks and decides stays in the browser until it is saved as a triage file, which
// this script writes by itself. No request leaves the page.
(() => {
  const source = document.getElementById("marks-data");
  if (!source) return;
  const { key, marks: known } = JSON.parse(source.textContent);
  const ABOUT = {
    alert: "This alert.", group: "All findings of this rule about this principal.",
    principal: "This principal, whatever it did.", runbook: "This runbook.",
    address: "This address, whoever uses it.", grant: "This change of rights.", resource: "This resource.",
  };
  const WORDS = ["undecided", "expected", "unexpected"];
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };

  /** The marks by "kind id": those of the case, and over them those made here. */
  const marks = new Map();
  for (const [kind, id, mark, reason, author, expires] of known) {
    marks.set(`${kind} ${id}`, { kind, id, mark, reason, author, expires });
  }
  const carried = marks.size;
  let author = "", unsaved = false;

  /** Pages of one case share what is not saved yet, where the browser lets files store anything. */
  const store = {
    read: () => { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } },
    write: (value) => { try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* the page alone keeps it */ } },
  };
  const own = new Map();
  const recall = () => {
    const kept = store.read();
    author = kept.author || author;
    for (const mark of kept.marks || []) own.set(`${mark.kind} ${mark.id}`, mark);
  };
  const keep = () => { store.write({ author, marks: [...own.values()] }); unsaved = own.size > 0; };
  const find = (name) => own.get(name) || marks.get(name);

  /** What a row is about: "kind id" as the case has it. */
  const nameOf = (body) => {
    const written = body.dataset.mark;
    const at = written.indexOf(" ");
    return `${written.slice(0, at)} ${JSON.parse(`"${written.slice(at + 1)}"`)}`;
  };
  const set = (name, change) => {
    const at = name.indexOf(" ");
    const before = find(name) || { kind: name.slice(0, at), id: name.slice(at + 1), reason: "" };
    own.set(name, { ...before, author, ...change });
    keep();
    show();
  };

  /** A text as a basic string of TOML in which nothing is hidden. */
  const toml = (text) => {
    const escape = (c) => `\\U${c.codePointAt(0).toString(16).padStart(8, "0")}`;
    const safe = text.toWellFormed().replace(/["\\]/g, "\\$&");
    return `"${safe.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escape)}"`;
  };
  const entry = ({ kind, id, mark, reason, author: by, expires }) => {
    const lines = [`[[${kind}]]`, `id = ${toml(id)}`, `mark = ${toml(mark)}`, `reason = ${toml(reason)}`];
    if (by) lines.push(`author = ${toml(by)}`);
    if (/^\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?Z)?$/.test(expires || "")) lines.push(`expires = ${expires}`);
    return lines.join("\n");
  };
  const file = () => {
    const all = new Map([...marks, ...own]);
    const head = "# Triage of a case of azscope: give it to `azscope analyze ... --triage THIS_FILE`.";
    return [head, `author = ${toml(author)}`, ...[...all.values()].map(entry), ""].join("\n\n");
  };

  const save = () => {
    author = field.value.trim();
    const undone = [...own.values()].filter((mark) => mark.mark !== "undecided" && !mark.author);
    if (undone.length && !author) {
      said.textContent = "A mark that decides needs its author.";
      field.focus();
      return;
    }
    for (const mark of undone) mark.author = author;
    keep();
    const link = make("a", { download: "triage.toml" });
    link.href = URL.createObjectURL(new Blob([file()], { type: "application/toml" }));
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    unsaved = false;
    said.textContent = "Saved as triage.toml among the downloads.";
  };

  // The bar that says what was marked.
  const field = make("input", { autocomplete: "off" });
  field.addEventListener("change", () => { author = field.value.trim(); keep(); });
  const button = make("button", { type: "button", class: "button" }, "Save triage file");
  button.addEventListener("click", save);
  const forget = make("button", { type: "button", class: "button" }, "Forget");
  forget.addEventListener("click", () => { own.clear(); keep(); show(); });
  const count = make("span");
  const said = make("output", { "aria-live": "polite" });
  const bar = make("div", { class: "marks", role: "region", "aria-label": "Marks", hidden: "" },
    count, make("label", {}, "author ", field), button, forget, said);
  document.body.append(bar);

  // The dialog in which a row is marked.
  const boxes = WORDS.map((word) => make("input", { type: "radio", name: "mark", value: word }));
  const choice = make("fieldset", {}, make("legend", {}, "mark"),
    ...boxes.map((box) => make("label", {}, box, ` ${box.value}`)));
  const chosen = () => boxes.find((box) => box.checked).value;
  const reason = make("input", { autocomplete: "off" });
  const until = make("input", { type: "date" });
  const title = make("h2", { id: "mark-title" });
  const about = make("p");
  const wrong = make("output", { "aria-live": "polite", class: "warn" });
  const apply = make("button", { type: "button", class: "button" }, "Mark");
  const cancel = make("button", { type: "button", class: "button" }, "Cancel");
  const dialog = make("dialog", { "aria-labelledby": "mark-title" }, title,
    about, choice, make("label", {}, "reason", reason), make("label", {}, "expires (UTC)", until),
    wrong, make("p", {}, apply, " ", cancel));
  document.body.append(dialog);
  let open = null;
  const ask = (name, words) => {
    open = name;
    const mark = find(name) || { mark: "undecided", reason: "", expires: null };
    title.textContent = words;
    about.textContent = ABOUT[name.slice(0, name.indexOf(" "))];
    for (const box of boxes) box.checked = box.value === mark.mark;
    reason.value = mark.reason;
    until.value = (mark.expires || "").slice(0, 10);
    wrong.textContent = "";
    dialog.showModal();
  };
  apply.addEventListener("click", () => {
    if (chosen() !== "undecided" && !reason.value.trim()) {
      wrong.textContent = "A mark that decides needs a reason.";
      reason.focus();
      return;
    }
    set(open, { mark: chosen(), reason: reason.value.trim(), expires: until.value || null });
    dialog.close();
  });
  cancel.addEventListener("click", () => dialog.close());

  /** Gives a row its button, or its box to tick where it is a step. */
  const equip = (body) => {
    if (!body.dataset.mark || body.dataset.equipped) return;
    body.dataset.equipped = "yes";
    const name = nameOf(body);
    const cell = body.rows[0].cells[0];
    if (name.startsWith("step ")) {
      const words = body.rows[0].cells[2].firstChild.textContent;
      const box = make("input", { type: "checkbox", "aria-label": `done: ${words}` });
      box.addEventListener("change", () => set(name, { mark: box.checked ? "done" : "undecided", reason: words }));
      cell.replaceChildren(make("label", {}, box, " ", make("span")));
    } else {
      const mark = make("button", { type: "button", class: "mark" });
      const words = [...body.rows[0].cells].slice(0, 4).map((each) => each.textContent.trim()).join(", ");
      mark.setAttribute("aria-label", `mark: ${words}`);
      mark.addEventListener("click", () => ask(name, words));
      (body.rows[1] || body.rows[0]).cells[0].prepend(mark);
    }
    paint(body);
  };
  const paint = (body) => {
    const mark = find(nameOf(body));
    const word = mark ? mark.mark : "undecided";
    const box = body.querySelector("input[type=checkbox]");
    if (box) {
      box.checked = word === "done";
      box.nextElementSibling.textContent = box.checked ? "done" : "to do";
    }
    body.classList.toggle("done", word === "done");
    const button = body.querySelector("button.mark");
    if (button) button.textContent = word === "undecided" ? "mark" : word;
  };
  const show = () => {
    for (const body of document.querySelectorAll("tbody[data-equipped]")) paint(body);
    const done = [...own.values()].filter((mark) => mark.mark === "done").length;
    const words = [`${own.size - done} ${own.size - done === 1 ? "mark" : "marks"}`, `${done} ${done === 1 ? "step" : "steps"} done`];
    count.textContent = `${words.join(", ")} here${carried ? `, ${carried} in the case` : ""}`;
    field.value = author;
    said.textContent = "";
    bar.hidden = own.size === 0;
  };

  recall();
  keep();
  document.addEventListener("rows", (event) => event.detail.forEach(equip));
  document.querySelectorAll("tbody[data-mark]").forEach(equip);
  show();
  unsaved = false;
  window.addEventListener("beforeunload", (event) => { if (unsaved && !storable()) event.preventDefault(); });
  /** Whether what is not saved outlives the page. */
  function storable() { return Boolean(store.read().marks); }
})();
