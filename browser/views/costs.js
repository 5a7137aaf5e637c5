import { group, make, oncePerFrame } from "../basics.js";
import { axes, COLOURS, makeChart, scale, SHAPES, svg } from "../chart.js";
import { costsOf, grouped, inUnits, timeOf, timesAsFast, written } from "../costs.js";

const MEASURED = "as measured"; // the speed or bandwidth of the plan itself
const CHART = { width: 340, height: 214, left: 44, right: 332, top: 24, bottom: 174 };
const TOLD = [2, 32]; // numbers of workers of which the chart is told in words, beside the largest
const GAP = 1.5; // units between the parts of a bar, to tell them apart without their colours
const MOST_PRICE = 1e6;
// The sliders: the traits, what they are called, and how their values are written.
const SLIDERS = [
  ["pictures", "pictures", grouped],
  ["size", "size of each", (value) => `${value} × ${value}`],
  ["workers", "workers", grouped],
  ["batch", "batch of each", grouped],
  ["accumulate", "accumulation", (value) => `× ${value}`],
];

/** Controls for a training that somebody plans, what it costs, and a chart of the time that workers spend sending. */
export function renderCosts({ model, el }) {
  const plans = model.get("plans");
  const measured = () => plans.find(({ name }) => name === model.get("network"));
  function set(trait, value) {
    model.set(trait, value);
    model.save_changes();
  }
  const choice = (trait, name, entries) => makeChoice(name, entries, (value) => set(trait, value));
  const numbers = (trait) => new Map([[MEASURED, measured()[trait]], ...model.get(`${trait}s`)]);
  const entries = (trait, unit) => () => [...numbers(trait)].map(([name, value]) => [name, `: ${inUnits(value, unit)}`]);
  const network = choice("network", "network", () => plans.map(({ name }) => [name, ""]));
  const speed = choice("speed", "speed of each", entries("speed", "FLOP/s"));
  const bandwidth = choice("bandwidth", "bandwidth", entries("bandwidth", "B/s"));
  const [pictures, size, workers, batch, accumulate] = SLIDERS.map(([trait, name, write]) =>
    makeSlider(name, model.get("stops")[trait], write, (value) => set(trait, value)),
  );
  const price = makePrice((value) => set("price", value));
  const sharded = makeTick("sharded (FSDP)", (value) => set("sharded", value));
  const controls = { network, pictures, size, workers, speed, bandwidth, price, batch, accumulate, sharded };
  const traits = Object.keys(controls);

  const results = makeResults();
  const shares = sharesChart(model.get("stops").workers);
  const update = oncePerFrame(() => {
    const settings = Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
    const chosen = (trait) => numbers(trait).get(settings[trait]);
    const plan = { ...measured(), ...settings, speed: chosen("speed"), bandwidth: chosen("bandwidth") };
    traits.forEach((trait) => controls[trait].show(settings[trait]));
    results.show(plan);
    shares.show(plan);
  });

  network.line.hidden = plans.length === 1;
  const settings = group("The plan", "aelib-settings", ...traits.map((trait) => controls[trait].line));
  const chart = make("figure", {}, make("figcaption", {}, shares.title), shares.chart);
  const answers = make("div", { className: "aelib-frames" }, results.list, chart);
  el.replaceChildren(make("div", { className: "aelib-tools aelib-costs" }, settings, answers));
  const changes = traits.map((trait) => `change:${trait}`).join(" ");
  model.on(changes, update);
  update();
  return () => {
    update.stop();
    model.off(changes, update);
  };
}

const makeLine = (name, control, ...after) =>
  make("div", {}, make("label", {}, make("span", { textContent: name }), control), ...after);

/** Return a list to choose from, whose entries, of a name and what is said of it, may change. */
function makeChoice(name, entries, choose) {
  const select = make("select", { onchange: () => choose(select.value) });
  function show(chosen) {
    const found = entries();
    while (select.options.length < found.length) select.append(make("option"));
    found.forEach(([value, said], i) => Object.assign(select.options[i], { value, textContent: value + said }));
    select.value = chosen;
  }
  return { line: makeLine(name, select), show };
}

/** Return a slider that goes from one of some stops to the next. */
function makeSlider(name, stops, write, choose) {
  const slider = make("input", { type: "range", min: 0, max: stops.length - 1, step: 1 });
  const said = make("span");
  said.setAttribute("aria-hidden", "true"); // the slider tells it
  slider.oninput = () => choose(stops[slider.value]);
  function show(value) {
    const away = stops.map((stop) => Math.abs(stop - value)); // Python can set what is between them
    slider.value = away.indexOf(Math.min(...away));
    said.textContent = write(value);
    slider.setAttribute("aria-valuetext", said.textContent);
  }
  return { line: makeLine(name, slider, said), show };
}

