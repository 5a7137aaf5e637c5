import { bytes, group, make, oncePerFrame } from "../basics.js";
import { axes, COLOURS, makeChart, scale, SHAPES, shortened, svg, ticks } from "../chart.js";
import { framedCanvas, gridShape, paintGrid } from "../paint.js";

const CHART = { width: 340, height: 310, left: 34, right: 334, top: 26, bottom: 260 };
const STRIP = 62; // units at the left, for what draws nothing
const REACH = 40; // units from a point, within which a pointer chooses it
const SIDE = 480; // of a row of pictures, in pixels of the screen, where there is room
const LETTERS = 24; // of a name in the chart

/** A plane of codes, and a list of them; the one that pointer or keyboard reached last shows its pictures. */
export function renderPlane({ model, el }) {
  const codes = model.get("codes");
  const labels = model.get("labels");
  const shares = model.get("shares");
  const decibels = model.get("decibels");
  const chart = planeChart(codes, shares, decibels);
  const pictures = makePictures(model);

  function set(values) {
    model.set(values);
    model.save_changes();
  }
  const choose = (code) => code === model.get("chosen") || set({ chosen: code });
  const counts = labels.map((count, i) => {
    return make("button", { textContent: count.toLocaleString("en"), onclick: () => set({ count: i }) });
  });
  const entries = codes.map((name, code) => {
    const share = make("span");
    const reached = () => choose(code);
    // A click too, for in Safari that moves no focus.
    const handlers = { onpointermove: (event) => hasMoved(event) && reached(), onfocus: reached, onclick: reached };
    const button = make("button", handlers, make("span", { textContent: name }), " ", share);
    return { button, share };
  });
  chart.follow(choose);

  const list = group("Codes, from the one that tells most", "aelib-codes", ...entries.map(({ button }) => button));
  const state = make("output");
  const update = oncePerFrame(() => {
    const [count, chosen] = [model.get("count"), model.get("chosen")];
    counts.forEach((button, i) => button.setAttribute("aria-pressed", i === count));
    entries.forEach(({ button, share }, code) => {
      share.textContent = short(shares[code][count]);
      button.setAttribute("aria-pressed", code === chosen);
    });
    const best = codes.map((_, code) => code).sort((some, other) => shares[other][count] - shares[some][count]);
    arrange(list, best.map((code) => entries[code].button));
    chart.show(count, chosen, told(labels[count]));
    pictures.show(chosen);
    state.textContent =
      `${codes[chosen]}: ${drawing(decibels[chosen])}, tells ${short(shares[chosen][count])} of the test pictures ` +
      `with ${told(labels[count])}`;
  });

  const bar = group("Labels that the probe learns from", "aelib-buttons", "labels to learn from", ...counts);
  const panel = make("div", { className: "aelib-frames aelib-panel" }, state, ...pictures.frames);
  const choice = make("div", { className: "aelib-choice" }, chart.chart, list);
  el.replaceChildren(
    make("div", { className: "aelib-tools" }, bar, make("div", { className: "aelib-plane" }, choice, panel)),
  );
  model.on("change:count change:chosen", update);
  update();
  return () => {
    update.stop();
    model.off("change:count change:chosen", update);
  };
}

/** Return a share as aelib/widgets/plane.py writes it: ".68", "1.00". */
const short = (share) => share.toFixed(2).replace(/^0/, "");

const told = (count) => `${count.toLocaleString("en")} label${count === 1 ? "" : "s"}`;

const drawing = (level) => (level === null ? "draws nothing" : `${level.toFixed(1)} dB`);

/** Return whether the pointer itself has moved; when the page scrolls below it, for a key, it moves over things too. */
const hasMoved = ({ movementX, movementY }) => movementX !== 0 || movementY !== 0;

/** Bring the children of an element into an order, moving all but the one with the focus, which would lose it. */
function arrange(element, children) {
  const still = element.querySelector(":focus") ?? children[0];
  const place = children.indexOf(still);
  still.before(...children.slice(0, place));
  still.after(...children.slice(place + 1));
}

/** Return where all is on the chart: left, the end of the strip; places, [x, y] of each code for each number of labels;
 * and the marks of its axes, across and upward.
 */
function layOut(shares, decibels) {
  const levels = decibels.filter((level) => level !== null);
  const left = CHART.left + (levels.length < decibels.length ? STRIP : 0);
  const room = 0.06 * (Math.max(...levels) - Math.min(...levels)) || 1;
  const [low, high] = [Math.min(...levels) - room, Math.max(...levels) + room];
  const toX = scale(low, high, left, CHART.right);
  const floor = Math.max(0, Math.floor(10 * Math.min(...shares.flat()) - 0.1) / 10); // tenths
  const ceiling = Math.min(1, Math.ceil(10 * Math.max(...shares.flat()) + 0.1) / 10);
  const toY = scale(floor, ceiling, CHART.bottom, CHART.top);
  const places = decibels.map((level, code) => {
    const x = level === null ? CHART.left + STRIP / 2 : toX(level);
    return shares[code].map((share) => [x, toY(share)]);
  });
  const across = ticks(low, high, 6).map((level) => [toX(level), level]);
  const upward = ticks(floor, ceiling, 8).map((share) => [toY(share), short(share).replace(/0$/, "")]);
  return { left, places, across, upward };
}

