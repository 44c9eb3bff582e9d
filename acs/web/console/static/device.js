// A device: what it does next is told as it does, its parameters are changed where they stand.
"use strict";

// ---- What has been begun, until the panel shows it

function nameOf(element) {
  return element.dataset.name || (element.matches("button") ? element : element.querySelector("button"))?.textContent.trim() || "";
}

function showDoing(text, bad = false) {
  const line = document.getElementById("doing");
  line.hidden = !text;
  line.textContent = text;
  line.className = bad ? "failure" : "";
}

document.addEventListener("begun", (event) => {
  const waking = event.detail.target.endsWith("/wake");
  showDoing(waking ? "The device is asked to call, which may take up to 45 seconds …" : `${nameOf(event.target)} …`);
});
document.addEventListener("done", (event) => {
  const found = event.detail;
  if (found?.outcome && !["informed", "accepted"].includes(found.outcome)) showDoing(`It does not call: ${[found.outcome, found.detail].filter(Boolean).join(", ")}`, true);
  else showDoing("");
  if (found?.rpc && found?.id) followJob(found, () => {});
});

// ---- Jobs that are followed to their end

const OVER = ["done", "failed", "expired", "cancelled"];
const followed = new Map();

// Call `show` with the job now, and whenever it has come further.
function followJob(job, show) {
  show(job);
  if (OVER.includes(job.state)) return;
  followed.set(job.id, show);
  const look = async (wait) => {
    if (!followed.has(job.id)) return;
    const { ok, found } = await ask("GET", `/api/v1/jobs/${job.id}`).catch(() => ({}));
    if (ok) comeFurther(found);
    setTimeout(look, wait, Math.min(wait * 2, 30000));
  };
  setTimeout(look, 1500, 3000);  // events may have been missed
}

function comeFurther(job) {
  const show = followed.get(job.id);
  if (!show) return;
  if (OVER.includes(job.state)) { followed.delete(job.id); refresh(); }
  show(job);
}

document.addEventListener("happened", (event) => {
  const { type, object } = event.detail;
  if (type === "job" && object?.state) comeFurther(object);
});

// ---- Parameters, changed in place

const table = document.querySelector("table[data-edits]");

table?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-edit]");
  if (button) edit(button.closest("tr"));
});

function edit(row) {
  const cell = row.querySelector(".value");
  if (cell.querySelector("form")) return;
  const held = cell.querySelector(".held");
  const field = fieldFor(row, held.textContent);
  field.setAttribute("aria-label", `New value of ${row.dataset.name}`);
  const form = document.createElement("form");
  form.className = "edit";
  form.append(field, buttonOf("Set", "submit", "small"), buttonOf("Leave", "button", "second small"));
  const leave = () => { form.remove(); held.hidden = false; row.querySelector("[data-edit]").focus(); };
  form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); leave(); set(row, field.value); });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") leave();
    if (event.key === "Enter" && field.matches("select")) { event.preventDefault(); form.requestSubmit(); }
  });
  form.lastChild.addEventListener("click", leave);
  held.hidden = true;
  held.after(form);
  field.focus();
  field.select?.();
}

function buttonOf(text, type, look) {
  const button = document.createElement("button");
  button.type = type;
  button.className = look;
  button.textContent = text;
  return button;
}

function fieldFor(row, value) {
  const type = row.dataset.type.replace("xsd:", "");
  const values = row.dataset.values ? JSON.parse(row.dataset.values) : null;
  if (type === "boolean") return choiceOf(["true", "false"], ["1", "true"].includes(value) ? "true" : "false");
  if (values) return choiceOf(values.includes(value) ? values : [value, ...values], value);
  const field = document.createElement("input");
  if (/^(unsigned)?(int|long)$/i.test(type)) {
    field.type = "number";
    field.required = true;
    field.min = row.dataset.least ?? (type.startsWith("unsigned") ? 0 : "");
    field.max = row.dataset.most ?? "";
  } else if (row.dataset.longest) field.maxLength = row.dataset.longest;
  if (value === "********") field.placeholder = "a new one"; else field.value = value;
  return field;
}

function choiceOf(values, value) {
  const field = document.createElement("select");
  for (const each of values) field.add(new Option(each, each, false, each === value));
  return field;
}

async function set(row, value) {
  const one = { Name: row.dataset.name, Value: value, ...(row.dataset.type && { Type: row.dataset.type }) };
  const { ok, found } = await ask("POST", table.dataset.edits, {
    rpc: "SetParameterValues", arguments: { ParameterList: [one] }, urgent: true,
  }).catch(() => ({}));
  if (!ok) { showState(row, "failed", found ? words(found) : "The appliance cannot be reached."); return; }
  refresh();
  followJob(found, (job) => {
    if (job.state === "done") {
      const held = row.querySelector(".held");
      if (held.textContent !== "********") held.textContent = value;
      row.seen = undefined;  // it is found by its new value
    }
    showState(row, job.state, OVER.includes(job.state) && job.fault ? faultOf(job, row.dataset.name) : whatIsAwaited(job), job.id);
  });
}

function whatIsAwaited(job) {
  if (job.state === "queued" && job.wake?.outcome && !["informed", "accepted"].includes(job.wake.outcome)) return `not woken: ${job.wake.outcome}`;
  return { queued: "the device is asked to call", sent: "its answer is awaited" }[job.state] || "";
}

function faultOf(job, name) {
  const fault = job.fault;
  const own = (fault.SetParameterValuesFault || []).find((each) => each.ParameterName === name);
  return [own?.FaultCode ?? fault.FaultCode, own?.FaultString || fault.FaultString].filter(Boolean).join(" ");
}

function showState(row, state, text, job) {
  let line = row.querySelector(".told");
  if (!line) {
    line = document.createElement("span");
    line.className = "told";
    line.setAttribute("role", "status");
    row.querySelector(".value").append(line);
  }
  const badge = document.createElement(job ? "a" : "span");
  badge.className = `badge ${state}`;
  badge.textContent = state;
  if (job) badge.href = `/jobs/${job}`;
  line.replaceChildren(" ", badge, " ", text);
}
