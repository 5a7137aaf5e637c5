import { between, bytes, download, group, make, oncePerFrame } from "../basics.js";
import { listenToKernel } from "../kernel.js";
import { makeLoader } from "../loader.js";
import { drawTwice, framedCanvas, lineCanvas, paint } from "../paint.js";
import { makePen, makeSurface } from "../pen.js";

const SIDE = 320; // of the paper, in pixels of the screen
const SMALL = 96; // of each of the answers beside it
const SAVED = 640; // of a picture that is saved, in its own pixels
const PEN = { seen: 1.3, shown: 0.8 }; // widths in pixels of the picture: as the networks see it, and on the screen
const RUBBER = 4;
const DOT = 3; // pixels along the side of a dot of colour, as in aelib.translation
const STEP = { near: 0.5, far: 3 }; // of an arrow key, in pixels of the picture
// Names and colours of the dots on the palette.
const PALETTE = {
  red: "#dd2c2c", orange: "#f58220", yellow: "#fcc21b", green: "#5aa746", blue: "#2f9bd8", navy: "#304a9c",
  purple: "#9356a8", pink: "#ee6ea8", "light skin": "#f7d7c4", "dark skin": "#8d5a3c", brown: "#6b4226", grey: "#9a9a9a",
  black: "#2b2b2b", white: "#ffffff",
};

