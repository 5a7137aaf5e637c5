// Pictures that follow the hand. makeDecoder, paint and nearest know nothing of Jupyter: a plain web page can import
// them. The widgets below know ipywidgets: in a notebook, anywidget calls render with the model of aelib/widgets.py and
// the element to fill.

const ACTIVATIONS = {
  linear: (a) => a,
  relu: (a) => Math.max(a, 0),
  silu: (a) => a / (1 + Math.exp(-a)),
  tanh: Math.tanh,
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
};

/** Return a dense decoder: a function from a code to C·H·W pixels.
 *
 * layers is [[inputs, outputs, activation], …]. weights is a Float32Array that holds, for each layer, its matrix
 * (outputs × inputs, row by row) and then its bias (outputs).
 */
export function makeDecoder(layers, weights) {
  return (code) => {
    let values = Float32Array.from(code);
    let start = 0;
    for (const [inputs, outputs, activation] of layers) {
      const bias = start + inputs * outputs;
      const result = new Float32Array(outputs);
      for (let output = 0; output < outputs; output++) {
        const row = start + output * inputs;
        let sum = weights[bias + output];
        for (let input = 0; input < inputs; input++) sum += weights[row + input] * values[input];
        result[output] = ACTIVATIONS[activation](sum);
      }
      values = result;
      start = bias + outputs;
    }
    return values;
  };
}

/** Paint one image (C, H, W), a Uint8Array or floats in [0, 1], grey or colour, on a canvas of W × H pixels. */
export function paint(canvas, pixels, [channels, height, width]) {
  const image = new ImageData(width, height);
  const size = height * width;
  const white = pixels instanceof Uint8Array ? 1 : 255;
  for (let i = 0; i < size; i++) {
    for (let colour = 0; colour < 3; colour++) {
      image.data[4 * i + colour] = white * pixels[channels === 3 ? colour * size + i : i]; // rounds, and clamps
    }
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Return the row of codes (a Float32Array of N × code.length) that is nearest to code, and its Euclidean distance. */
export function nearest(code, codes) {
  let row = 0;
  let least = Infinity;
  for (let first = 0; first < codes.length; first += code.length) {
    let sum = 0;
    for (let unit = 0; unit < code.length && sum < least; unit++) sum += (codes[first + unit] - code[unit]) ** 2;
    if (sum < least) [row, least] = [first / code.length, sum];
  }
  return { row, distance: Math.sqrt(least) };
}

// What the widgets are made of.

const floats = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Return a new element with properties and children. */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return a function that has work done in the next frame of the screen, once, however often it is called before. */
function oncePerFrame(work) {
  let frame = 0;
  return () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      work();
    });
  };
}

/** Return a canvas for images of a shape (C, H, W), enlarged to about so many pixels of the screen. */
function pictureCanvas([, height, width], side) {
  const scale = Math.max(1, Math.floor(side / Math.max(height, width))); // whole pixels stay sharp
  const canvas = make("canvas", { className: "aelib-picture", width, height });
  canvas.style.width = `${scale * width}px`;
  canvas.setAttribute("role", "img");
  return canvas;
}

/** Return the decoded picture of a model of aelib/widgets.py: its parts, a canvas and the two lines below it; the real
 * codes; show(code), which brings all parts up to date; atOnce(change), for many values that change together; and
 * stop(), for when the picture goes away.
 *
 * A dense decoder is evaluated here. Any other one is evaluated in the kernel, which sends a picture whenever the
 * sliders or the marker have new values there. ipywidgets keeps one message of each on its way, and then sends the
 * newest values, so that a slow decoder skips what has passed.
 */
