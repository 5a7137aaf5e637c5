import { between, bytes, download, make, oncePerFrame } from "../basics.js";
import { helpControls } from "../controls.js";
import { makePen, makeSurface } from "../pen.js";

const COLOUR = { divider: "#E69F00", pen: "#56B4E9" }; // that of marks comes from Python
const STEP = { near: 0.01, far: 0.1 }; // of an arrow key, in lengths of the photograph's longer side
const DIVIDER_STEP = 0.02; // in widths of the photograph

/** Two photographs above each other with a divider, and, where marks can be made, the marks. */
export function renderPhoto({ model, el }) {
  const before = photograph(model, "before");
  const after = photograph(model, "after");
  // Above the photographs the marks, on both sides of the divider, and the pen or divider; a unit is a pixel.
  const [markLayer, penLayer] = [0, 1].map(() => document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  const area = make("div", { className: "aelib-photo" }, before.image, after.image, markLayer, penLayer);
  const slider = make("input", { type: "range", min: 0, max: 100, step: 1 });
  slider.setAttribute("aria-label", "Divider between before and after");
  slider.oninput = () => divideAt(Number(slider.value) / 100);
  const labelled = make("span", {}, "before ", slider, " after");
  const clear = make("button", { textContent: "Clear marks", onclick: () => set({ marks: [] }) });
  const state = make("output");
  const bar = make("div", { className: "aelib-buttons" }, labelled, clear, state);

  const size = () => [...model.get("photo_size")].reverse(); // width, height
  const longer = () => Math.max(...size());
  const broad = () => Math.max(2, Math.round(longer() / 100));
  const isMarking = () => model.get("marking");
  let stroke = null; // the mark that is being drawn: its width, and x, y of its points

  function set(values) {
    model.set(values);
    model.save_changes();
    update();
  }
  const divideAt = (share) => {
    if (!after.image.hidden) set({ divider: between(share, 0, 1) });
  };

  const pen = makePen({
    size,
    draw(from, to) {
      if (!isMarking()) return divideAt(to[0] / size()[0]);
      stroke ??= [broad(), ...rounded(from)];
      stroke.push(...rounded(to));
    },
    put(isDown) {
      if (isDown || !stroke) return;
      const marks = [...model.get("marks"), stroke];
      stroke = null;
      set({ marks });
    },
    changed: () => update(),
  });
  makeSurface(area, {
    size,
    point: pen.follow,
    press: pen.press,
    release: pen.lift,
    arrow(way, far) {
      if (isMarking()) pen.moveBy(way, longer() * (far ? STEP.far : STEP.near));
      else divideAt(model.get("divider") + way[0] * DIVIDER_STEP);
    },
    keys: { " ": () => isMarking() && pen.toggle() },
  });

  let help = null;
  const update = oncePerFrame(() => {
    const [width, height] = size();
    const share = model.get("divider");
    const marks = isMarking() ? [...model.get("marks"), ...(stroke ? [stroke] : [])] : [];
    const isMended = !after.image.hidden;
    for (const layer of [markLayer, penLayer]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    area.style.aspectRatio = `${width} / ${height}`;
    slider.value = Math.round(100 * share);
    // Left of the divider is before, right of it is after.
    after.image.style.clipPath = `inset(0 0 0 ${100 * share}%)`;
    markLayer.replaceChildren(...marks.map((mark) => polyline(mark, model.get("mark_colour"))));
    const divider = outlined([width / 300, share * width, 0, share * width, height], COLOUR.divider);
    penLayer.replaceChildren(...(isMended ? divider : []));
    if (isMarking()) penLayer.append(...outlined([broad(), ...pen.position], COLOUR.pen));
    clear.hidden = !isMarking();
    area.style.touchAction = isMarking() ? "none" : "pan-y"; // a finger that does not mark scrolls the page
    labelled.hidden = !isMended;
    tell(marks.length, isMended);
    if (el.isConnected) help ??= helpControls(el.closest(".widget-vbox"));
  });

  function tell(count, isMended) {
    const ofPen = "Arrow keys move the pen; Space puts it down and lifts it.";
    const ofDivider = isMended ? "Before and after its repair. Arrow keys move the divider." : "";
    area.setAttribute("aria-label", `Photograph. ${isMarking() ? ofPen : ofDivider}`.trim());
    const how = "Draw with a finger or the mouse, or press Space and arrow keys.";
    state.textContent = isMarking() ? `${count} mark${count === 1 ? "" : "s"}. ${how}` : "";
  }

  const showAfter = () => {
    after.load();
    update();
  };
  const changes = { "change:before": before.load, "change:after": showAfter, "msg:custom": save };
  const others = "change:photo_size change:marking change:marks change:divider";
  for (const [name, follow] of Object.entries(changes)) model.on(name, follow);
  model.on(others, update);
  el.replaceChildren(make("div", { className: "aelib-tools" }, area, bar));
  before.load();
  showAfter();
  return () => {
    update.stop();
    for (const [name, follow] of Object.entries(changes)) model.off(name, follow);
    model.off(others, update);
    help?.disconnect();
    before.forget();
    after.forget();
  };
}

const rounded = (place) => place.map((value) => Math.round(10 * value) / 10); // tenths of a pixel are enough

const pngOf = (bytes) => new Blob([bytes], { type: "image/png" });

/** Return an image of the PNG in a trait: load() shows what is there now, or nothing; forget() frees its memory. */
function photograph(model, name) {
  const image = make("img", { alt: name, draggable: false });
  let address = "";
  const forget = () => URL.revokeObjectURL(address);
  function load() {
    forget();
    const png = bytes(model.get(name));
    image.hidden = !png.length;
    if (!png.length) return;
    address = URL.createObjectURL(pngOf(png));
    image.src = address;
  }
  return { image, load, forget };
}

/** Save a PNG under the name that a message says. */
export function save(message, buffers) {
  if (!message.save) return;
  download(pngOf(bytes(buffers[0])), message.save);
}

/** Return an SVG line through points, given as its width and then x and y of each. */
function polyline([width, ...places], colour) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const points = places.length === 2 ? [...places, places[0] + 0.01, places[1]] : places; // a dot has a length too
  for (const [key, value] of Object.entries({
    points: points.join(" "),
    fill: "none",
    stroke: colour,
    "stroke-width": width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round",
  })) {
    element.setAttribute(key, value);
  }
  return element;
}

/** Return such a line on a broader black one, so that it is seen on any photograph. */
function outlined([width, ...places], colour) {
  return [polyline([1.8 * width, ...places], "black"), polyline([width, ...places], colour)];
}
