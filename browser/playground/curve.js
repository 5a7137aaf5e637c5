// The curve of the loss. Both axes begin at zero.

import { make } from "../basics.js";
import { lineCanvas } from "../paint.js";

const SIZE = [520, 250]; // in pixels of the page
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 16, 14, 40]; // margins
const TICKS = 5;

/** Fill an element with a curve. Return draw({ points, average, before, name }): points are [{ seen, heldOut, learnt },
 * …], average a loss to compare with, before the points of the training before, or null, and name what the loss is
 * called.
 */
export function showCurve(element) {
  const canvas = make("canvas");
  canvas.setAttribute("role", "img");
  element.replaceChildren(canvas);
  return {
    draw(content) {
      const width = Math.min(SIZE[0], element.clientWidth || SIZE[0]);
      const fresh = lineCanvas(width, SIZE[1]);
      Object.assign(canvas, { width: fresh.width, height: fresh.height });
      canvas.style.width = `${width}px`;
      const context = canvas.getContext("2d");
      context.scale(fresh.width / width, fresh.height / SIZE[1]);
      paintCurve(context, width, getComputedStyle(element), content);
      canvas.setAttribute("aria-label", describe(content));
    },
  };
}

function describe({ points, average, name }) {
  if (!points.length) return "An empty chart: the network has not begun to learn.";
  const [first, last] = [points[0], points.at(-1)];
  return (
    `The ${name} on held-out pictures, over the number of pictures seen. It began at ${first.heldOut.toFixed(4)} ` +
    `and is ${last.heldOut.toFixed(4)} after ${last.seen.toLocaleString("en")} pictures. ` +
    `Drawing the average picture each time would have ${average.toFixed(4)}.`
  );
}

function paintCurve(context, width, style, { points, average, before, name }) {
  const colour = (which) => style.getPropertyValue(`--${which}`);
  const all = [...points.slice(1), ...(before?.slice(1) ?? [])];
  const mostSeen = Math.max(1000, ...all.map(({ seen }) => seen));
  // A network that has learnt nothing may begin above the chart: what comes then would be flat beside it.
  const highest = 1.15 * Math.max(average ?? 0.1, ...all.map(({ heldOut }) => heldOut));
  const toX = (seen) => LEFT + (seen / mostSeen) * (width - LEFT - RIGHT);
  const toY = (loss) => SIZE[1] - BOTTOM - (loss / highest) * (SIZE[1] - TOP - BOTTOM);

  Object.assign(context, { font: "13px system-ui, sans-serif", textBaseline: "middle" });
  Object.assign(context, { fillStyle: colour("text"), strokeStyle: colour("grid") });
  context.textAlign = "right";
  for (const loss of ticks(highest)) {
    line(context, [[LEFT, toY(loss)], [width - RIGHT, toY(loss)]]);
    context.fillText(String(loss), LEFT - 6, toY(loss));
  }
  context.textAlign = "center";
  for (const seen of ticks(mostSeen)) {
    const text = seen.toLocaleString("en");
    const beyond = toX(seen) + context.measureText(text).width / 2 - width; // what the edge would cut off
    context.fillText(text, toX(seen) - Math.max(beyond, 0), SIZE[1] - BOTTOM + 12);
  }
  context.fillText("pictures seen", (LEFT + width - RIGHT) / 2, SIZE[1] - 10);
  context.textAlign = "left";
  context.fillText(name, LEFT + 6, TOP / 2 + 2);
  context.textAlign = "right";
  if (average) {
    context.strokeStyle = colour("text");
    context.setLineDash([2, 3]);
    line(context, [[LEFT, toY(average)], [width - RIGHT, toY(average)]]);
    context.setLineDash([]);
    context.fillText("the average picture, each time", width - RIGHT - 4, toY(average) - 9);
  }
  context.beginPath();
  context.rect(LEFT, TOP, width - LEFT - RIGHT, SIZE[1] - TOP - BOTTOM);
  context.clip();
  const curve = (of, which) =>
    of.filter((point) => point[which] !== null).map((point) => [toX(point.seen), toY(point[which])]);
  context.lineWidth = 2;
  context.strokeStyle = colour("faint");
  if (before) line(context, curve(before, "heldOut"));
  context.strokeStyle = colour("class-1");
  context.setLineDash([6, 4]);
  line(context, curve(points, "learnt"));
  context.setLineDash([]);
  context.strokeStyle = colour("class-0");
  line(context, curve(points, "heldOut"));
}

function line(context, places) {
  context.beginPath();
  places.forEach(([x, y]) => context.lineTo(x, y));
  context.stroke();
}

/** Return round numbers from 0 to at most a highest one. */
function ticks(highest) {
  const rough = highest / TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  return Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