function livePicture(model) {
  const shape = model.get("image_shape");
  const layers = model.get("layers");
  const codes = floats(model.get("codes"));
  const classOf = bytes(model.get("class_of"));
  const classes = model.get("classes");
  const decode = layers.length ? makeDecoder(layers, floats(model.get("weights"))) : null;

  const canvas = pictureCanvas(shape, 240);
  const distance = make("output");
  const problem = make("p", { className: "aelib-problem" });
  problem.setAttribute("role", "alert");

  let timer = 0;
  function receive(message, buffers) {
    clearTimeout(timer);
    problem.textContent = message.error ?? "";
    if (!message.error) paint(canvas, bytes(buffers[0]), shape);
  }
  if (!decode) {
    model.on("msg:custom", receive);
    model.send({ hold: false }); // asks for the first picture
  }

  function show(code) {
    const closest = nearest(code, codes);
    const name = classes.length ? ` (${classes[classOf[closest.row]]})` : "";
    distance.textContent =
      `Distance to the nearest real code${name}: ${closest.distance.toFixed(2)}. ` +
      `From one real code to the next it is ${model.get("usual_distance").toFixed(2)} (median).`;
    canvas.setAttribute("aria-label", `The picture decoded from this code; its nearest real code${name} is ` +
      `${closest.distance.toFixed(2)} away`);
    if (decode) {
      paint(canvas, decode(code), shape);
    } else {
      // Jupyter's server sends small answers by Nagle's algorithm: after the first one, which only says that the kernel
      // is busy, the others wait until the browser acknowledges it, in up to 40 ms. An empty message does so at once.
      clearTimeout(timer);
      timer = setTimeout(() => model.send({}), 16);
    }
  }
  return {
    codes,
    show,
    atOnce(change) {
      model.send({ hold: true });
      change();
      model.send({ hold: false });
    },
    parts: [canvas, distance, problem],
    stop() {
      clearTimeout(timer);
      model.off("msg:custom", receive);
    },
  };
}

// The widgets.

const OWN_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Enter", " "];

