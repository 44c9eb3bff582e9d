// What all pages do: times by the reader's clock, forms that speak to the API, tables that filter as one types,
// parts that are drawn anew when something happens.  A page says what it wants in data-attributes.
"use strict";

const csrf = document.querySelector('meta[name="csrf"]').content;

// ---- Telling

function tell(text, bad = false, link = null) {
  const line = document.createElement("p");
  line.textContent = text;
  if (bad) line.className = "bad";
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    line.append(" ", anchor);
  }
  const box = document.getElementById("told");
  box.append(line);
  while (box.children.length > 4) box.firstChild.remove();
  setTimeout(() => line.remove(), bad ? 15000 : 8000);
}

function words(problem) {
  const wrong = (problem.errors || []).map((each) => `${each.field}: ${each.reason}`);
  return [problem.detail || problem.title || "It was refused.", ...wrong].join("\n");
}

// ---- Times

const ago = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function writeTimes(within = document) {
  for (const each of within.querySelectorAll("time[datetime]")) {
    const then = new Date(each.dateTime);
    const seconds = (then - Date.now()) / 1000;
    const size = Math.abs(seconds);
    each.title = each.dateTime;
    if (size < 60) each.textContent = ago.format(Math.round(seconds), "second");
    else if (size < 3600) each.textContent = ago.format(Math.round(seconds / 60), "minute");
    else if (size < 86400) each.textContent = ago.format(Math.round(seconds / 3600), "hour");
    else each.textContent = exact.format(then);
  }
}

// What can be moved sideways can be so by the keyboard too.
function reachScrolled(within = document) {
  for (const each of within.querySelectorAll(".scroll")) {
    each.tabIndex = 0;
    each.setAttribute("role", "region");
    const head = each.closest("section")?.querySelector("h2, h3") ?? document.querySelector("h1");
    each.setAttribute("aria-label", head?.textContent.trim() || "Table");
  }
}

// ---- Asking the API

