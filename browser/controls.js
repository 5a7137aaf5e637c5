// ipywidgets' own controls beside our views: what they leave out, and how a view follows them; and keys that are ours.

import { oncePerFrame } from "./basics.js";

const OWN_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Enter", " "];

/** Keep the keys of sliders, map and buttons from what listens further out: in VS Code, all that reaches the window. */
function keepOwnKeys(event) {
  if (OWN_KEYS.includes(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) event.stopPropagation();
}

/** Keep letters from being shortcuts of JupyterLab and Notebook 7, where D twice deletes the cell.
 *
 * They listen before the element itself does, and look for the attribute at the one that has the focus.
 */
function suppressShortcuts({ target }) {
  target.setAttribute("data-lm-suppress-shortcuts", "true");
}

/** Keep the keys pressed in an element, and in all that is in it, from being taken for shortcuts of the notebook. */
export function keepKeys(element) {
  element.addEventListener("focusin", suppressShortcuts);
  element.addEventListener("keydown", keepOwnKeys);
}

/** Give ipywidgets' own controls in a box, also those that come later, what it leaves out: names for screen readers, in
 * Notebook 7 the arrow keys, folds that open by keyboard, and, in widgets.css, lines that one can see. */
export function helpControls(box) {
  box.classList.add("aelib-box");
  box.addEventListener("focusin", suppressShortcuts);
  const help = () => {
    box.querySelectorAll(":is(.noUi-handle, .ui-slider-handle):not([aria-label])").forEach(helpSlider);
    box.querySelectorAll(".ui-slider-handle").forEach(tellValue);
    box.querySelectorAll(":is(.jupyter-widget-Collapse-header, .p-Collapse-header):not([role])").forEach(helpFold);
    // Of a photograph: how its repair goes.
    box.querySelector(":scope > .widget-html .widget-html-content")?.setAttribute("aria-live", "polite");
  };
  help();
  const observer = new MutationObserver(help);
  observer.observe(box, { childList: true, subtree: true });
  return observer;
}

function helpSlider(handle) {
  const slider = handle.closest(".widget-slider");
  const name = slider.querySelector(".widget-label").textContent;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", name);
  keepKeys(handle);
  const number = slider.querySelector(".widget-readout"); // which one can type into
  number?.setAttribute("role", "textbox");
  number?.setAttribute("aria-label", `${name}, as a number`);
}

/** Tell the value of a slider of ipywidgets 7, which tells nobody. */
function tellValue(handle) {
  const number = handle.closest(".widget-slider").querySelector(".widget-readout");
  if (number) handle.setAttribute("aria-valuenow", number.textContent);
}

function helpFold(header) {
  const isOpen = () => header.parentElement.matches(".jupyter-widget-Collapse-open, .p-Collapse-open");
  const tell = () => header.setAttribute("aria-expanded", isOpen());
  header.setAttribute("role", "button");
  header.tabIndex = 0;
  header.addEventListener("click", tell); // after ipywidgets' own listener
  header.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    header.click();
  });
  keepKeys(header);
  tell();
}

/** Return the models that a trait of a model names, such as those of its sliders. */
export function modelsIn(model, trait) {
  const ids = model.get(trait).map((reference) => reference.replace("IPY_MODEL_", ""));
  return Promise.all(ids.map((id) => model.widget_manager.get_model(id)));
}

/** Do some work whenever sliders move, once per frame, and help them as above; return a function that ends both. */
export function followSliders(sliders, el, work) {
  let help = null;
  const update = oncePerFrame(() => {
    work();
    if (el.isConnected) help ??= helpControls(el.closest(".widget-hbox"));
  });
  sliders.forEach((slider) => slider.on("change:value", update));
  update();
  return () => {
    update.stop();
    sliders.forEach((slider) => slider.off("change:value", update));
    help?.disconnect();
  };
}
