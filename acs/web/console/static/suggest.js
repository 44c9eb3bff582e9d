// What may be meant, while somebody types: a field with data-suggest asks the API, a little later than the last key,
// for a few, and puts them into its list.
"use strict";

const LATER = 200;
const MOST = 40;
const ROOTS = ["Device.", "InternetGatewayDevice."];
let asking = 0;

const sources = {
  // Devices by whatever they are found by.
  devices: async (text) => {
    const found = await itemsAt(`/api/v1/devices?limit=${MOST}&q=${encodeURIComponent(text)}`);
    return found.map((each) => ({ value: each.id, label: `${each.manufacturer} ${each.product_class} ${each.serial_number}` }));
  },
  // Paths, as data models have them, and logical names.
  paths: async (text) => {
    const names = [...document.querySelectorAll("#logical option")].map((each) => each.value);
    const logical = names.filter((each) => each.startsWith(text.toLowerCase())).map((value) => ({ value, label: "a logical name" }));
    if (text.length < 2) return logical;
    const found = await Promise.all(wholes(text).map(async ([whole, cut]) => {
      const items = await itemsAt(`/api/v1/definitions?limit=${MOST}&prefix=${encodeURIComponent(whole)}`);
      return items.filter((each) => each.kind === "parameter" && each.access !== "readOnly")
        .map((each) => ({ value: each.path.slice(cut).replaceAll("{i}", "1"), label: `${(each.type || "").replace("xsd:", "")} ${each.model}` }));
    }));
    return [...logical, ...found.flat()];
  },
};

// The paths from the top that a beginning of one may stand for, and how much of them was not typed.
function wholes(text) {
  if (text.startsWith(".")) return ROOTS.map((root) => [root.slice(0, -1) + text, root.length - 1]);
  return ROOTS.some((root) => root.startsWith(text) || text.startsWith(root)) ? [[text, 0]] : [];
}

async function itemsAt(target) {
  const { ok, found } = await ask("GET", target);
  return ok && found ? found.items : [];
}

async function suggest(field) {
  const mine = asking += 1;
  const found = await sources[field.dataset.suggest](field.value.trim());
  if (mine !== asking) return;
  const known = new Map(found.map((each) => [each.value, each]));
  field.list.replaceChildren(...[...known.values()].slice(0, MOST).map(({ value, label }) => {
    const option = document.createElement("option");
    option.value = value;
    option.label = label;
    return option;
  }));
}

let later = null;
for (const type of ["input", "focusin"]) {
  document.addEventListener(type, (event) => {
    const field = event.target.closest("input[data-suggest]");
    if (!field) return;
    clearTimeout(later);
    later = setTimeout(() => suggest(field).catch(() => {}), LATER);
  });
}