/** Return a chart of all codes; show(count, chosen, labels), which moves them to their shares with so many labels and
 * names one; and follow(choose), which has a pointer choose the code that is nearest to it.
 */
function planeChart(codes, shares, decibels) {
  const { width, height, top, bottom, right } = CHART;
  const { left, places, across, upward } = layOut(shares, decibels);
  let shown = 0; // the number of labels, by its place

  const chart = makeChart(width, height, "");
  const title = svg("text", { x: 2, y: 12 });
  const ink = { stroke: "currentColor", fill: "none" };
  const strip = svg("path", { d: `M${left} ${top}V${bottom}`, "stroke-dasharray": "3 3", ...ink });
  const words = ["draws", "nothing"].map((word, line) => {
    return svg("text", { x: CHART.left + STRIP / 2, y: bottom + 16 + 12 * line, "text-anchor": "middle" }, word);
  });
  const points = codes.map((_, code) => {
    const isMute = decibels[code] === null;
    return svg("path", { class: "aelib-moving", d: SHAPES[Number(isMute)], fill: COLOURS[Number(isMute)] });
  });
  const name = svg("text", { class: "aelib-halo" });
  const mark = svg("g", { class: "aelib-moving" }, svg("circle", { r: 7.5, "stroke-width": 2, ...ink }), name);
  chart.append(
    axes(CHART, across, upward),
    svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "PSNR of what it draws, in dB"),
    title,
    ...(left > CHART.left ? [strip, ...words] : []),
    ...points,
    mark,
  );

  function show(count, chosen, labels) {
    shown = count;
    title.textContent = `test pictures told right, with ${labels}`;
    chart.setAttribute("aria-label", `Plane of ${codes.length} codes: ${title.textContent}. The list has their shares.`);
    points.forEach((point, code) => move(point, places[code][count]));
    const [x, y] = places[chosen][count];
    move(mark, [x, y]);
    name.textContent = shortened(codes[chosen], LETTERS);
    const isLeft = x > (CHART.left + right) / 2; // its name is
    name.setAttribute("x", isLeft ? -11 : 11);
    name.setAttribute("y", y < top + 20 ? 15 : -7);
    name.setAttribute("text-anchor", isLeft ? "end" : "start");
  }
  function follow(choose) {
    chart.onpointermove = (event) => hasMoved(event) && point(event);
    chart.onpointerdown = point;
    function point({ clientX, clientY }) {
      const box = chart.getBoundingClientRect();
      const pointer = [((clientX - box.left) / box.width) * width, ((clientY - box.top) / box.height) * height];
      const far = places.map((of) => Math.hypot(of[shown][0] - pointer[0], of[shown][1] - pointer[1]));
      const nearest = far.indexOf(Math.min(...far));
      if (far[nearest] <= REACH) choose(nearest);
    }
  }
  return { chart, show, follow };
}

const move = (element, [x, y]) => (element.style.transform = `translate(${x}px, ${y}px)`);

/** Return frames for the originals, what a code draws of them, and their neighbours; show(code) fills them. */
function makePictures(model) {
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const [originals, drawn, neighbours] = ["pictures", "drawn", "neighbours"].map((trait) => bytes(model.get(trait)));
  const [columns, rows] = [originals.length / size, model.get("nearest")];
  const decibels = model.get("decibels");
  const framed = (name, rows) => {
    const frame = framedCanvas(name, gridShape(shape, rows, columns), SIDE);
    frame.canvas.classList.add("aelib-grid");
    return frame;
  };
  const original = framed("Originals", 1);
  const own = framed("What the code draws of them", 1);
  const near = framed("Their nearest training pictures", rows);
  const part = (pixels, rows, place) => {
    const length = rows * columns * size;
    return pixels.subarray(place * length, (place + 1) * length);
  };
  paintGrid(original.canvas, originals, shape, columns);
  original.say(`${columns} picture${columns === 1 ? "" : "s"}`);

  function show(code) {
    const name = model.get("codes")[code];
    const { canvas } = own;
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    if (decibels[code] !== null) {
      const place = decibels.slice(0, code).filter((level) => level !== null).length;
      paintGrid(canvas, part(drawn, 1, place), shape, columns);
    }
    own.say(`${name}: ${drawing(decibels[code])}`);
    paintGrid(near.canvas, part(neighbours, rows, code), shape, columns);
    near.say(`by the code of ${name}`);
  }
  return { frames: [original.frame, own.frame, near.frame], show };
}
