// The page on which an autoencoder learns while one watches: what stands in site/playground.html comes alive here.

import { showCurve } from "./curve.js";
import { FEWEST, makeDrawings, SIDE } from "./drawings.js";
import { showMap } from "./map.js";
import { showPairs } from "./pairs.js";
import { loadSheet, sheetOfDrawings } from "./sheets.js";
import { showSliders } from "./sliders.js";

const LOSS_NAMES = {
  squared: "mean squared error per pixel",
  absolute: "mean absolute error per pixel",
  "cross-entropy": "mean cross-entropy per pixel, in nats",
};
const SOON = 300; // milliseconds that may pass without a word
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const HOW_MANY = ["no", "one number", "two numbers"];

const part = (id) => document.getElementById(id);
const form = part("settings");
const curve = showCurve(part("curve"));
const drawings = makeDrawings({
  pad: part("pad"), keep: part("keep"), wipe: part("wipe"), kept: part("kept"), tell, changed: prepare,
});

let sheet = null; // of the pictures that are chosen
let views = null; // pairs, map and sliders
let training = null; // a worker, whether it runs, what it reported
let before = null; // the training before, for its curve
let trainings = 0;
let asked = 0; // how often pictures were asked for: only the last that were asked for are wanted
let followed = 0; // the place in sheet.shown of the picture whose code the sliders have; null once they are pulled

/** Return what the reader has chosen. */
function settings() {
  const { pictures, codeSize, hidden, loss } = Object.fromEntries(new FormData(form));
  return { pictures, codeSize: Number(codeSize), hidden: hidden ? hidden.split(",").map(Number) : [], loss };
}

/** Make everything ready for a new training: one that has learnt nothing. */
async function prepare() {
  const chosen = settings();
  endTraining(chosen);
  describe(chosen);
  sheet = null; // nobody may start with other pictures than those that are chosen
  const turn = ++asked;
  const waiting = setTimeout(() => tell("The pictures are loading."), SOON);
  try {
    const loaded = await sheetFor(chosen);
    if (turn !== asked) return;
    sheet = loaded;
    showSheet(chosen);
    tell("Ready. Press Start, and what is below fills as it learns.");
  } catch (error) {
    if (turn !== asked) return;
    views = null;
    for (const id of ["pairs", "map", "legend", "decoded", "sliders"]) part(id).replaceChildren();
    tell(error.message);
  } finally {
    clearTimeout(waiting);
  }
}

/** Return the pictures; throw an error that can be shown to the reader where there are none, or too few. */
async function sheetFor({ pictures }) {
  if (pictures !== "drawings") return loadSheet(pictures);
  const missing = FEWEST - drawings.length;
  if (missing > 0) throw new Error(`Draw ${missing} more, to have something to learn from. Twenty are better.`);
  return sheetOfDrawings(drawings, SIDE);
}

function showSheet({ codeSize }) {
  followed = 0;
  const pairs = showPairs(part("pairs"), sheet, follow);
  const map = showMap(part("map"), part("legend"), sheet, (code) => {
    letGo();
    views.sliders.go(code);
    map.mark(code);
  });
  const sliders = showSliders(part("decoded"), part("sliders"), sheet, codeSize, (code) => {
    letGo();
    map.mark(code);
  });
  views = { pairs, map, sliders };
  pairs.mark(followed);
}

/** Let the sliders have the code of a picture in the first row, also when that changes as the network learns. */
function follow(place) {
  followed = place;
  views.pairs.mark(place);
  if (training?.last) showCode();
}

function letGo() {
  followed = null;
  views.pairs.mark(null);
}

function showCode() {
  const { codes, codeSize } = training.last;
  const first = sheet.shown[followed] * codeSize;
  const code = [...codes.subarray(first, first + codeSize)];
  views.sliders.go(code);
  views.map.mark(code);
}

/** Say what the settings mean. */
function describe({ pictures, codeSize, hidden, loss }) {
  part("codeSize").value = codeSize;
  const sizes = [SIDE ** 2, ...hidden, codeSize, ...[...hidden].reverse(), SIDE ** 2];
  const weights = sizes.slice(1).reduce((sum, outputs, i) => sum + (sizes[i] + 1) * outputs, 0);
  part("sizes").textContent =
    `From picture to code and back: ${sizes.join(" → ")} numbers, ` +
    `joined by ${weights.toLocaleString("en")} weights. They begin at random, and they are what it learns.`;
  part("drawing").hidden = pictures !== "drawings";
  part("drawn").textContent = `${drawings.length || "No"} drawing${drawings.length === 1 ? "" : "s"} so far.`;
  document.querySelectorAll(".howMany").forEach((text) => {
    text.textContent = HOW_MANY[codeSize] ?? `${codeSize} numbers`;
  });
  part("aboutMap").textContent = aboutMap(pictures, codeSize);
  part("aboutLoss").textContent =
    `The solid curve is the loss, a ${LOSS_NAMES[loss]}, on pictures that the network never learns from; ` +
    "the dashed one, on those it has just learnt from. The dotted line is what you would reach by drawing the " +
    "average picture every time. " +
    (loss === "cross-entropy"
      ? "Lower is better, but by this measure even a perfect copy of a grey pixel costs something. "
      : "At zero, every copy would be perfect. ") +
    "A round, or epoch, is once through all pictures to learn from.";
  drawCurve(loss);
}