/** Paper to sketch on by mouse, finger, pen or keyboard, and the picture that a network makes of it at each stroke. */
export function renderSketch({ model, el }) {
  const shape = model.get("image_shape");
  const [, height, width] = shape;
  const area = height * width;
  const scale = SIDE / Math.max(height, width);
  const names = model.get("names");
  const templates = bytes(model.get("templates"));
  const loader = makeLoader(model);
  let tool = "pen"; // or "rubber", or a colour
  let line = null; // the mark that is being drawn
  const marks = () => [...model.get("marks"), ...(line ? [line] : [])];

  // The paper: what the network paints, smoothly enlarged, and above it, as sharp as the screen, what has been drawn.
  const painted = make("canvas", { width, height });
  const drawing = lineCanvas(width, height, scale);
  const paper = make("div", { className: "aelib-drawing aelib-paper" }, painted, drawing);
  paper.style.width = `${scale * width}px`;
  paper.style.aspectRatio = `${width} / ${height}`;
  const small = make("canvas", { width, height }); // the ink, as large as the networks see it
  const answers = [
    { dots: false, network: 0, ...framedCanvas("Without the dots", shape, SMALL) },
    { dots: true, network: 0, ...framedCanvas("With your dots", shape, SMALL) },
    { dots: true, network: 1, ...framedCanvas("Rival", shape, SMALL) },
  ].filter(({ network }) => network < model.get("networks").length);
  answers.forEach(({ say }) => say(""));
  const beside = make("div", { className: "aelib-frames", hidden: true }, ...answers.map(({ frame }) => frame));

  const tools = [toolButton("pen", "Pencil"), toolButton("rubber", "Rubber")];
  const colours = Object.entries(PALETTE).map(([name, colour]) => toolButton(colour, name));
  const any = make("input", { type: "color", value: "#40c0a0", title: "A dot of any colour" });
  any.setAttribute("aria-label", "A dot of any colour");
  any.oninput = any.onclick = () => choose(any.value);
  function toolButton(name, title) {
    const isColour = name.startsWith("#");
    const button = make("button", { textContent: isColour ? "" : title, title: isColour ? `Dot of ${title}` : title });
    if (isColour) {
      button.className = "aelib-dot";
      button.style.backgroundColor = name;
      button.setAttribute("aria-label", button.title);
    }
    button.onclick = () => choose(name);
    return { name, button };
  }
  function choose(name) {
    pen.lift(); // a line is drawn by one tool
    tool = name;
    for (const { name, button } of [...tools, ...colours]) button.setAttribute("aria-pressed", name === tool);
    update();
  }

  function set(values) {
    model.set(values);
    model.save_changes();
    update();
  }
  const keep = (mark) => set({ marks: [...model.get("marks"), mark] });
  function undo() {
    pen.lift();
    set({ marks: model.get("marks").slice(0, -1) });
  }
  const choice = make("select", {}, ...["blank paper", ...names].map((name, value) => make("option", { textContent: name, value })));
  choice.onchange = () => set({ template: Number(choice.value), marks: [] });
  const showLines = checkBox("lines", true);
  const showAll = checkBox("all answers", false);
  function checkBox(name, checked) {
    const box = make("input", { type: "checkbox", checked, onchange: () => update() });
    return { box, label: make("label", {}, box, ` ${name}`) };
  }
  const button = (textContent, onclick, title = "") => make("button", { textContent, title, onclick });
  const undoing = button("Undo", undo, "Take the last mark back");
  const clear = button("Clear", () => set({ marks: [], template: 0 }), "Blank paper");
  const saving = button("Save as PNG", save);
  const state = make("output");

  const size = () => [width, height];
  const pen = makePen({
    size,
    draw(from, to) {
      line ??= [tool, ...rounded(from)];
      line.push(...rounded(to));
    },
    put(isDown) {
      if (!isDown && line) {
        const mark = line;
        line = null;
        keep(mark);
      }
    },
    changed: () => update(),
  });
  pen.position = [width / 2, height / 2];
  const isDot = () => tool.startsWith("#");
  const drop = () => keep([tool, ...rounded(pen.position)]);
  const act = () => (isDot() ? drop() : pen.toggle());
  makeSurface(paper, {
    size,
    point: pen.follow,
    press(place) {
      pen.lift(); // where a key has put it down
      if (!isDot()) return pen.press(place);
      pen.moveTo(place);
      drop();
    },
    release: pen.lift,
    arrow: (way, far) => pen.moveBy(way, far ? STEP.far : STEP.near),
    keys: { " ": act, Enter: act, Backspace: undo, Delete: undo },
  });

  const dots = () => marks().filter(([kind]) => kind.startsWith("#"));
  /** Draw the ink on a canvas, a unit of which is a pixel of the picture, with a pen of a width. */
  function drawInk(context, broad) {
    context.clearRect(0, 0, width, height);
    if (model.get("template")) context.drawImage(templateCanvas(), 0, 0, width, height);
    for (const [kind, ...places] of marks()) {
      if (kind.startsWith("#")) continue;
      context.globalCompositeOperation = kind === "rubber" ? "destination-out" : "source-over";
      drawLine(context, places, kind === "rubber" ? RUBBER : broad);
    }
    context.globalCompositeOperation = "source-over";
  }
  function templateCanvas() {
    const canvas = make("canvas", { width, height });
    const image = new ImageData(width, height);
    const lines = templates.subarray((model.get("template") - 1) * area, model.get("template") * area);
    lines.forEach((isInk, i) => (image.data[4 * i + 3] = 255 * isInk));
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }

  /** Return the sketch, (4, H, W): red, green and blue from 0 to 255, and 1 where no dot tells the colour. */
  function sketch(withDots) {
    const context = small.getContext("2d", { willReadFrequently: true });
    drawInk(context, PEN.seen);
    const { data } = context.getImageData(0, 0, width, height);
    const values = new Uint8Array(4 * area).fill(1, 3 * area);
    for (let i = 0; i < area; i++) values[i] = values[i + area] = values[i + 2 * area] = 255 - data[4 * i + 3];
    for (const [colour, x, y] of withDots ? dots() : []) {
      const left = between(Math.floor(x) - 1, 0, width - DOT);
      const top = between(Math.floor(y) - 1, 0, height - DOT);
      const levels = [...[1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16)), 0];
      for (let i = 0; i < DOT * DOT; i++) {
        const place = (top + Math.floor(i / DOT)) * width + left + (i % DOT);
        levels.forEach((level, channel) => (values[channel * area + place] = level));
      }
    }
    return values;
  }

  /** Return what a network makes of a sketch, floats in [0, 1]; null while its weights are on their way. */
  function answer(which, values) {
    const network = loader.network(model.get("networks")[which], [4, height, width]);
    if (!network) return null;
    return network(Float32Array.from(values, (value, i) => (i < 3 * area ? value / 255 : value)));
  }

  function drawPaper() {
    const context = drawing.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (showLines.box.checked) drawInk(context, PEN.shown);
    for (const [colour, x, y] of dots()) drawDot(context, colour, [x, y], scale);
    const [x, y] = pen.position;
    const cursor = new Path2D();
    cursor.arc(x, y, isDot() ? DOT / 2 : (tool === "rubber" ? RUBBER : PEN.shown) / 2, 0, 2 * Math.PI);
    drawTwice(context, 2.5 / scale, 1 / scale, () => context.stroke(cursor));
  }

  const update = oncePerFrame(() => {
    drawPaper();
    const drawn = sketch(true);
    const isBlank = !model.get("template") && !marks().length;
    const picture = isBlank ? new Float32Array(3 * area).fill(1) : answer(0, drawn);
    if (picture) paint(painted, picture, shape);
    beside.hidden = !showAll.box.checked;
    if (!beside.hidden) {
      for (const { dots, network, canvas } of answers) {
        const isPainted = isBlank || (dots && !network);
        const own = isPainted ? picture : answer(network, dots ? drawn : sketch(false));
        if (own) paint(canvas, own, shape);
      }
    }
    choice.value = model.get("template");
    undoing.disabled = !model.get("marks").length;
    tell(picture);
    if (!line && !same(drawn, model.get("drawn"))) {
      model.set("drawn", new DataView(drawn.buffer));
      model.save_changes();
    }
  });

  function tell(picture) {
    const how = isDot() ? "Click, tap, or press Space, to drop a dot." : "Draw; or press Space, and arrow keys.";
    state.textContent = picture ? how : "The network is on its way.";
    const count = model.get("marks").length;
    paper.setAttribute(
      "aria-label",
      `Paper with ${count} mark${count === 1 ? "" : "s"}, coloured by a network. Arrow keys move the ${isDot() ? "dot" : tool}; ` +
        `Space ${isDot() ? "drops it" : "puts it down and lifts it"}; Backspace takes the last mark back.`,
    );
  }

  /** Save the picture, with the lines if they are shown, larger than it is. */
  function save() {
    const factor = SAVED / Math.max(height, width);
    const canvas = make("canvas", { width: factor * width, height: factor * height });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.scale(factor, factor);
    context.drawImage(painted, 0, 0);
    if (showLines.box.checked) {
      const lines = lineCanvas(width, height, factor);
      drawInk(lines.getContext("2d"), PEN.shown);
      context.drawImage(lines, 0, 0, width, height);
    }
    canvas.toBlob((blob) => download(blob, "sketch.png"));
  }

  const kernel = listenToKernel(model, (message, buffers) => loader.take(message, buffers) && update());
  model.on("change:marks change:template", update);
  const drawBar = bar("Draw", ...tools.map(({ button }) => button), undoing, clear);
  const palette = bar("Drop a dot of colour", ...colours.map(({ button }) => button), any);
  const rest = bar("Picture", make("label", {}, "start from ", choice), showLines.label, showAll.label, saving, state);
  const pictures = make("div", { className: "aelib-sketch" }, paper, beside);
  el.replaceChildren(make("div", { className: "aelib-tools" }, drawBar, palette, pictures, rest, kernel.problem));
  choose("pen");
  return () => {
    update.stop();
    kernel.stop();
    model.off("change:marks change:template", update);
  };
}

const bar = (name, ...parts) => group(name, "aelib-buttons", ...parts);

const rounded = (place) => place.map((value) => Math.round(100 * value) / 100);

const same = (values, view) => view?.byteLength === values.length && bytes(view).every((value, i) => value === values[i]);

/** Draw a line through places, x and y of each, with round ends; one place is a dot. */
function drawLine(context, [x, y, ...others], lineWidth) {
  Object.assign(context, { lineWidth, lineCap: "round", lineJoin: "round", strokeStyle: "black" });
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 0.01, y); // a dot has a length, too
  for (let i = 0; i < others.length; i += 2) context.lineTo(others[i], others[i + 1]);
  context.stroke();
}

/** Draw a dot of colour with a line around it that is seen on any colour. */
function drawDot(context, colour, [x, y], scale) {
  const circle = new Path2D();
  circle.arc(x, y, 0.7, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill(circle);
  drawTwice(context, 2.5 / scale, 1 / scale, () => context.stroke(circle));
}
