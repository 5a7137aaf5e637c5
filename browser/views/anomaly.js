import { changed, makeDetector } from "../anomalies.js";
import { between, bytes, floats, make } from "../basics.js";
import { COLOURS, makeChart, scale, SHAPES, svg } from "../chart.js";
import { followSliders, modelsIn } from "../controls.js";
import { makeAutoencoder } from "../engine.js";
import { framedCanvas, paint } from "../paint.js";

const SIDE = 140; // of each picture, in pixels of the screen; two stand side by side on a phone
const AT_REST = { turn: 0, blur: 0, light: 1, noise: 0 }; // by the descriptions of the sliders
const CHART = { width: 340, left: 2, right: 338, top: 22, row: 46, bar: 12 };
const REACH = 3; // times as far as the alarm line lies: what the bars can show
const DIGITS = [4, 2, 2]; // of each score, behind its point

/** A picture that sliders spoil, what a network makes of it, and which of three scores ring the alarm. */
export async function renderAnomaly({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const [choice, ...changes] = sliders;
  const shape = model.get("image_shape");
  const size = shape[1] * shape[2];
  const pictures = bytes(model.get("pictures"));
  const pattern = floats(model.get("pattern"));
  const [names, lines] = [model.get("scores"), model.get("lines")];
  const look = makeLook(model, shape);
  let shown = null; // the number of the chosen picture,
  let original, before; // what it was, and its scores

  const picture = framedCanvas("Picture", shape, SIDE);
  const drawn = framedCanvas("Reconstruction", shape, SIDE);
  const alarms = alarmChart(names, lines, model.get("lowest"));
  const told = make("output");
  const reset = make("button", {
    textContent: "Reset",
    title: "The picture as it was",
    onclick() {
      changes.forEach((slider) => {
        slider.set("value", AT_REST[slider.get("description")]);
        slider.save_changes();
      });
    },
  });
  const title = make("b", { textContent: "Which alarms ring?" });
  el.replaceChildren(
    make(
      "div",
      { className: "aelib-tools aelib-anomaly" },
      make("div", { className: "aelib-buttons" }, reset),
      make("div", { className: "aelib-frames" }, picture.frame, drawn.frame),
      make("div", { className: "aelib-frames" }, make("figure", {}, make("figcaption", {}, title), alarms.chart, told)),
    ),
  );

  return followSliders(sliders, el, () => {
    const which = choice.get("value") - 1;
    if (which !== shown) {
      original = Float32Array.from(pictures.subarray(which * size, (which + 1) * size), (value) => value / 255);
      before = look(original).scores;
      shown = which;
    }
    const settings = changes.map((slider) => [slider.get("description"), slider.get("value")]);
    const spoilt = changed(original, shape, Object.fromEntries(settings), pattern);
    const { reconstruction, scores } = look(spoilt);
    paint(picture.canvas, spoilt, shape);
    paint(drawn.canvas, reconstruction, shape);
    picture.say(`picture ${which + 1}`);
    drawn.say(`error ${written(scores[0], 0)}`);
    alarms.show(scores, before);
    const texts = names.map((name, i) => `${name} ${written(scores[i], i)} (${written(before[i], i)} untouched)`);
    told.textContent = `${texts.map((text, i) => `${text}: ${verdict(scores[i], lines[i])}`).join("; ")}.`;
  });
}

/** Return a function that looks at a picture: its reconstruction, and its three scores. */
function makeLook(model, shape) {
  const { encode, decode } = makeAutoencoder(model.get("autoencoder"), floats(model.get("weights")), shape);
  const numbers = ["neighbours", "median", "above", "below"].map((name) => [name, model.get(name)]);
  const detect = makeDetector(bytes(model.get("reference")), shape, Object.fromEntries(numbers));
  return (picture) => {
    const reconstruction = decode(encode(picture));
    const error = reconstruction.reduce((sum, value, i) => sum + (value - picture[i]) ** 2, 0) / picture.length;
    const { distance, score } = detect(picture);
    return { reconstruction, scores: [error, distance, score] };
  };
}

const verdict = (score, line) => (score > line ? "alarm" : "quiet");

/** Return a score as aelib/widgets/anomaly.py writes it: "0.0123", "-1.05", and never "-0.00". */
const written = (score, i) => (Number(score.toFixed(DIGITS[i])) || 0).toFixed(DIGITS[i]);

const barTop = (i) => CHART.top + i * CHART.row + 18;

/** Return a chart of some scores, each a bar that grows from the lowest one towards its alarm line, which is at the same
 * place for all; and show(scores, before), which sets the bars, and marks those of the picture as it was.
 */
function alarmChart(names, lines, lowest) {
  const { width, left, right, top, row, bar } = CHART;
  const height = top + names.length * row + 20;
  const here = left + (right - left) / REACH;
  const chart = makeChart(width, height, `Chart of ${names.length} scores beside their alarm lines, told below it.`);
  const rows = names.map((name, i) => {
    const toX = scale(lowest[i], lines[i] > lowest[i] ? lines[i] : lowest[i] + 1, left, here);
    return scoreRow(name, i, lines[i], (score) => between(toX(score), left, right));
  });
  const across = names.map((_, i) => `M${here} ${barTop(i) - 2}v${bar + 12}`); // each bar, and no letters
  const foot = height - 5;
  chart.append(
    ...rows.map(({ part }) => part),
    svg("path", { class: "aelib-alarm", d: across.join(""), stroke: "currentColor", "stroke-dasharray": "4 3" }),
    svg("text", { x: here, y: top - 10, "text-anchor": "middle" }, "alarm line"),
    svg("path", { d: SHAPES[2], fill: "currentColor", transform: `translate(${left + 5}, ${foot - 4})` }),
    svg("text", { x: left + 14, y: foot }, "untouched; 1 normal picture in 20 is beyond the line"),
  );
  return { chart, show: (scores, before) => rows.forEach(({ show }, i) => show(scores[i], before[i])) };
}

/** Return the part of a chart that shows one score, and show(score, before). */
function scoreRow(name, i, line, toX) {
  const { left, right, bar } = CHART;
  const y = barTop(i);
  const text = svg("text", { x: left, y: y - 5 });
  const word = svg("text", { x: right, y: y - 5, "text-anchor": "end", "font-weight": "bold" });
  const shape = svg("path", {});
  const mark = svg("path", { d: SHAPES[2], fill: "currentColor" });
  function show(score, before) {
    const x = toX(score);
    text.textContent = `${name} ${written(score, i)}`;
    word.textContent = verdict(score, line);
    const end = x < right ? `H${x}v${bar}` : `H${x - 6}l6 ${bar / 2}l-6 ${bar / 2}`; // what goes beyond has a tip
    shape.setAttribute("d", `M${left} ${y}${end}H${left}z`);
    shape.setAttribute("fill", COLOURS[Number(score > line)]);
    mark.setAttribute("transform", `translate(${between(toX(before), left + 5, right - 5)}, ${y + bar + 6})`);
  }
  return { part: svg("g", {}, text, word, shape, mark), show };
}
