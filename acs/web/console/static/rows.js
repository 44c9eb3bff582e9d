// Lists that are edited row by row.  A part with data-rows has its rows in [data-list], what a new one looks like in a
// template, and a hidden field, to which what the rows say goes as JSON when the form is sent.  data-shape is how:
// list (of objects), map (text by name) or document (of a configuration: a value or an object by path).
"use strict";

// ---- What a row says

function cellsOf(row) {
  return [...row.querySelectorAll("[data-cell]")];
}

function said(cell) {
  if (cell.type === "checkbox") return cell.checked || undefined;
  if (cell.value === "" && !("empty" in cell.dataset)) return undefined;
  switch (cell.dataset.as) {
    case "number": return Number(cell.value);
    case "flag": return cell.value === "true";
    case "word": return cell.value.trim();
    default: return cell.value;
  }
}

function readRow(row) {
  const found = {};
  for (const cell of cellsOf(row)) {
    const value = said(cell);
    if (value !== undefined) found[cell.dataset.cell] = value;
  }
  return found;
}

function writeRow(row, values) {
  for (const cell of cellsOf(row)) {
    const value = values[cell.dataset.cell];
    if (cell.type === "checkbox") cell.checked = Boolean(value);
    else cell.value = value ?? "";
  }
  summarise(row);
}

// Of a row's further members, those that say something, in a few words.
function summarise(row) {
  const summary = row.querySelector("[data-summary]");
  if (!summary) return;
  const words = cellsOf(row).filter((cell) => cell.dataset.says).map((cell) => {
    const value = said(cell);
    if (value === undefined || value === "") return "";
    return cell.type === "checkbox" ? cell.dataset.says : `${cell.dataset.says} ${value}`;
  });
  summary.textContent = words.filter(Boolean).join(", ") || "more";
}

// ---- What all rows say

class Wrong extends Error {
  constructor(row, reason) { super(reason); this.row = row; }
}

const shapes = {
  list: {
    gather: (rows) => rows.map(readRow),
    spread: (value) => value,
  },
  map: {
    gather: (rows) => byName(rows, (entry) => entry.value ?? ""),
    spread: (value) => Object.entries(value).map(([name, each]) => ({ name, value: each })),
  },
  document: {
    gather: (rows) => byName(rows, entryOf),
    spread: (value) => Object.entries(value).map(([name, each]) => rowOf(name, each)),
  },
};

function byName(rows, valueOf) {
  const found = {};
  for (const row of rows) {
    const { name, ...entry } = readRow(row);
    if (!name) throw new Wrong(row, "has no name");
    if (Object.hasOwn(found, name)) throw new Wrong(row, "is there twice");
    found[name] = valueOf(entry);
  }
  return found;
}

function entryOf({ no_value: none, ...entry }) {
  if (none || entry.others) delete entry.value; else entry.value ??= "";
  return Object.keys(entry).length === 1 && "value" in entry ? entry.value : entry;
}

function rowOf(name, entry) {
  if (entry === null || typeof entry !== "object") return { name, value: String(entry) };
  const row = { ...entry, name, no_value: !("value" in entry) && !entry.others };
  for (const key of Object.keys(row)) if (typeof row[key] === "boolean" && key === "bootstrap_only") row[key] = String(row[key]);
  return row;
}

const rowsOf = (part) => [...part.querySelector("[data-list]").children];
const isRaw = (part) => part.querySelector("[data-raw]")?.hidden === false;

function gather(part) {
  if (isRaw(part)) return JSON.parse(part.querySelector("[data-raw] textarea").value);
  return shapes[part.dataset.shape].gather(rowsOf(part));
}

function spread(part, value) {
  part.querySelector("[data-list]").replaceChildren(...shapes[part.dataset.shape].spread(value).map((each) => {
    const row = newRow(part);
    writeRow(row, each);
    return row;
  }));
}

function newRow(part) {
  return part.querySelector("template").content.firstElementChild.cloneNode(true);
}

// ---- What is wrong, at the row that it is of

function clearWrong(part) {
  for (const each of part.querySelectorAll("[data-wrong]")) each.remove();
}

function showWrong(row, reason) {
  const line = document.createElement("p");
  line.className = "failure";
  line.dataset.wrong = "";
  line.textContent = reason;
  line.setAttribute("role", "alert");
  row.append(line);
}

// The row that a problem's field names: parameters.PATH, or tracked[3].path.
function rowAt(part, field) {
  const name = part.dataset.rows;
  if (field.startsWith(`${name}[`)) return rowsOf(part)[Number.parseInt(field.slice(name.length + 1), 10)];
  if (!field.startsWith(`${name}.`)) return undefined;
  return rowsOf(part).find((row) => row.querySelector('[data-cell="name"]')?.value === field.slice(name.length + 1));
}

// What is told at a row is not told once more below.
document.addEventListener("refused", (event) => {
  for (const part of event.target.querySelectorAll("[data-rows]")) {
    if (isRaw(part)) continue;
    const found = (event.detail.errors || []).map((each) => [rowAt(part, each.field), each]).filter(([row]) => row);
    for (const [row, each] of found) showWrong(row, each.reason);
    if (!found.length) continue;
    const shown = new Set(found.map(([, each]) => each));
    event.detail.errors = event.detail.errors.filter((each) => !shown.has(each));
    found[0][0].scrollIntoView({ block: "center" });
  }
});

// ---- What people do

// Before the form is read.
document.addEventListener("submit", (event) => {
  for (const part of event.target.querySelectorAll("[data-rows]")) {
    clearWrong(part);
    try {
      event.target.elements[part.dataset.rows].value = JSON.stringify(gather(part));
    } catch (error) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (error instanceof Wrong) showWrong(error.row, error.message);
      else tell(`This is not JSON: ${error.message}`, true);
    }
  }
}, true);

document.addEventListener("click", (event) => {
  const part = event.target.closest("[data-rows]");
  if (!part) return;
  if (event.target.closest("[data-add]")) {
    const row = newRow(part);
    part.querySelector("[data-list]").append(row);
    cellsOf(row)[0].focus();
  }
  if (event.target.closest("[data-drop]")) {
    const row = event.target.closest("[data-list] > *");
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    (next ? cellsOf(next)[0] : part.querySelector("[data-add]")).focus();
  }
  const toggle = event.target.closest("[data-raw-switch]");
  if (toggle) switchRaw(part, toggle);
});

function switchRaw(part, toggle) {
  const raw = part.querySelector("[data-raw]");
  const text = raw.querySelector("textarea");
  clearWrong(part);
  try {
    const value = gather(part);
    if (raw.hidden) text.value = JSON.stringify(value, null, 2);
    else if (Object.keys(value).length > Number(part.dataset.most)) { tell(`More than ${part.dataset.most} are edited as JSON.`, true); return; }
    else spread(part, value);
  } catch (error) {
    if (error instanceof Wrong) showWrong(error.row, error.message);
    else tell(`This is not JSON: ${error.message}`, true);
    return;
  }
  raw.hidden = !raw.hidden;
  for (const each of part.querySelectorAll("[data-as-rows]")) each.hidden = !raw.hidden;
  toggle.setAttribute("aria-pressed", String(!raw.hidden));
}

document.addEventListener("change", (event) => {
  const row = event.target.closest("[data-list] > *");
  if (row) summarise(row);
});

for (const row of document.querySelectorAll("[data-list] > *")) summarise(row);
