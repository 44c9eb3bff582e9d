// Files of the Broadband Forum, which go to the API compressed: some are longer than what it takes otherwise.
"use strict";

async function compressed(file) {
  if (file.name.toLowerCase().endsWith(".gz")) return file;
  return new Response(file.stream().pipeThrough(new CompressionStream("gzip"))).blob();
}

async function sendFile(form, file, output) {
  const headers = { "Content-Type": "application/gzip" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  output.className = "";
  output.textContent = `${file.name} is being read …`;
  const answer = await fetch(form.action, { method: form.dataset.upload, headers, body: await compressed(file) });
  const found = await answer.json().catch(() => ({ title: `The appliance answered ${answer.status}.` }));
  output.className = answer.ok ? "" : "bad";
  output.textContent = answer.ok ? `Imported: ${found.items.map((each) => each.name).join(", ")}` : words(found);
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
