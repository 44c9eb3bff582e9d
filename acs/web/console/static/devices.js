// The list of devices: its columns, views that are kept, what is done to many at once.
"use strict";

const filters = document.getElementById("filters");

// ---- Columns: in the query, and remembered for the next time

const columns = document.querySelector("[data-columns]");

document.querySelector("[data-columns-show]").addEventListener("click", () => {
  const chosen = [...columns.querySelectorAll("input:checked")].map((each) => each.value).join(",");
  localStorage.setItem("columns", chosen);
  filters.elements.columns.value = chosen;
  filters.requestSubmit();
});

{
  const remembered = localStorage.getItem("columns");
  const query = new URLSearchParams(location.search);
  if (remembered && !query.get("columns")) {
    query.set("columns", remembered);
    location.replace(`/devices?${query}`);
  }
}

// What is empty need not stand in the address.
filters.addEventListener("submit", () => {
  for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
});
addEventListener("pageshow", () => { for (const field of filters.elements) field.disabled = false; });

// ---- The list as a file

document.querySelector("[data-csv]").addEventListener("click", async (event) => {
  const button = event.target;
  button.disabled = true;
  const answer = await fetch(button.dataset.csv, { headers: { Accept: "text/csv" } }).catch(() => null);
  button.disabled = false;
  if (!answer?.ok) { tell("The list cannot be had.", true); return; }
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: "devices.csv" });
  link.click();
  URL.revokeObjectURL(link.href);
});

// ---- Views that are kept

document.querySelector("form[data-view]").addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const query = new URLSearchParams(location.search);
  query.delete("cursor");
  const { ok, found } = await ask("PUT", `/api/v1/views/${encodeURIComponent(form.elements.name.value.trim())}`, { query: query.toString() });
  if (!ok) { form.querySelector("output").textContent = words(found || {}); return; }
  form.reset();
  form.closest("details").open = false;
  refresh();
});

// ---- What is chosen

const bulk = document.getElementById("bulk");
const chosen = new Set();

function boxes() { return [...document.querySelectorAll("[data-device]")]; }

function showChosen() {
  for (const box of boxes()) box.checked = chosen.has(box.dataset.device);
  const page = document.querySelector("[data-choose-page]");
  page.checked = boxes().length > 0 && boxes().every((box) => box.checked);
  const all = bulk.querySelector("[name=all]").checked;
  bulk.hidden = !chosen.size && !all && bulk.querySelector("[data-progress]").hidden;
  bulk.querySelector("[data-chosen]").textContent = all ? "All that fit" : `${chosen.size} chosen`;
}

function wantedOf(form) {
  const [action, what] = form.elements.action.value.split(":");
  const value = form.elements.value.value.trim();
  const body = { action };
  if (form.elements.all.checked) body.filter = JSON.parse(bulk.dataset.filter); else body.devices = [...chosen];
  if (action === "job") body.job = { rpc: what, urgent: true };
  if (action === "patch") {
    const [member, how] = what.split(".");
    body.patch = how ? { [member]: { [how]: [value] } } : { [member]: value || null };
  }
  return body;
}

function previewed(title, found, dangerous) {
  const dialog = document.getElementById("preview");
  const number = dialog.querySelector("[data-number]");
  dialog.querySelector("h2").textContent = `${title}?`;
  dialog.querySelector("[data-count]").textContent = `${found.devices} devices${found.unknown ? `, and ${found.unknown} that are there no more` : ""}:`;
  dialog.querySelector("[data-first]").replaceChildren(...found.first.map((each) => Object.assign(document.createElement("li"), { textContent: each })));
  if (found.devices > found.first.length) dialog.querySelector("[data-first]").append(Object.assign(document.createElement("li"), { className: "none", textContent: `and ${found.devices - found.first.length} others` }));
  dialog.querySelector("[data-sure]").hidden = !dangerous;
  number.value = "";
  number.required = dangerous;
  number.pattern = String(found.devices);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "do"), { once: true }));
}

async function doIt(form) {
  const output = form.querySelector("output");
  const body = wantedOf(form);
  const title = form.elements.action.selectedOptions[0].textContent + (form.elements.value.value && !form.querySelector("[data-wanted]").hidden ? ` “${form.elements.value.value}”` : "");
  output.textContent = "";
  output.className = "bad";
  const told = await ask("POST", "/api/v1/bulk", { ...body, dry_run: true });
  if (!told.ok) { output.textContent = words(told.found || {}); return; }
  if (!told.found.devices) { output.textContent = "No device is like that."; return; }
  if (!await previewed(title, told.found, ["delete", "job:FactoryReset"].includes(form.elements.action.value))) return;
  const begun = await ask("POST", "/api/v1/bulk", body);
  if (begun.ok) followBulk(title, begun.found); else output.textContent = words(begun.found || {});
}

function followBulk(title, found) {
  const line = bulk.querySelector("[data-progress]");
  line.hidden = false;
  line.textContent = `${title}: ${found.done} of ${found.devices}${found.refused ? `, ${found.refused} refused` : ""}, ${found.state}${found.reasons?.length ? `: ${found.reasons.slice(0, 5).map((each) => `${each.device} ${each.reason}`).join("; ")}` : ""} `;
  if (["running", "stopping"].includes(found.state)) {
    const stop = Object.assign(document.createElement("button"), { type: "button", className: "second small", textContent: "Stop" });
    stop.addEventListener("click", () => ask("DELETE", `/api/v1/bulk/${found.id}`));
    line.append(stop);
    setTimeout(async () => {
      const { ok, found: now } = await ask("GET", `/api/v1/bulk/${found.id}`).catch(() => ({}));
      followBulk(title, ok ? now : found);
    }, 1000);
  } else refresh();
}

if (bulk) {
  const form = bulk.querySelector("form");
  document.addEventListener("change", (event) => {
    const { dataset } = event.target;
    if (dataset.device) { if (event.target.checked) chosen.add(dataset.device); else chosen.delete(dataset.device); }
    if ("choosePage" in dataset) for (const box of boxes()) { if (event.target.checked) chosen.add(box.dataset.device); else chosen.delete(box.dataset.device); }
    showChosen();
  });
  document.addEventListener("drawn", showChosen);
  form.elements.action.addEventListener("change", () => {
    const wants = form.elements.action.selectedOptions[0].dataset.wants;
    const place = form.querySelector("[data-wanted]");
    place.hidden = !wants;
    place.querySelector("span").textContent = wants || "";
    form.elements.value.required = Boolean(wants) && wants === "Tag";
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); doIt(form); });
  document.querySelector("[data-choose-all]").addEventListener("click", () => { form.elements.all.checked = true; showChosen(); form.elements.action.focus(); });
  form.querySelector("[data-none]").addEventListener("click", () => {
    chosen.clear();
    form.elements.all.checked = false;
    bulk.querySelector("[data-progress]").hidden = true;
    showChosen();
  });
}
