// Charts in SVG, whose lines and letters have the colour of the text around them, in light and in dark.

import { between } from "./basics.js";

// Okabe & Ito's, as in aelib/plots.py: those that are seen on white and on black.
export const COLOURS = ["#0072b2", "#d55e00", "#009e73"];
// Around 0, 0: what tells points apart beside their colours.
export const SHAPES = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-3.7-3.7h7.4v7.4h-7.4z", "M0-5l4.700 8.500h-9.400z"];

/** Return a new element of SVG with attributes and children. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return an empty chart of so many units, which are pixels where it has room for them. */
export function makeChart(width, height, name) {
  return svg("svg", { class: "aelib-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name });
}

/** Return the lines and marks of two axes; each mark is [its place, its text]. */
export function axes({ left, right, top, bottom }, across, upward) {
  const lines = [`M${left} ${top}V${bottom}H${right}`, ...across.map(([x]) => `M${x} ${bottom}v4`)];
  return svg(
    "g",
    {},
    svg("path", { d: upward.map(([y]) => `M${left} ${y}H${right}`).join(""), stroke: "currentColor", opacity: 0.2 }),
    svg("path", { d: lines.join(""), stroke: "currentColor", fill: "none" }),
    ...across.map(([x, text]) => svg("text", { x, y: bottom + 16, "text-anchor": "middle" }, text)),
    ...upward.map(([y, text]) => svg("text", { x: left - 5, y: y + 4, "text-anchor": "end" }, text)),
  );
}

/** Return the function that turns numbers from low to high into places from start to end, evenly. */
export const scale = (low, high, start, end) => (value) => start + ((value - low) / (high - low)) * (end - start);

/** Return round numbers from low to high, evenly apart, so many at most, and two at least where that is three or more. */
export function ticks(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  for (const step of [1, 2, 5, 10, 20].map((digit) => digit * power)) {
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    if (count <= most) return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  }
}

/** Return round numbers between two positive ones for a logarithmic axis, so many at most. */
export function logTicks(low, high, most) {
  if (high / low < 5) return ticks(low, high, most);
  for (let pace = 1; ; pace++) {
    for (const digits of pace > 1 ? [[1]] : [[1, 2, 5], [1, 3], [1]]) {
      const found = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += pace) {
        found.push(...digits.map((digit) => Number(`${digit}e${power}`)).filter((value) => value >= low && value <= high));
      }
      if (found.length <= most) return found;
    }
  }
}

/** Return places, in the order given, moved apart so that each is a gap from the next, between low and high. */
export function apart(places, gap, low, high) {
  const order = places.map((_, i) => i).sort((i, j) => places[i] - places[j]);
  const moved = [...places];
  order.forEach((i, rank) => {
    const least = rank ? moved[order[rank - 1]] + gap : low;
    moved[i] = between(places[i], least, Math.max(least, high - (order.length - 1 - rank) * gap));
  });
  return moved;
}

/** Return a text of so many letters at most. */
export const shortened = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