async function ask(method, target, body) {
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await fetch(target, {
    method, headers, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const found = text && /json/.test(answer.headers.get("Content-Type") || "") ? JSON.parse(text) : null;
  if (answer.status === 401 && !target.endsWith("/login")) {
    location.href = "/login?next=" + encodeURIComponent(location.pathname + location.search);
  }
  return { ok: answer.ok, status: answer.status, found };
}

// "{now}" in a body is the time by the appliance's clock, however long the page has been open.
function asOfNow(name, value) {
  const drawn = Date.parse(document.querySelector('meta[name="now"]').content);
  return value === "{now}" ? new Date(drawn + performance.now()).toISOString() : value;
}

// What other scripts know to read, by the word of data-as.
const readers = {};

// What a form says, as JSON: a field's name is its place (a.b), data-as how its text is read.
function valueOf(field) {
  if (field.type === "checkbox") return field.checked;
  if (readers[field.dataset.as]) return readers[field.dataset.as](field.value);
  switch (field.dataset.as) {
    case "number": return field.value === "" ? undefined : Number(field.value);
    case "list": return field.value.split(/[\s,]+/).filter(Boolean);
    case "lines": return field.value.split("\n").map((each) => each.trim()).filter(Boolean);
    case "json": return field.value.trim() === "" ? undefined : JSON.parse(field.value);
    case "maybe": return field.value === "" ? null : field.value;
    case "said": return saidOf(field);
    case "moment": return field.value === "" ? undefined : new Date(field.value).toISOString();
    case "flag": return field.value === "" ? undefined : field.value === "true";
    default: return field.value === "" && !field.required && !("empty" in field.dataset) ? undefined : field.value;
  }
}

// Of a choice between yes, no and nothing: what has changed, nothing as null.
function saidOf(field) {
  const before = [...field.options].find((each) => each.defaultSelected)?.value ?? "";
  if (field.value === before) return undefined;
  return field.value === "" ? null : field.value === "true";
}

function bodyOf(form) {
  const body = form.dataset.body ? JSON.parse(form.dataset.body) : {};
  for (const field of form.elements) {
    if (!field.name || field.disabled) continue;
    // What nobody has touched may be otherwise by now, and is not said again.
    if ("changed" in form.dataset && field.value === field.defaultValue) continue;
    const value = valueOf(field);
    if (value === undefined) continue;
    const path = field.name.split(".");
    let place = body;
    for (const step of path.slice(0, -1)) place = place[step] ??= {};
    place[path.at(-1)] = value;
  }
  for (const box of form.querySelectorAll("[data-member]:checked")) (body[box.dataset.member] ??= []).push(box.value);
  // A member of which nothing is said is none.
  const member = form.dataset.orNull;
  if (member && Object.values(body[member] ?? {}).every((each) => !each?.length)) body[member] = null;
  return body;
}

function succeeded(found, how) {
  if (how === "refresh" || !how) refresh();
  else if (how === "reload") location.reload();
  else if (how !== "stay") { location.href = how.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(found[name])); return; }
  if (found && found.outcome) tell([found.outcome, found.method && `by ${found.method}`, found.detail].filter(Boolean).join(", "), found.outcome !== "informed" && found.outcome !== "accepted");
  else if (found && found.rpc && found.id) tell(`${found.rpc} is ${found.state}.`, false, { href: `/jobs/${found.id}`, text: "Its job" });
  else if (how !== "stay" || !found) tell("Done.");
}

// What cannot be undone asks for a word to be typed.
function isTyped(form) {
  const field = form.querySelector("[data-typed-here]");
  if (field.value.trim() === form.dataset.typed) return true;
  tell(`Type ${form.dataset.typed} to confirm.`, true);
  field.focus();
  return false;
}

async function act(element, method, target, body) {
  if (element.dataset.confirm && !confirm(element.dataset.confirm)) return;
  if (element.dataset.typed && !isTyped(element)) return;
  element.dispatchEvent(new CustomEvent("begun", { bubbles: true, detail: { method, target, body } }));
  const output = element.querySelector?.("output");
  const buttons = element.matches("button") ? [element] : [...element.querySelectorAll("button")];
  buttons.forEach((each) => { each.disabled = true; });
  if (output) { output.textContent = ""; output.className = ""; }
  try {
    const { ok, found, status } = await ask(method, target, body);
    if (ok) {
      if (element.closest("[data-part]")) settle(element);
      element.dispatchEvent(new CustomEvent("done", { bubbles: true, detail: found }));
      if (output && element.dataset.shows) output.textContent = found[element.dataset.shows];  // it is told once
      succeeded(found, element.dataset.done);
      // Then the device is to call at once, for what waits for its next session.
      if (element.dataset.then) await then(element, element.dataset.then);
      return;
    }
    const problem = found || { title: `The appliance answered ${status}.` };
    element.dispatchEvent(new CustomEvent("refused", { bubbles: true, detail: problem }));
    if (problem.code === "wanted") element.querySelector("[data-second]")?.removeAttribute("hidden");
    if (output) { output.textContent = words(problem); output.className = "bad"; } else tell(words(problem), true);
  } catch (error) {
    tell(error instanceof SyntaxError ? `This is not JSON: ${error.message}` : "The appliance cannot be reached.", true);
  } finally {
    buttons.forEach((each) => { each.disabled = false; });
  }
}

async function then(element, target) {
  element.dispatchEvent(new CustomEvent("begun", { bubbles: true, detail: { method: "POST", target } }));
  const { ok, found } = await ask("POST", target, {});
  if (ok) {
    element.dispatchEvent(new CustomEvent("done", { bubbles: true, detail: found }));
    succeeded(found, "");
  } else tell(words(found || {}), true);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.api) return;
  event.preventDefault();
  let body;
  try { body = bodyOf(form); } catch (error) { tell(`This is not JSON: ${error.message}`, true); return; }
  if ("changed" in form.dataset && !Object.keys(body).length) { tell("Nothing is other than it was."); return; }
  const target = form.getAttribute("action").replace(/\{(\w+)\}/g, (_, name) => { const value = body[name]; delete body[name]; return encodeURIComponent(value); });
  act(form, form.dataset.api, target, body);
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-api]");
  if (button) act(button, button.dataset.api, button.dataset.target, button.dataset.body ? JSON.parse(button.dataset.body, asOfNow) : undefined);
  if (event.target.closest("[data-theme-switch]")) switchTheme();
  const toggle = event.target.closest("[data-toggle]");
  if (toggle) switchShown(toggle);
});

