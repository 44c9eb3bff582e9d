// Any RPC: fields made from the JSON Schema of its arguments. The text of JSON below is what is sent: the fields
// write it, and are made from it.
"use strict";

const form = document.querySelector("form[data-rpc]");
const json = form?.elements.arguments;
const fields = form?.querySelector("[data-fields]");
let root = null;

function typesOf(schema) { return [].concat(schema.type || []); }

// Each part has its element, and tells its value; undefined: it is not said.
function partFor(schema, value, label) {
  if (schema.oneOf) return partOfOne(schema.oneOf, value, label);
  const types = typesOf(schema);
  if (types.includes("object")) return partOfObject(schema, value, label);
  if (types.includes("array")) return partOfList(schema, value, label);
  return partOfLeaf(schema, types, value, label);
}

function make(tag, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

function partOfLeaf(schema, types, value, label) {
  let field;
  let read;
  if (types.length === 1 && types[0] === "boolean" || (types.includes("boolean") && types.includes("null"))) {
    field = make("select");
    for (const each of ["", "true", "false"]) field.add(new Option(each, each, false, each === String(value ?? "")));
    read = () => (field.value === "" ? undefined : field.value === "true");
  } else if (types.includes("integer")) {
    field = make("input", { type: "number", value: value ?? "" });
    if (schema.minimum !== undefined) field.min = schema.minimum;
    if (schema.maximum !== undefined) field.max = schema.maximum;
    read = () => (field.value === "" ? undefined : Number(field.value));
  } else if (label === "XML") {
    field = make("textarea", { value: value ?? "" });
    read = () => field.value || undefined;
  } else {
    field = make("input", { type: label === "Password" ? "password" : "text", value: value ?? "", autocomplete: "off" });
    if (schema.maxLength) field.maxLength = schema.maxLength;
    // A value that is empty is a value.
    read = () => (field.value === "" && label !== "Value" ? undefined : field.value);
  }
  return { element: make("label", { className: types.includes("string") && !/^(Type|Username|Password|CommandKey|ParameterKey|Version)$/.test(label) ? "long" : "" }, label, field), read };
}

function partOfObject(schema, value, label) {
  const parts = Object.entries(schema.properties || {}).filter(([, each]) => !("const" in each)).map(([name, each]) => {
    const needed = (schema.required || []).includes(name);
    const part = partFor(each, value?.[name], name);
    if (needed) part.element.classList.add("needed");
    return [name, part, needed];
  });
  const fixed = Object.entries(schema.properties || {}).filter(([, each]) => "const" in each).map(([name, each]) => [name, each.const]);
  const element = make(label ? "fieldset" : "div", { className: "struct" }, ...(label ? [make("legend", {}, label)] : []), ...parts.map(([, part]) => part.element));
  if (!parts.length && !label) element.append(make("p", { className: "none" }, "It has no arguments."));
  const read = () => {
    const found = Object.fromEntries(fixed);
    for (const [name, part, needed] of parts) {
      const each = part.read();
      if (each !== undefined) found[name] = each;
      else if (needed && part.empty) found[name] = part.empty();
    }
    return found;
  };
  return { element, read };
}

function partOfList(schema, value, label) {
  const rows = make("div", { className: "rows" });
  const parts = new Set();
  const add = (each) => {
    const part = partFor(schema.items, each, typesOf(schema.items).includes("object") || schema.items.oneOf ? "" : `${label} ${parts.size + 1}`);
    const remove = make("button", { type: "button", className: "second small" }, "Remove");
    const row = make("div", { className: "item" }, part.element, remove);
    remove.addEventListener("click", () => { parts.delete(part); row.remove(); written(); });
    parts.add(part);
    rows.append(row);
    return row;
  };
  for (const each of value ?? []) add(each);
  if (!parts.size && (schema.minItems || typesOf(schema.items).includes("object"))) add(undefined);
  const more = make("button", { type: "button", className: "second small" }, "Add");
  more.addEventListener("click", () => { add(undefined).querySelector("input, select, textarea")?.focus(); written(); });
  const element = make("fieldset", {}, make("legend", {}, label), rows, more);
  const read = () => {
    const found = [...parts].map((part) => part.read()).filter((each) => each !== undefined);
    return found.length ? found : undefined;
  };
  return { element, read, empty: () => [] };
}

function partOfOne(schemas, value, label) {
  const nameOf = (schema) => schema.properties.Operation?.const;
  const choice = make("select");
  for (const each of schemas) choice.add(new Option(nameOf(each)));
  if (value?.Operation) choice.value = value.Operation;
  const place = make("div");
  let part;
  const draw = (now) => { part = partFor(schemas[choice.selectedIndex], now, ""); place.replaceChildren(part.element); };
  choice.addEventListener("change", () => { draw(undefined); written(); });
  draw(value);
  return { element: make("div", { className: "struct" }, make("label", {}, label || "Operation", choice), place), read: () => part.read() };
}

function written() {
  json.value = JSON.stringify(root.read(), null, 2);
}

function draw(value) {
  const option = form.elements.rpc.selectedOptions[0];
  root = partFor(JSON.parse(option.dataset.schema), value, "");
  fields.replaceChildren(root.element);
}

function asJson(on) {
  const button = form.querySelector("[data-as-json]");
  if (!on) {
    try { draw(JSON.parse(json.value || "{}")); } catch (error) { tell(`This is not JSON: ${error.message}`, true); return; }
  }
  button.setAttribute("aria-pressed", on);
  fields.hidden = on;
  form.querySelector("[data-json]").hidden = !on;
}

if (form) {
  const choice = form.elements.rpc;
  const vendor = form.querySelector("[data-vendor-name]");
  choice.addEventListener("change", () => {
    const own = "own" in choice.selectedOptions[0].dataset;
    form.querySelector("[data-vendor]").hidden = !own;
    vendor.required = own;
    draw(undefined);
    written();
  });
  // A vendor's RPC is called as the field beside says.
  vendor.addEventListener("input", () => { choice.selectedOptions[0].value = vendor.value; });
  fields.addEventListener("input", written);
  form.querySelector("[data-as-json]").addEventListener("click", (event) => asJson(event.currentTarget.getAttribute("aria-pressed") !== "true"));
  asJson(false);
}
