// Configurations: finding one to open, what a device would get by one, and a word before an edited one is left.
"use strict";

// ---- Opening one

const opening = document.querySelector("form[data-opens]");

function chooseNames() {
  const { scope, name } = opening.elements;
  name.setAttribute("list", `names-${scope.value}`);
  if (scope.value === "device") name.dataset.suggest = "devices"; else delete name.dataset.suggest;
  if (scope.value === "all") name.value = "default"; else if (name.value === "default") name.value = "";
}

if (opening) {
  chooseNames();
  opening.elements.scope.addEventListener("change", chooseNames);
  opening.addEventListener("submit", (event) => {
    event.preventDefault();
    const { scope, name } = opening.elements;
    location.href = `/configurations/${encodeURIComponent(scope.value)}/${encodeURIComponent(name.value.trim())}`;
  });
}

// ---- Leaving an edited one

const editor = document.getElementById("editor");

function document_() {
  try { return JSON.stringify(gather(editor.querySelector("[data-rows]"))); } catch { return null; }
}

if (editor) {
  let saved = document_();
  editor.addEventListener("done", () => { saved = document_(); });
  addEventListener("beforeunload", (event) => { if (document_() !== saved) event.preventDefault(); });
}

// ---- What a device would get

const DUE = {
  set: ["is set", "waiting"],
  notify: ["its notification is set", "waiting"],
  missing: ["the device lacks it: it is added, if that can be", "waiting"],
  read_only: ["the device does not let it be set", "failed"],
};

function outcome(entry) {
  if (entry.problem) return [entry.problem, "failed"];
  if (entry.due && entry.bootstrap_only) return ["is set after a factory reset only", "none"];
  if (entry.due) return DUE[entry.due];
  if (entry.value === null && entry.before !== null) return ["nothing is wanted any more: it stays as it is", "none"];
  return ["the device has it, as far as can be seen", "ok"];
}

function cell(text, className = "") {
  const found = document.createElement("td");
  found.className = className;
  found.textContent = text ?? "";
  return found;
}

function whose(source) {
  if (!source) return "";
  const own = source.scope === editor.dataset.scope && source.name === editor.dataset.name;
  return own ? "this one" : `${source.scope} ${source.name}`;
}

function rowOfPreview(entry) {
  const row = document.createElement("tr");
  const [text, state] = outcome(entry);
  const last = cell("");
  const badge = document.createElement("span");
  badge.className = `badge ${state}`;
  badge.textContent = text;
  last.append(badge);
  row.append(cell(entry.name, "code"), cell(entry.before, "value"), cell(entry.value, "value"), cell(entry.held, "value"),
    cell(whose(entry.source)), last);
  return row;
}

function tableOf(entries) {
  const table = document.createElement("table");
  table.className = "list";
  const head = table.createTHead().insertRow();
  for (const name of ["Parameter", "Wanted so far", "Would be wanted", "The device has", "By", "What happens"]) {
    const header = document.createElement("th");
    header.textContent = name;
    head.append(header);
  }
  table.createTBody().append(...entries.map(rowOfPreview));
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.append(table);
  return scroll;
}

function inWords({ applies, entries, same }) {
  const count = (due) => entries.filter((each) => each.due === due && !each.bootstrap_only).length;
  const words = [["set", "would be set"], ["missing", "would be added"], ["notify", "would have their notification set"], ["read_only", "cannot be set"]]
    .map(([due, what]) => [count(due), what]).filter(([number]) => number).map(([number, what]) => `${number} ${what}`);
  const line = document.createElement("p");
  line.textContent = (words.length ? `Parameters: ${words.join(", ")}.` : "Nothing would be done.")
    + (same ? ` ${same} more: as before, and as the device has them.` : "")
    + (applies ? "" : " This configuration is not for the device as it is now; shown is what it would get if it were.");
  return line;
}

async function preview(form) {
  const output = form.querySelector("output");
  const place = document.querySelector("[data-previewed]");
  const part = editor.querySelector("[data-rows]");
  clearWrong(part);
  let parameters;
  try { parameters = gather(part); } catch (error) {
    if (error instanceof Wrong) showWrong(error.row, error.message);
    else tell(`This is not JSON: ${error.message}`, true);
    return;
  }
  const target = `/api/v1/devices/${encodeURIComponent(form.elements.device.value.trim())}/configuration/preview`;
  const body = { scope: editor.dataset.scope, name: editor.dataset.name, parameters };
  const { ok, found, status } = await ask("POST", target, body);
  if (!ok && found) editor.dispatchEvent(new CustomEvent("refused", { bubbles: true, detail: found }));
  output.className = ok ? "" : "bad";
  output.textContent = ok ? "" : words(found || { title: `The appliance answered ${status}.` });
  place.replaceChildren(...(ok ? [inWords(found), ...(found.entries.length ? [tableOf(found.entries)] : [])] : []));
}

document.querySelector("form[data-preview]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  try { await preview(event.target); } catch { tell("The appliance cannot be reached.", true); } finally { button.disabled = false; }
});