/** Keep the keys of sliders, map and buttons from what listens further out: in VS Code, all that reaches the window. */
function keepOwnKeys(event) {
  if (OWN_KEYS.includes(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) event.stopPropagation();
}

/** Keep the keys that a focused element understands from being taken for shortcuts of the notebook. */
function keepKeys(element) {
  element.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab and Notebook 7, which listen further in
  element.addEventListener("keydown", keepOwnKeys);
}

/** Give ipywidgets' own controls in a box, also those that come later, what it leaves out: names for screen readers, in
 * Notebook 7 the arrow keys, folds that open by keyboard, and, in widgets.css, lines that one can see. */
function helpControls(box) {
  box.classList.add("aelib-box");
  const help = () => {
    for (const handle of box.querySelectorAll(":is(.noUi-handle, .ui-slider-handle):not([aria-label])")) {
      const slider = handle.closest(".widget-slider");
      const name = slider.querySelector(".widget-label").textContent;
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-label", name);
      keepKeys(handle);
      const number = slider.querySelector(".widget-readout"); // which one can type into
      number?.setAttribute("role", "textbox");
      number?.setAttribute("aria-label", `${name}, as a number`);
    }
    for (const handle of box.querySelectorAll(".ui-slider-handle")) { // of ipywidgets 7, which tells nobody the value
      const number = handle.closest(".widget-slider").querySelector(".widget-readout");
      if (number) handle.setAttribute("aria-valuenow", number.textContent);
    }
    for (const header of box.querySelectorAll(":is(.jupyter-widget-Collapse-header, .p-Collapse-header):not([role])")) {
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
    // Of a photograph: how its repair goes.
    box.querySelector(":scope > .widget-html .widget-html-content")?.setAttribute("aria-live", "polite");
  };
  help();
  const observer = new MutationObserver(help);
  observer.observe(box, { childList: true, subtree: true });
  return observer;
}

/** Return ipywidgets' own models of the sliders that a model names. */
function sliderModels(model) {
  const ids = model.get("sliders").map((reference) => reference.replace("IPY_MODEL_", ""));
  return Promise.all(ids.map((id) => model.widget_manager.get_model(id)));
}

/** Do some work whenever sliders move, once per frame, and help them as above; return a function that ends both. */
function followSliders(sliders, el, work) {
  let help = null;
  const update = oncePerFrame(() => {
    work();
    if (el.isConnected) help ??= helpControls(el.closest(".widget-hbox"));
  });
  sliders.forEach((slider) => slider.on("change:value", update));
  update();
  return () => {
    sliders.forEach((slider) => slider.off("change:value", update));
    help?.disconnect();
  };
}

/** The picture beside sliders: it reads the code off the sliders, without asking the kernel. */
async function renderSliders({ model, el }) {
  const sliders = await sliderModels(model);
  const picture = livePicture(model);
  const { codes } = picture;
  const move = (code) =>
    picture.atOnce(() => {
      sliders.forEach((slider, unit) => {
        slider.set("value", code[unit]);
        slider.save_changes();
      });
    });
  const button = (text, title, code) => make("button", { textContent: text, title, onclick: () => move(code()) });
  const anywhere = (slider) => slider.get("min") + Math.random() * (slider.get("max") - slider.get("min"));
  const realCode = () => {
    const first = sliders.length * Math.floor((Math.random() * codes.length) / sliders.length);
    return codes.subarray(first, first + sliders.length);
  };
  const buttons = make(
    "div",
    { className: "aelib-buttons" },
    button("Random code", "Each unit anywhere in its range", () => sliders.map(anywhere)),
    button("A real image's code", "The code of a real image, drawn at random", realCode),
    button("Reset", "The mean of the real codes", () => model.get("middle")),
  );
  el.replaceChildren(make("div", { className: "aelib-live" }, ...picture.parts, buttons));

  const stop = followSliders(sliders, el, () => picture.show(sliders.map((slider) => slider.get("value"))));
  return () => {
    stop();
    picture.stop();
  };
}

const MAP = { width: 460, height: 340 };
const SECONDS_OF_PLAY = 3;

/** Return a button for each class, of which one can be pressed; choose is called with its number, or with null. */
function makeLegend(classes, colours, choose) {
  const legend = make("div", { className: "aelib-legend" });
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Classes; press one to make it stand out");
  let chosen = null;
  const press = (label) => {
    chosen = chosen === label ? null : label;
    [...legend.children].forEach((entry, i) => entry.setAttribute("aria-pressed", String(i === chosen)));
    choose(chosen);
  };
  classes.forEach((name, label) => {
    const swatch = make("span", { className: "aelib-swatch" });
    swatch.style.backgroundColor = colours[label % colours.length];
    const entry = make("button", { onclick: () => press(label) }, swatch, name);
    entry.setAttribute("aria-pressed", "false");
    legend.append(entry);
  });
  return legend;
}

/** The map of codes: the picture follows the pointer or the arrow keys; two marked points are the ends of a walk. */
function renderExplorer({ model, el }) {
  const picture = livePicture(model);
  const points = floats(model.get("points")); // (N, 2)
  const classOf = bytes(model.get("class_of"));
  const classes = model.get("classes");
  const colours = model.get("colours");
  const axes = model.get("axes"); // two directions in the space of codes,
  const origin = model.get("origin"); // from this code on
  const [left, right, bottom, top] = model.get("bounds");

  const toCode = ([x, y]) => origin.map((value, unit) => value + x * axes[0][unit] + y * axes[1][unit]);
  const toScreen = ([x, y]) => [
    ((x - left) / (right - left)) * MAP.width,
    ((top - y) / (top - bottom)) * MAP.height,
  ];
  const inside = (value, low, high) => Math.min(Math.max(value, low), high);

  // Two canvases above each other: the points, drawn once, and the marks, drawn in each frame.
  const density = window.devicePixelRatio || 1;
  const layer = () => {
    const canvas = make("canvas", { width: MAP.width * density, height: MAP.height * density });
    canvas.getContext("2d").scale(density, density);
    return canvas;
  };
  const pointLayer = layer();
  const markLayer = layer();
  const map = make("div", { className: "aelib-map", tabIndex: 0 }, pointLayer, markLayer);
  keepKeys(map);
  map.setAttribute("role", "application"); // so that screen readers hand the arrow keys on
  map.setAttribute("aria-label", "Map of codes. Arrow keys move, with Shift further; Enter marks a point.");

  let chosen = null; // a class that the others stand back for
  function drawPoints() {
    const context = pointLayer.getContext("2d");
    context.clearRect(0, 0, MAP.width, MAP.height);
    for (let i = 0; i < points.length / 2; i++) {
      const [x, y] = toScreen(points.subarray(2 * i, 2 * i + 2));
      context.globalAlpha = chosen === null || chosen === classOf[i] ? 0.85 : 0.08;
      context.fillStyle = colours[classOf[i] % colours.length];
      context.fillRect(x - 1.5, y - 1.5, 3, 3);
    }
  }

  let marked = []; // none, one or two points
  function drawMarks() {
    const context = markLayer.getContext("2d");
    const ends = marked.map(toScreen);
    const [x, y] = toScreen(model.get("position"));
    const lines = new Path2D();
    if (ends.length === 2) {
      lines.moveTo(...ends[0]);
      lines.lineTo(...ends[1]);
    }
    ends.forEach(([endX, endY]) => lines.rect(endX - 2.5, endY - 2.5, 5, 5));
    lines.moveTo(x + 7, y);
    lines.arc(x, y, 7, 0, 2 * Math.PI);
    lines.moveTo(x - 12, y);
    lines.lineTo(x + 12, y);
    lines.moveTo(x, y - 12);
    lines.lineTo(x, y + 12);
    context.clearRect(0, 0, MAP.width, MAP.height);
    Object.assign(context, { font: "13px sans-serif", lineJoin: "round" });
    for (const [strokeStyle, lineWidth] of [["white", 4.5], ["black", 1.5]]) { // seen on a light and on a dark page
      Object.assign(context, { strokeStyle, lineWidth });
      context.stroke(lines);
      ends.forEach(([endX, endY], i) => {
        context.strokeText("AB"[i], inside(endX + 8, 0, MAP.width - 12), inside(endY - 8, 12, MAP.height));
      });
    }
  }

  const update = oncePerFrame(() => {
    drawMarks();
    picture.show(toCode(model.get("position")));
  });
  function moveTo(x, y) {
    model.set("position", [inside(x, left, right), inside(y, bottom, top)]);
    model.save_changes();
  }

  let playing = 0;
  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
  }
  function play() {
    stop();
    const [[x, y], [endX, endY]] = marked;
    let started = null;
    const frame = (now) => {
      started ??= now;
      const share = Math.min((now - started) / (1000 * SECONDS_OF_PLAY), 1);
      playing = share < 1 ? requestAnimationFrame(frame) : 0;
      moveTo(x + share * (endX - x), y + share * (endY - y));
    };
    playing = requestAnimationFrame(frame);
  }
  function mark() {
    stop();
    marked = [...(marked.length === 2 ? [] : marked), model.get("position")];
    playButton.disabled = marked.length < 2;
    hint.textContent = ["", "A is marked; click or press Enter for B.", "Play the line from A to B."][marked.length];
    update();
  }

  function follow(event) {
    const box = map.getBoundingClientRect();
    moveTo(
      left + ((event.clientX - box.left) / box.width) * (right - left),
      top - ((event.clientY - box.top) / box.height) * (top - bottom),
    );
  }
  map.onpointermove = (event) => playing || follow(event);
  map.onpointerdown = (event) => {
    stop();
    follow(event);
  };
  map.onclick = mark;
  map.onkeydown = (event) => {
    const [x, y] = model.get("position");
    const step = event.shiftKey ? 0.1 : 0.02;
    const across = step * (right - left);
    const up = step * (top - bottom);
    const action = {
      ArrowLeft: () => moveTo(x - across, y),
      ArrowRight: () => moveTo(x + across, y),
      ArrowUp: () => moveTo(x, y + up),
      ArrowDown: () => moveTo(x, y - up),
      Enter: mark,
    }[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (event.key !== "Enter") stop();
    action();
  };

  const hint = make("output", { textContent: "Click two points, or press Enter on them." });
  const playButton = make("button", { textContent: "Play A → B", disabled: true, onclick: play });
  const legend = makeLegend(classes, colours, (label) => {
    chosen = label;
    drawPoints();
  });
  const walk = make("div", { className: "aelib-buttons" }, playButton, hint);
  el.replaceChildren(
    make(
      "div",
      { className: "aelib-explorer" },
      make("div", {}, map, legend),
      make("div", { className: "aelib-live" }, ...picture.parts, walk),
    ),
  );
  model.on("change:position", update);
  drawPoints();
  update();
  return () => {
    stop();
    model.off("change:position", update);
    picture.stop();
  };
}

/** An original, and what a codec and JPEG make of it: one slider says how well, the other which picture. */
async function renderCompression({ model, el }) {
  const sliders = await sliderModels(model);
  const [quality, picture] = sliders;
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const [originals, drawn, jpegs] = ["originals", "drawn", "jpegs"].map((name) => bytes(model.get(name)));
  const count = originals.length / size;

  const frames = ["Original", "Our codec", "JPEG"].map((name) => {
    const canvas = pictureCanvas(shape, 160);
    const caption = make("output");
    const frame = make("figure", {}, make("figcaption", {}, make("b", { textContent: name })), canvas, caption);
    return { name, canvas, caption, frame };
  });
  el.replaceChildren(make("div", { className: "aelib-frames" }, ...frames.map(({ frame }) => frame)));
  return followSliders(sliders, el, () => {
    const level = quality.get("value") - 1;
    const which = picture.get("value") - 1;
    const shown = [
      [originals, which, `picture ${which + 1}`],
      [drawn, level * count + which, model.get("drawn_captions")[level][which]],
      [jpegs, level * count + which, model.get("jpeg_captions")[level][which]],
    ];
    shown.forEach(([pixels, place, text], i) => {
      const { name, canvas, caption } = frames[i];
      paint(canvas, pixels.subarray(place * size, (place + 1) * size), shape);
      caption.textContent = text;
      canvas.setAttribute("aria-label", `${name}: ${text}`);
    });
  });
}

const BRUSH_SIDE = 168; // of the picture that is drawn on, in pixels of the screen

/** Return a select element, and the label that it stands in. */
function selectBox(label, options, change) {
  const element = make("select", { onchange: change });
  options.forEach((text, value) => element.append(make("option", { textContent: text, value })));
  return { element, labelled: make("label", {}, `${label} `, element) };
}

/** Add to lines the outline of what is drawn over: the sides of pixels that are 1 beside one that is not. */
function addOutline(lines, drawn, height, width) {
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && drawn[y * width + x] === 1;
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (at(x, y) !== at(x - 1, y)) {
        lines.moveTo(x, y);
        lines.lineTo(x, y + 1);
      }
      if (at(x, y) !== at(x, y - 1)) {
        lines.moveTo(x, y);
        lines.lineTo(x + 1, y);
      }
    }
  }
}

