import { between, bytes, floats, group, make, oncePerFrame } from "../basics.js";
import { decodedPicture } from "../decoded.js";
import { drawTwice, lineCanvas } from "../paint.js";
import { makeSurface } from "../pen.js";

const MAP = { width: 460, height: 340 }; // in pixels of the page, where that is wide enough; see .aelib-map too
const STEP = { near: 0.02, far: 0.1 }; // of an arrow key, in widths and heights of the map
const SECONDS_OF_PLAY = 3;

/** The map of codes: the picture follows the pointer or the arrow keys; two marked points are the ends of a walk. */
export function renderExplorer({ model, el }) {
  const picture = decodedPicture(model);
  const axes = model.get("axes"); // two directions in the space of codes,
  const origin = model.get("origin"); // from this code on
  const [left, right, bottom, top] = model.get("bounds");
  const toCode = ([x, y]) => origin.map((value, unit) => value + x * axes[0][unit] + y * axes[1][unit]);
  const toScreen = ([x, y]) => [
    ((x - left) / (right - left)) * MAP.width,
    ((top - y) / (top - bottom)) * MAP.height,
  ];
  const fromScreen = ([x, y]) => [
    left + (x / MAP.width) * (right - left),
    top - (y / MAP.height) * (top - bottom),
  ];

  // Two canvases above each other: the points, drawn once, and the marks, drawn in each frame.
  const points = makePoints(model, toScreen);
  const markLayer = lineCanvas(MAP.width, MAP.height);
  const map = make("div", { className: "aelib-map" }, points.layer, markLayer);
  map.setAttribute("aria-label", "Map of codes. Arrow keys move, with Shift further; Enter marks a point.");

  let marked = []; // none, one or two points
  const update = oncePerFrame(() => {
    drawMarks(markLayer.getContext("2d"), toScreen(model.get("position")), marked.map(toScreen));
    picture.show(toCode(model.get("position")));
  });
  function moveTo([x, y]) {
    model.set("position", [between(x, left, right), between(y, bottom, top)]);
    model.save_changes();
  }
  const walk = makeWalk(moveTo);
  function mark() {
    walk.stop();
    marked = [...(marked.length === 2 ? [] : marked), model.get("position")];
    playButton.disabled = marked.length < 2;
    hint.textContent = ["", "A is marked; click, tap or press Enter for B.", "Play the line from A to B."][marked.length];
    update();
  }
  const hint = make("output", { textContent: "Click or tap two points, or press Enter on them." });
  const playButton = make("button", {
    textContent: "Play A → B",
    disabled: true,
    onclick: () => walk.play(...marked),
  });

  makeSurface(map, {
    size: () => [MAP.width, MAP.height],
    point: (place) => walk.isPlaying() || moveTo(fromScreen(place)),
    press(place) {
      walk.stop();
      moveTo(fromScreen(place));
    },
    arrow([across, down], far) {
      walk.stop();
      const [x, y] = model.get("position");
      const step = far ? STEP.far : STEP.near;
      moveTo([x + step * across * (right - left), y - step * down * (top - bottom)]);
    },
    keys: { Enter: mark },
  });
  map.onclick = mark;
  const legend = makeLegend(model.get("classes"), model.get("colours"), points.choose);
  const buttons = make("div", { className: "aelib-buttons" }, playButton, hint);
  el.replaceChildren(
    make(
      "div",
      { className: "aelib-explorer" },
      make("div", {}, map, legend),
      make("div", { className: "aelib-live" }, ...picture.parts, buttons),
    ),
  );
  model.on("change:position", update);
  update();
  return () => {
    walk.stop();
    update.stop();
    model.off("change:position", update);
    picture.stop();
  };
}

/** Return a canvas with the points of real codes, and choose(label), which makes all but those of a class stand back. */
function makePoints(model, toScreen) {
  const points = floats(model.get("points")); // (N, 2)
  const classOf = bytes(model.get("class_of"));
  const colours = model.get("colours");
  const layer = lineCanvas(MAP.width, MAP.height);
  function choose(chosen) {
    const context = layer.getContext("2d");
    context.clearRect(0, 0, MAP.width, MAP.height);
    for (let i = 0; i < points.length / 2; i++) {
      const [x, y] = toScreen(points.subarray(2 * i, 2 * i + 2));
      context.globalAlpha = chosen === null || chosen === classOf[i] ? 0.85 : 0.18;
      context.fillStyle = colours[classOf[i] % colours.length];
      context.fillRect(x - 1.5, y - 1.5, 3, 3);
    }
  }
  choose(null);
  return { layer, choose };
}

/** Draw the marker at a place of the map, and the marked ends of a line: none, one, or two and the line itself. */
function drawMarks(context, [x, y], ends) {
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
  drawTwice(context, 4.5, 1.5, () => {
    context.stroke(lines);
    ends.forEach(([endX, endY], i) => {
      context.strokeText("AB"[i], between(endX + 8, 0, MAP.width - 12), between(endY - 8, 12, MAP.height));
    });
  });
}

/** Return what moves the marker along a straight line from one point to another, frame by frame. */
function makeWalk(moveTo) {
  let playing = 0;
  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
  }
  function play([x, y], [endX, endY]) {
    stop();
    let started = null;
    const frame = (now) => {
      started ??= now;
      const share = Math.min((now - started) / (1000 * SECONDS_OF_PLAY), 1);
      playing = share < 1 ? requestAnimationFrame(frame) : 0;
      moveTo([x + share * (endX - x), y + share * (endY - y)]);
    };
    playing = requestAnimationFrame(frame);
  }
  return { play, stop, isPlaying: () => playing !== 0 };
}

/** Return a button for each class, of which one can be pressed; choose is called with its number, or with null. */
function makeLegend(classes, colours, choose) {
  const legend = group("Classes; press one to make it stand out", "aelib-legend");
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
