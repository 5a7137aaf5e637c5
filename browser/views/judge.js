import { bytes, make } from "../basics.js";
import { apart, axes, COLOURS, logTicks, makeChart, scale, SHAPES, shortened, svg, ticks } from "../chart.js";
import { followSliders, modelsIn } from "../controls.js";
import { framedCanvas, gridShape, paintGrid } from "../paint.js";

const SIDE = 276; // of the pictures of a stage, in pixels of the screen
const CHART = { width: 340, height: 240, left: 40, top: 10, bottom: 200 };
const LETTERS = 17; // of a judge's name beside its line
const MANY = 30; // stages, of which not each has a mark on the line
const DASHES = ["none", "7 3", "2 3"];

/** Pictures of the stage that a slider chooses, and a chart of what judges say of all of them. */
export async function renderJudge({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const shape = model.get("image_shape");
  const stages = model.get("stages");
  const pixels = bytes(model.get("pictures"));
  const size = pixels.length / stages.length; // of a stage, in bytes
  const count = size / (shape[0] * shape[1] * shape[2]);
  const columns = Math.ceil(Math.sqrt(count));

  const pictures = framedCanvas("", gridShape(shape, Math.ceil(count / columns), columns), SIDE);
  pictures.canvas.classList.add("aelib-grid");
  const scores = scoreChart(model.get("judges"), model.get("scores"));
  const title = make("b", { textContent: "Score of each stage (log axis); lower is better" });
  const chart = make("figure", {}, make("figcaption", {}, title), scores.chart);
  el.replaceChildren(make("div", { className: "aelib-frames aelib-judge" }, pictures.frame, chart));
  return followSliders(sliders, el, () => {
    const stage = sliders[0].get("value") - 1;
    paintGrid(pictures.canvas, pixels.subarray(stage * size, (stage + 1) * size), shape, columns);
    pictures.title.textContent = stages[stage];
    pictures.say(model.get("captions")[stage]);
    scores.show(stage);
  });
}

/** Return a chart of the scores of some judges, a list for each, and show(stage), which marks one of the stages. */
function scoreChart(judges, scores) {
  const { width, height, left, top, bottom } = CHART;
  const names = judges.map((name) => shortened(name, LETTERS));
  const right = width - 16 - 6.2 * Math.max(...names.map((name) => name.length));
  const [low, high] = [Math.min(...scores.flat()) / 1.2, Math.max(...scores.flat()) * 1.2];
  const count = scores[0].length;
  const toX = scale(1, count, left + 10, right - 10);
  const toLogY = scale(Math.log(low), Math.log(high), bottom, top);
  const toY = (score) => toLogY(Math.log(score));
  const across = ticks(1, count, 8).filter(Number.isInteger);

  const chart = makeChart(
    width,
    height,
    `Chart of the scores of ${count} stages by ${judges.join(", ")}, on a logarithmic axis. What it shows of a stage ` +
      `is told below the pictures.`,
  );
  const here = svg("path", { stroke: "currentColor", "stroke-dasharray": "3 3" });
  const beside = apart(scores.map((values) => toY(values[count - 1])), 14, top + 6, bottom - 6);
  const lines = scores.map((values, judge) => {
    const line = scoreLine(values.map((score, i) => [toX(i + 1), toY(score)]), judge);
    line.parts.push(svg("text", { x: right + 4, y: beside[judge] + 4 }, names[judge]));
    return line;
  });
  chart.append(
    axes(
      { left, right, top, bottom },
      across.map((stage) => [toX(stage), stage]),
      logTicks(low, high, 7).map((score) => [toY(score), inShort(score)]),
    ),
    svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "stage"),
    here,
    ...lines.flatMap(({ parts }) => parts),
  );
  function show(stage) {
    here.setAttribute("d", `M${toX(stage + 1)} ${top}V${bottom}`);
    lines.forEach(({ mark }) => mark(stage));
  }
  return { chart, show };
}

/** Return a round score in few letters, for which there is room beside the axis. */
const inShort = (score) => (score >= 1e-3 && score < 1e5 ? score : score.toExponential().replace("+", ""));

/** Return the parts of the line of a judge through places, and mark(stage), which makes one of them stand out. */
function scoreLine(places, judge) {
  const [fill, d] = [COLOURS[judge], SHAPES[judge]];
  const dashes = { "stroke-width": 2, "stroke-dasharray": DASHES[judge] };
  const line = { d: `M${places.join("L")}`, fill: "none", stroke: fill, ...dashes };
  const dots = places.length > MANY ? [] : places;
  const large = svg("path", { d, fill, stroke: "currentColor" });
  return {
    parts: [svg("path", line), ...dots.map((place) => svg("path", { d, fill, transform: `translate(${place})` })), large],
    mark: (stage) => large.setAttribute("transform", `translate(${places[stage]}) scale(1.5)`),
  };
}