// ---- Themes, raw and pretty

function switchTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", root.dataset.theme);
}

function switchShown(toggle) {
  const on = toggle.getAttribute("aria-pressed") !== "true";
  toggle.setAttribute("aria-pressed", on);
  for (const each of document.querySelectorAll(".body")) {
    const both = each.parentElement.querySelectorAll(".body").length > 1;
    if (both) each.hidden = each.classList.contains(toggle.dataset.toggle) !== on;
  }
}

// ---- Tables that filter as one types

document.addEventListener("input", (event) => {
  const table = event.target.dataset.filters && document.querySelector(event.target.dataset.filters);
  if (table) filterRows(table, event.target.value);
});

function filterRows(table, text) {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    row.seen ??= (row.dataset.text || row.textContent).toLowerCase();
    const hidden = !wanted.every((each) => row.seen.includes(each));
    if (row.hidden !== hidden) row.hidden = hidden;
    if (!hidden) shown += 1;
  }
  const count = document.querySelector(`[data-counts="#${table.id}"]`);
  if (count) count.textContent = shown;
}

// ---- Parts that are drawn anew

let waiting = null;
let last = 0;

function refresh(wait = 300) {
  if (waiting) return;
  waiting = setTimeout(async () => {
    waiting = null;
    last = Date.now();
    // A page with a long table tells where its parts are to be had without that.
    const from = document.getElementById("main").dataset.liveFrom || location.href;
    const answer = await fetch(from, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-part]")) {
      const other = fresh.getElementById(part.id);
      if (other && !isBeingEdited(part) && part.innerHTML !== other.innerHTML) replacePart(part, other);
    }
  }, wait);
}

// What somebody is typing into, or has typed into and not sent, is left alone.
function isBeingEdited(part) {
  if (part.contains(document.activeElement?.closest("input, textarea, select"))) return true;
  return [...part.querySelectorAll("form[data-api] :is(input, textarea)")].some((each) => each.type !== "checkbox" && each.value !== each.defaultValue);
}

// What was sent is what stands there from now on.
function settle(form) {
  for (const each of form.querySelectorAll("input, textarea")) each.defaultValue = each.value;
}

function replacePart(part, other) {
  const open = new Set([...part.querySelectorAll("details[open]")].map((each) => each.closest("[id]")?.id));
  const fresh = document.importNode(other, true);
  for (const each of fresh.querySelectorAll("details")) if (open.has(each.closest("[id]")?.id)) each.open = true;
  part.replaceWith(fresh);
  fresh.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  writeTimes(fresh);
  reachScrolled(fresh);
  for (const field of document.querySelectorAll("[data-filters]")) {
    const table = document.querySelector(field.dataset.filters);
    if (table && fresh.contains(table) && field.value) filterRows(table, field.value);
  }
}

function follow() {
  const main = document.getElementById("main");
  if (!main.dataset.live) return;
  const query = new URLSearchParams({ type: main.dataset.live });
  if (main.dataset.liveDevice) query.set("device", main.dataset.liveDevice);
  const source = new EventSource(`/api/v1/events?${query}`);
  const least = Number(main.dataset.liveWait || 1000);
  const happened = (event) => {
    const told = event.data ? JSON.parse(event.data) : {};
    document.dispatchEvent(new CustomEvent("happened", { detail: told }));
    refresh(Math.max(200, least - (Date.now() - last)));
  };
  source.onmessage = happened;
  for (const type of [...main.dataset.live.split(","), "reset"]) source.addEventListener(type, happened);
  addEventListener("pagehide", () => source.close());
}

// ---- Keys: "/" to search, j and k through a list, Enter to open

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const key = event.key;
  const field = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (field) { event.preventDefault(); field.focus(); field.select?.(); return; }
  if (key !== "j" && key !== "k") return;
  const links = [...document.querySelectorAll("table.list tbody tr:not([hidden])")].map((row) => row.querySelector("a")).filter(Boolean);
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.min(Math.max(at + (key === "j" ? 1 : -1), 0), links.length - 1)].focus();
});

writeTimes();
reachScrolled();
setInterval(writeTimes, 30000);
follow();
