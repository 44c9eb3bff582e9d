// Files that are sent to the API as they are: a form with data-upload as its method.
"use strict";

const TYPES = { gz: "application/gzip", xml: "application/xml" };

async function sendFile(form, file, output) {
  const headers = { "Content-Type": TYPES[file.name.split(".").pop().toLowerCase()] || "application/xml" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  output.className = "";
  output.textContent = `${file.name} is being read …`;
  const answer = await fetch(form.action, { method: form.dataset.upload, headers, body: file });
  const found = await answer.json().catch(() => ({ title: `The appliance answered ${answer.status}.` }));
  output.className = answer.ok ? "" : "bad";
  output.textContent = answer.ok ? found.items.map((each) => each.name).join(", ") + ": imported." : words(found);
  if (answer.ok) { form.reset(); refresh(); }
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.dataset.upload) return;
  event.preventDefault();
  const output = form.querySelector("output");
  const button = form.querySelector("button");
  button.disabled = true;
  try { await sendFile(form, form.elements.file.files[0], output); } catch {
    output.className = "bad";
    output.textContent = "The appliance cannot be reached.";
  } finally { button.disabled = false; }
});
