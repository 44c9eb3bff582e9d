// Files are added with their bytes as they are; how many have gone is shown meanwhile.
"use strict";

const adding = document.querySelector("form[data-upload]");

function placeOf(form) {
  const { kind, file, manufacturer, product_class: model, version, path } = form.elements;
  const name = file.files[0]?.name || "";
  if (kind.value === "image") return [manufacturer.value, model.value, version.value, name].map((each) => each.trim());
  if (kind.value === "other") return path.value.trim().split("/");
  return [kind.value, name];
}

function showPlace() {
  for (const each of adding.querySelectorAll("[data-of]")) {
    each.hidden = each.dataset.of !== adding.elements.kind.value;
    each.querySelector("input").required = !each.hidden;
  }
  adding.querySelector("[data-place]").textContent = placeOf(adding).map((each) => each || "…").join("/");
}

// Unlike fetch, it tells how much has gone.
function put(target, file, headers, went) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("PUT", target);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) went(100 * event.loaded / event.total); });
    request.addEventListener("loadend", () => resolve(request));
    request.send(file);
  });
}

async function add(form) {
  const file = form.elements.file.files[0];
  const bar = form.querySelector("progress");
  const output = form.querySelector("output");
  const headers = { "Content-Type": "application/octet-stream", Accept: "application/json" };
  if (csrf) headers["X-CSRF-Token"] = csrf;
  if (!form.elements.replace.checked) headers["If-None-Match"] = "*";
  const button = form.querySelector("button");
  button.disabled = true;
  bar.hidden = false;
  output.textContent = "";
  const target = "/api/v1/firmware/" + placeOf(form).map(encodeURIComponent).join("/");
  const answer = await put(target, file, headers, (share) => { bar.value = share; });
  button.disabled = false;
  bar.hidden = true;
  output.className = answer.status < 300 && answer.status ? "" : "bad";
  if (!output.className) { output.textContent = "It is there."; refresh(); return; }
  let problem = {};
  try { problem = JSON.parse(answer.responseText); } catch { problem = { title: "The appliance cannot be reached." }; }
  output.textContent = answer.status === 412 ? "There is a file already: tick “Replace one that is there”." : words(problem);
}

if (adding) {
  adding.addEventListener("input", showPlace);
  adding.addEventListener("submit", (event) => { event.preventDefault(); add(adding); });
  showPlace();
}