function aboutMap(pictures, codeSize) {
  const place = {
    1: "One number is a line: a picture's number says how far to the right it lies. Up and down only spreads them out.",
    2: "Each picture that the network never learns from lies where its two numbers say.",
  };
  const whose =
    pictures === "clothes"
      ? "Nobody tells the network what a picture shows; the colours are for you. Will the shoes find each other?"
      : "Which pictures will become neighbours?";
  return (
    (place[codeSize] ??
      `A code of ${codeSize} numbers has no flat map. Here you look at it from the side on which the codes spread ` +
        "most: along their two principal directions.") +
    ` ${whose} Move the marker, and the network draws what belongs there.`
  );
}

/** Stop a training, and remember its curve where that of the next one can be compared with it. */
function endTraining(chosen) {
  if (training) {
    training.worker.terminate();
    if (training.points.length > 1) before = training;
    training = null;
  }
  if (before && (before.pictures !== chosen.pictures || before.loss !== chosen.loss)) before = null;
  part("start").textContent = "Start";
  for (const figure of ["epochs", "speed", "loss"]) part(figure).textContent = "–";
  part("left").textContent = "";
}

async function startOrPause() {
  if (training) return run(!training.running);
  if (!sheet) await prepare();
  if (!sheet || training) return;
  const chosen = settings();
  const address = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" })); // WORKER: see build.js
  const worker = new Worker(address);
  training = { ...chosen, worker, running: false, points: [], last: null };
  const mine = training;
  worker.onmessage = ({ data }) => training === mine && show(data);
  worker.onerror = () => tell("The network stopped with an error. Press Reset to try again.");
  const { images, heldOut, side, shift, shown } = sheet;
  worker.postMessage({ begin: { ...chosen, images, heldOut, side, shift, shown, seed: ++trainings } });
  run(true);
  const below = part("pairs").getBoundingClientRect().bottom > window.innerHeight;
  // What there is to see first.
  if (below) part("redrawn").scrollIntoView({ behavior: calm.matches ? "auto" : "smooth" });
}

function run(running) {
  training.running = running;
  training.worker.postMessage({ run: running });
  part("start").textContent = running ? "Pause" : "Go on";
  tell(running ? "Learning." : "Paused. Pull its numbers, or go on.");
}

/** Show what the worker reports. */
function show({ seen, seconds, learnt, heldOut, average, codes, pictures, decoder, isFast }) {
  const { points, codeSize, loss } = training;
  training.last = { codes, codeSize };
  training.average = average;
  points.push({ seen, heldOut, learnt });
  part("epochs").textContent = ((seen * sheet.side ** 2) / sheet.images.length).toFixed(1);
  part("speed").textContent = seconds ? Math.round(seen / seconds).toLocaleString("en") : "–";
  part("loss").textContent = heldOut.toFixed(4);
  const share = `${Math.round((100 * heldOut) / average)} %`;
  // A perfect copy has a cross-entropy above zero, so that a share of it would say nothing.
  if (loss !== "cross-entropy") part("left").textContent = `The error is ${share} of what drawing the average picture would give.`;
  if (!isFast) part("slow").hidden = false;
  views.pairs.show(pictures);
  views.map.show(codes, codeSize);
  views.sliders.learn(decoder, codes);
  if (followed === null) views.map.mark(views.sliders.code());
  else showCode();
  drawCurve(loss);
}

function drawCurve(loss) {
  curve.draw({
    points: training?.points ?? [],
    average: training?.average ?? before?.average,
    before: before?.points,
    name: LOSS_NAMES[loss],
  });
}

/** Say something, aloud too, where a screen reader reads; but the same thing only once. */
function tell(text) {
  if (part("said").textContent !== text) part("said").textContent = text;
}

/** Redraw what was drawn in the colours, or in the width, of before. */
function redraw() {
  drawCurve(settings().loss);
  views?.map.draw();
}

function begin() {
  part("playground").hidden = false;
  form.oninput = prepare;
  form.onsubmit = (event) => event.preventDefault();
  part("start").onclick = startOrPause;
  part("reset").onclick = prepare;
  let wasRunning = false;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) wasRunning = Boolean(training?.running);
    if (wasRunning) run(!document.hidden); // who does not watch needs no warm telephone
  });
  window.addEventListener("resize", redraw);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  // Who saves data gets the pictures with Start.
  if (navigator.connection?.saveData) describe(settings());
  else prepare();
}

if (window.Worker && window.DecompressionStream) begin();