/** Set to 1 the pixels whose middles are nearer than half the brush to the line between two points. */
function cover(drawn, height, width, broad, [startX, startY], [endX, endY]) {
  const [acrossX, acrossY] = [endX - startX, endY - startY];
  const length = acrossX ** 2 + acrossY ** 2;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [offX, offY] = [x + 0.5 - startX, y + 0.5 - startY];
      const share = length ? Math.min(Math.max((offX * acrossX + offY * acrossY) / length, 0), 1) : 0;
      const distance = Math.hypot(offX - share * acrossX, offY - share * acrossY);
      if (distance <= broad / 2) drawn[y * width + x] = 1;
    }
  }
}

/** A picture to damage by mouse, finger or keyboard, beside its repair by a network and by a classical method. */
function renderBrush({ model, el }) {
  const shape = model.get("image_shape");
  const [, height, width] = shape;
  const size = shape[0] * height * width;
  const originals = bytes(model.get("originals"));
  const kinds = model.get("kinds");
  const scale = Math.max(1, Math.floor(BRUSH_SIDE / Math.max(height, width)));

  const frames = ["Damaged (draw here)", "Network", "", "Original"].map((name) => {
    const canvas = pictureCanvas(shape, BRUSH_SIDE);
    const title = make("b", { textContent: name });
    const caption = make("output");
    return { canvas, title, caption, frame: make("figure", {}, make("figcaption", {}, title), canvas, caption) };
  });
  const [drawing, ours, rival, original] = frames;

  // Above the damaged picture: the outline of what is drawn over, and the brush.
  const density = window.devicePixelRatio || 1;
  const marks = make("canvas", { width: scale * width * density, height: scale * height * density });
  marks.getContext("2d").scale(density * scale, density * scale); // one unit is a pixel of the picture
  const area = make("div", { className: "aelib-drawing", tabIndex: 0 });
  drawing.canvas.replaceWith(area);
  area.append(drawing.canvas, marks);
  area.style.width = `${scale * width}px`;
  keepKeys(area);
  area.setAttribute("role", "application"); // so that screen readers hand the arrow keys on
  area.setAttribute("aria-label", "Picture to draw on. Arrow keys move the brush; Space puts it down and lifts it.");

  const drawn = new Uint8Array(height * width); // 1 where the brush has been
  const asText = () => drawn.join("");
  const follow = () => {
    drawn.set([...model.get("drawn")].map(Number)); // which Python, or another view of this brush, may have changed
    update();
  };
  let damaged = null; // the picture as the kernel damages it, once it has answered
  let position = [width / 2, height / 2];
  let down = false;

  const kind = selectBox("damage", kinds, () => set({ kind: kinds[Number(kind.element.value)] }));
  const count = originals.length / size;
  const names = Array.from({ length: count }, (_, i) => `${i + 1}`);
  const picture = selectBox("picture", names, () => {
    drawn.fill(0);
    damaged = null;
    set({ picture: Number(picture.element.value), drawn: asText() });
  });
  const widths = [1, 2, 3, 5, 8].filter((broad) => broad < Math.max(height, width) / 2);
  const brush = selectBox("brush", widths.map((broad) => `${broad} pixel${broad > 1 ? "s" : ""}`), () => update());
  const broad = () => widths[Number(brush.element.value)];
  brush.element.value = Math.min(2, widths.length - 1);
  const clear = make("button", {
    textContent: "Clear",
    onclick: () => {
      drawn.fill(0);
      set({ drawn: asText() });
    },
  });
  const state = make("output", { textContent: "Draw with the mouse, a finger, or arrow keys and Space." });
  const problem = make("p", { className: "aelib-problem" });
  problem.setAttribute("role", "alert");

  let timer = 0;
  /** Tell the kernel, which answers with pictures. ipywidgets sends the newest values when the kernel has time. */
  function set(values) {
    model.set(values);
    model.save_changes();
    update();
    clearTimeout(timer); // see livePicture
    timer = setTimeout(() => model.send({}), 16);
  }

  function paintDrawing() {
    const which = model.get("picture");
    const whole = originals.subarray(which * size, (which + 1) * size);
    const lost = model.get("kind") === "lost pixels";
    const pixels = Uint8Array.from(damaged ?? whole);
    for (let i = 0; i < size; i++) {
      const covered = drawn[i % (height * width)];
      if (lost && covered) pixels[i] = 0; // at once; other damage is done in the kernel
      else if (!covered) pixels[i] = whole[i];
    }
    paint(drawing.canvas, pixels, shape);
    paint(original.canvas, whole, shape);
    original.canvas.setAttribute("aria-label", `Original: picture ${which + 1}`);
  }

  function paintMarks() {
    const context = marks.getContext("2d");
    context.clearRect(0, 0, width, height);
    const lines = new Path2D();
    addOutline(lines, drawn, height, width);
    const [x, y] = position;
    lines.moveTo(x + broad() / 2, y);
    lines.arc(x, y, broad() / 2, 0, 2 * Math.PI);
    for (const [strokeStyle, lineWidth] of [["white", 2.5 / scale], ["black", 1 / scale]]) {
      Object.assign(context, { strokeStyle, lineWidth });
      context.stroke(lines);
    }
  }

  const update = oncePerFrame(() => {
    const text = asText();
    if (text !== model.get("drawn")) set({ drawn: text });
    rival.title.textContent = model.get("rivals")[kinds.indexOf(model.get("kind"))];
    kind.element.value = kinds.indexOf(model.get("kind"));
    picture.element.value = model.get("picture");
    paintDrawing();
    paintMarks();
  });

  function moveTo(next) {
    const inside = next.map((value, axis) => Math.min(Math.max(value, 0), [width, height][axis]));
    if (down) cover(drawn, height, width, broad(), position, inside);
    position = inside;
    update();
  }
  function put(isDown) {
    down = isDown;
    if (down) cover(drawn, height, width, broad(), position, position);
    state.textContent = down ? "The brush is down." : "The brush is up.";
    update();
  }

  const place = (event) => {
    const box = area.getBoundingClientRect();
    return [
      ((event.clientX - box.left - area.clientLeft) / area.clientWidth) * width,
      ((event.clientY - box.top - area.clientTop) / area.clientHeight) * height,
    ];
  };
  area.onpointerdown = (event) => {
    if (event.button) return;
    area.setPointerCapture(event.pointerId);
    down = false;
    moveTo(place(event));
    put(true);
  };
  area.onpointermove = (event) => {
    const passed = event.getCoalescedEvents?.() ?? [];
    (passed.length ? passed : [event]).forEach((each) => moveTo(place(each)));
  };
  area.onpointerup = area.onpointercancel = () => put(false);
  area.onkeydown = (event) => {
    const step = event.shiftKey ? 4 : 1;
    const [x, y] = position;
    const action = {
      ArrowLeft: () => moveTo([x - step, y]),
      ArrowRight: () => moveTo([x + step, y]),
      ArrowUp: () => moveTo([x, y - step]),
      ArrowDown: () => moveTo([x, y + step]),
      " ": () => put(!down),
      Enter: () => put(!down),
    }[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    action();
  };
  area.onblur = () => down && put(false);

  function receive(message, buffers) {
    clearTimeout(timer);
    problem.textContent = message.error ?? "";
    if (message.error) return;
    damaged = bytes(buffers[0]);
    [drawing, ours, rival].forEach(({ canvas, caption, title }, i) => {
      if (canvas !== drawing.canvas) paint(canvas, bytes(buffers[i]), shape);
      caption.textContent = message.captions[i];
      canvas.setAttribute("aria-label", `${title.textContent}: ${message.captions[i]}`);
    });
    update();
  }
  model.on("msg:custom", receive);
  model.on("change:kind change:picture", update);
  model.on("change:drawn", follow);
  const bar = make("div", { className: "aelib-buttons" }, kind.labelled, picture.labelled, brush.labelled, clear, state);
  const pictures = make("div", { className: "aelib-frames" }, ...frames.map(({ frame }) => frame));
  el.replaceChildren(make("div", { className: "aelib-tools aelib-brush" }, bar, pictures, problem));
  follow();
  model.send({ ready: true }); // asks for the first pictures
  return () => {
    clearTimeout(timer);
    model.off("msg:custom", receive);
    model.off("change:kind change:picture", update);
    model.off("change:drawn", follow);
  };
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

/** Two photographs above each other with a divider, and, where marks can be made, the marks. */
function renderPhoto({ model, el }) {
  const image = (name) => make("img", { alt: name, draggable: false });
  const [before, after] = [image("before"), image("after")];
  // Above the photographs the marks, on the side of the one before, and the pen or divider; a unit is a pixel.
  const [markLayer, penLayer] = [0, 1].map(() => document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  const area = make("div", { className: "aelib-photo", tabIndex: 0 }, before, after, markLayer, penLayer);
  keepKeys(area);
  area.setAttribute("role", "application"); // so that screen readers hand the arrow keys on
  const slider = make("input", { type: "range", min: 0, max: 100, step: 1 });
  keepKeys(slider);
  slider.setAttribute("aria-label", "Divider between before and after");
  const labelled = make("span", {}, "before ", slider, " after");
  const clear = make("button", { textContent: "Clear marks", onclick: () => set({ marks: [] }) });
  const state = make("output");
  const bar = make("div", { className: "aelib-buttons" }, labelled, clear, state);
  const addresses = {};
  const size = () => model.get("photo_size"); // height, width
  const broad = () => Math.max(2, Math.round(Math.max(...size()) / 100));
  let position = [0, 0];
  let down = false;
  let help = null;
  let stroke = null; // the mark that is being drawn: its width, and x, y of its points

  function set(values) {
    model.set(values);
    model.save_changes();
    update();
  }

  function load(element, name) {
    URL.revokeObjectURL(addresses[name] ?? "");
    const png = bytes(model.get(name));
    element.hidden = !png.length;
    if (!png.length) return;
    addresses[name] = URL.createObjectURL(new Blob([png], { type: "image/png" }));
    element.src = addresses[name];
  }

  const update = oncePerFrame(() => {
    const [height, width] = size();
    for (const layer of [markLayer, penLayer]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    area.style.aspectRatio = `${width} / ${height}`;
    const marking = model.get("marking");
    const share = model.get("divider");
    slider.value = Math.round(100 * share);
    // Left of the divider is before, right of it is after.
    after.style.clipPath = `inset(0 0 0 ${100 * share}%)`;
    markLayer.style.clipPath = after.hidden ? "" : `inset(0 ${100 - 100 * share}% 0 0)`;
    const marks = marking ? [...model.get("marks"), ...(stroke ? [stroke] : [])] : [];
    markLayer.replaceChildren(...marks.map((mark) => polyline(mark, "#D55E00")));
    const divider = outlined([width / 300, share * width, 0, share * width, height], "#E69F00");
    penLayer.replaceChildren(...(after.hidden ? [] : divider));
    if (marking) penLayer.append(...outlined([broad(), ...position], "#56B4E9"));
    clear.hidden = !marking;
    labelled.hidden = after.hidden;
    const pen = "Arrow keys move the pen; Space puts it down and lifts it.";
    const divide = "Before and after its repair. Arrow keys move the divider.";
    area.setAttribute("aria-label", `Photograph. ${marking ? pen : after.hidden ? "" : divide}`.trim());
    state.textContent = marking ? `${marks.length} mark${marks.length === 1 ? "" : "s"}. ${pen}` : "";
    if (el.isConnected) help ??= helpControls(el.closest(".widget-vbox"));
  });

  const inside = (event) => {
    const box = area.getBoundingClientRect();
    const [height, width] = size();
    return [
      Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * width,
      Math.min(Math.max((event.clientY - box.top) / box.height, 0), 1) * height,
    ].map((value) => Math.round(10 * value) / 10);
  };
  function moveTo(next) {
    const [height, width] = size();
    position = [Math.min(Math.max(next[0], 0), width), Math.min(Math.max(next[1], 0), height)];
    if (down && model.get("marking")) stroke.push(...position);
    else if (down) set({ divider: position[0] / width });
    update();
  }
  function put(isDown) {
    if (isDown && model.get("marking")) stroke = [broad(), ...position];
    if (!isDown && stroke) {
      const finished = stroke;
      stroke = null;
      set({ marks: [...model.get("marks"), finished] });
    }
    down = isDown;
    update();
  }
  area.onpointerdown = (event) => {
    if (event.button) return;
    area.setPointerCapture(event.pointerId);
    position = inside(event);
    put(true);
    moveTo(position);
  };
  area.onpointermove = (event) => moveTo(inside(event));
  area.onpointerup = area.onpointercancel = () => put(false);
  area.onblur = () => down && put(false);
  area.onkeydown = (event) => {
    const step = Math.max(...size()) / (event.shiftKey ? 10 : 100);
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey || !(way || event.key === " ")) return;
    event.preventDefault();
    if (!model.get("marking")) {
      if (way) set({ divider: Math.min(Math.max(model.get("divider") + way[0] / 50, 0), 1) });
    } else if (way) moveTo([position[0] + step * way[0], position[1] + step * way[1]]);
    else put(!down);
  };
  slider.oninput = () => set({ divider: Number(slider.value) / 100 });

  function save(message, buffers) {
    const address = URL.createObjectURL(new Blob([bytes(buffers[0])], { type: "image/png" }));
    make("a", { href: address, download: message.save }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000); // the browser may still be writing
  }
  const showBefore = () => load(before, "before");
  const showAfter = () => {
    load(after, "after");
    update();
  };
  const changes = { "change:before": showBefore, "change:after": showAfter, "msg:custom": save };
  const others = "change:photo_size change:marking change:marks change:divider";
  for (const [name, follow] of Object.entries(changes)) model.on(name, follow);
  model.on(others, update);
  el.replaceChildren(make("div", { className: "aelib-tools" }, area, bar));
  showBefore();
  showAfter();
  return () => {
    for (const [name, follow] of Object.entries(changes)) model.off(name, follow);
    model.off(others, update);
    help?.disconnect();
    Object.values(addresses).forEach((address) => URL.revokeObjectURL(address));
  };
}

/** What anywidget calls for each place where a widget is shown; what it returns is called when that place goes away. */
function render(context) {
  context.el.addEventListener("keydown", keepOwnKeys); // of the buttons
  if (context.model.get("photo_size")) return renderPhoto(context);
  if (context.model.get("kinds")) return renderBrush(context);
  if (context.model.get("originals")) return renderCompression(context);
  return context.model.get("sliders") ? renderSliders(context) : renderExplorer(context);
}

export default { render };