/** Return a field for a price; what is none goes no further. */
function makePrice(choose) {
  const field = make("input", { type: "number", min: 0, max: MOST_PRICE, step: "any" });
  const isPrice = () => field.valueAsNumber >= 0 && field.valueAsNumber <= MOST_PRICE;
  let shown = 0;
  const mark = () => field.setAttribute("aria-invalid", !isPrice());
  field.oninput = () => {
    mark();
    if (isPrice()) choose(field.valueAsNumber);
  };
  field.onblur = () => show(shown); // what is no price goes
  function show(price) {
    shown = price;
    if (isPrice() ? field.valueAsNumber !== price : field !== document.activeElement) field.value = price;
    mark();
  }
  return { line: makeLine("hourly price of each", field), show };
}

/** Return a box to tick. */
function makeTick(name, choose) {
  const box = make("input", { type: "checkbox", onchange: () => choose(box.checked) });
  return { line: makeLine(name, box), show: (isTicked) => (box.checked = isTicked) };
}

/** Return what tells what a plan costs, line by line; show(plan) fills it. */
function makeResults() {
  const names = ["", "cost", "memory of each", "pictures a second", "time spent sending"];
  const terms = names.map((textContent) => make("span", { textContent }));
  const texts = names.map(() => make("b"));
  const lines = terms.map((term, i) => make("div", {}, term, " ", texts[i]));
  const list = make("div", { className: "aelib-results" }, ...lines);
  list.setAttribute("role", "status");
  list.setAttribute("aria-atomic", "false"); // tell the lines that change
  function show(plan) {
    const { hours, money, memory, rate, sending } = costsOf(plan);
    const told = [timeOf(hours), written(money), inUnits(memory, "B"), written(rate), percent(sending)];
    terms[0].textContent = plan.epochs === 1 ? "time" : `time of ${plan.epochs} epochs`;
    told.forEach((text, i) => {
      if (texts[i].textContent !== text) texts[i].textContent = text; // or a screen reader would say it again
    });
  }
  return { list, show };
}

/** Return a chart of the shares of their time that some numbers of workers compute and send, and its title; show(plan)
 * fills both: it frames the plan's own number of workers, and the title tells how much faster than one they are.
 */
function sharesChart(stops) {
  const { width, height, left, right, top, bottom } = CHART;
  const title = make("b");
  const chart = makeChart(width, height, "");
  const toY = scale(0, 1, bottom, top);
  const upward = [0, 0.25, 0.5, 0.75, 1].map((share) => [toY(share), percent(share)]);

  function show(plan) {
    const { workers } = plan;
    const counts = [...new Set([...stops, workers])].sort((some, other) => some - other);
    const room = (right - left) / counts.length; // of a bar, and the gap beside it
    const computing = (count) => 1 - costsOf({ ...plan, workers: count }).sending;
    const bar = (count, frame = {}) => {
      const start = left + room * (counts.indexOf(count) + 0.1);
      const end = toY(computing(count));
      const part = (from, to, fill) => {
        return svg("path", { d: `M${start} ${from}h${0.8 * room}V${to}h${-0.8 * room}z`, fill, ...frame });
      };
      return [part(bottom, end, COLOURS[0]), part(Math.max(end - GAP, top), top, COLOURS[1])];
    };
    const across = counts.flatMap((count, i) => {
      return Number.isInteger(Math.log2(count) / 2) ? [[left + room * (i + 0.5), grouped(count)]] : [];
    });
    chart.replaceChildren(
      ...entryOf("computing: share of linear speed", COLOURS[0], 7),
      ...entryOf("sending", COLOURS[1], 270),
      axes(CHART, across, upward),
      svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "workers"),
      ...counts.flatMap((count) => bar(count)),
      ...bar(workers, { class: "aelib-own-bar", stroke: "currentColor" }),
    );
    const told = [...TOLD, stops.at(-1)].map((count) => `${grouped(count)} workers ${percent(computing(count))}`);
    chart.setAttribute("aria-label", `Chart of the time that workers compute: ${told.join(", ")}. The rest they send.`);
    title.textContent =
      workers === 1
        ? "1 worker, who has nobody to send to"
        : `${grouped(workers)} workers: ${written(timesAsFast(plan, workers))} times as fast as one`;
  }
  return { chart, title, show };
}

/** Return the parts of an entry of the legend. */
const entryOf = (text, fill, x) => [
  svg("path", { d: SHAPES[1], fill, transform: `translate(${x}, 8)` }),
  svg("text", { x: x + 8, y: 12 }, text),
];

const percent = (share) => `${(100 * share + 1e-9).toFixed(0)} %`;
