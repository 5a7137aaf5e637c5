// Widgets in a page without a kernel: our views, and in place of ipywidgets' own controls beside them the browser's.

import { between, make } from "./basics.js";
import { modelsIn } from "./controls.js";
import host from "./host.js";
import { workshop } from "./workshop.js";

// By the kinds that tools/states.py gives to models.
const KINDS = { column, fold, row, slider, view, workshop };

/** Return the element that shows a model and all that it holds. */
export const elementOf = async (model) => KINDS[model.kind](model);

const elementsIn = async (model) => Promise.all((await modelsIn(model, "children")).map(elementOf));

async function row(model) {
  return make("div", { className: "aelib-row widget-hbox" }, ...(await elementsIn(model)));
}

async function column(model) {
  return make("div", { className: "aelib-column" }, ...(await elementsIn(model)));
}

/** What is folded away until one wants it, each part below its title. */
async function fold(model) {
  const folds = (await elementsIn(model)).map((element, i) =>
    make("details", { className: "aelib-fold" }, make("summary", { textContent: model.get("titles")[i] }), element),
  );
  return make("div", { className: "aelib-column" }, ...folds);
}

async function view(model) {
  const el = make("div");
  await host.render({ model, el });
  return el;
}

/** A slider, with its value as a number that one can type. */
function slider(model) {
  const [name, min, max, step] = ["description", "min", "max", "step"].map((trait) => model.get(trait));
  const digits = Number(/\.(\d)f/.exec(model.get("readout_format"))?.[1] ?? 0);
  // In steps, of which the last one reaches the maximum, as sums of fractions need not.
  const range = make("input", { type: "range", min: 0, max: Math.round((max - min) / step), step: 1 });
  const number = make("input", { type: "number", min, max, step: "any" });
  number.setAttribute("aria-label", `${name}, as a number`);
  const rounded = (value) => Number(value.toFixed(digits));
  function show() {
    const text = rounded(model.get("value")).toFixed(digits); // never "-0.00"
    range.value = Math.round((model.get("value") - min) / step);
    range.setAttribute("aria-valuetext", text);
    number.value = text;
  }
  // The browser moves it where a finger touches it, even if the finger then scrolls the page: take that back.
  let untouched;
  range.onpointerdown = () => (untouched = model.get("value"));
  range.onpointercancel = () => {
    model.set("value", untouched);
    show();
  };
  range.oninput = () => model.set("value", between(min + step * Number(range.value), min, max));
  number.onchange = () => {
    const typed = number.valueAsNumber; // NaN where there is none
    if (!Number.isNaN(typed)) model.set("value", between(rounded(typed), min, max));
    show();
  };
  model.on("change:value", show);
  show();
  const label = make("label", {}, make("span", { textContent: name }), range);
  return make("div", { className: "aelib-slider" }, label, number);
}
