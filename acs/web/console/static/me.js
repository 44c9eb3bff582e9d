// The second factor: its secret as a QR code, then the recovery codes, each shown once.
"use strict";

document.querySelector("[data-factor]")?.addEventListener("done", (event) => {
  const found = event.detail;
  const place = document.querySelector("[data-factor-secret]");
  event.target.hidden = true;
  place.hidden = false;
  place.querySelector("[data-secret]").textContent = found.secret;
  place.querySelector("[data-uri]").href = found.uri;
  showQr(place.querySelector("[data-qr]"), found.qr);
  place.querySelector("input").focus();
});

// Rows of dark and light squares.
function showQr(place, rows) {
  if (!rows) { place.hidden = true; return; }
  const namespace = "http://www.w3.org/2000/svg";
  const picture = document.createElementNS(namespace, "svg");
  picture.setAttribute("viewBox", `-4 -4 ${rows.length + 8} ${rows.length + 8}`);
  const path = document.createElementNS(namespace, "path");
  path.setAttribute("d", rows.flatMap((row, y) => [...row].map((each, x) => (each === "1" ? `M${x} ${y}h1v1h-1z` : ""))).join(""));
  picture.append(path);
  place.append(picture);
}

document.querySelector("[data-codes]")?.addEventListener("done", (event) => {
  document.querySelector("[data-factor-secret]").hidden = true;
  const place = document.querySelector("[data-recovery]");
  place.hidden = false;
  place.querySelector("[data-recovery-codes]").textContent = event.detail.recovery_codes.join("\n");
  place.querySelector("a").focus();
});
