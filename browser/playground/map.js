// The map of codes: a dot for each held-out picture, which wanders as the network learns. A marker follows the pointer
// or the arrow keys, and the picture of the code below it is drawn.

import { between, make, oncePerFrame } from "../basics.js";
import { drawTwice, lineCanvas, paint } from "../paint.js";
import { makeSurface } from "../pen.js";
import { codeAt, placeOn, planeOf } from "./directions.js";

const SIZE = [480, 360]; // in units of what is drawn; on a phone they are smaller than pixels
const MARGIN = 0.06; // around the dots, in widths and heights of the map
const STEP = { near: 0.02, far: 0.1 }; // of an arrow key, likewise
const THUMBNAILS = 150; // at most, of pictures that have no classes
const NEARER = 0.2; // the part of its way that a dot goes in a frame
const COLOURS = 5; // each with two shapes: ten classes that colour-blind readers can tell apart, too
const SHAPES = "●✕";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

/** Fill two elements with a map for a sheet and its legend; go(code) is called where the reader moves the marker.
 *
 * Return show(codes, size), for new codes (N × size) of the held-out pictures, and mark(code), for the marker.
 */
export function showMap(element, legend, sheet, go) {
  const count = sheet.heldOut.length / sheet.side ** 2;
  const canvas = lineCanvas(...SIZE);
  const surface = make("div", { className: "surface" }, canvas);
  surface.setAttribute("aria-label", "Map of codes. Arrow keys move the marker, with Shift further.");
  element.replaceChildren(surface);
  const thumbnails = sheet.classes.length ? null : makeThumbnails(sheet, count);
  let plane = null;
  let wanted = null; // where the dots belong, x and y of each,
  let dots = null; // where they are on their way,
  let bounds = null; // and what part of the plane the map shows: left, right, bottom, top
  let marker = null; // a place on the plane
  let chosenClass = null;

  const toScreen = ([x, y]) => {
    const [left, right, bottom, top] = bounds;
    return [((x - left) / (right - left)) * SIZE[0], ((top - y) / (top - bottom)) * SIZE[1]];
  };
  const fromScreen = ([x, y]) => {
    const [left, right, bottom, top] = bounds;
    return [left + (x / SIZE[0]) * (right - left), top - (y / SIZE[1]) * (top - bottom)];
  };

  const draw = oncePerFrame(() => {
    if (!dots) return;
    const moving = approach(dots, wanted);
    bounds = boundsOf(dots);
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, ...SIZE);
    if (thumbnails) drawThumbnails(context, thumbnails, dots, toScreen);
    else drawDots(context, coloursOf(element), sheet.labels, chosenClass, dots, toScreen);
    if (marker) drawMarker(context, toScreen(marker), plane.axes.length === 1);
    if (moving) draw();
  });
  function moveTo(place) {
    if (dots) go(codeAt(plane, place.map((value, axis) => between(value, bounds[2 * axis], bounds[2 * axis + 1]))));
  }
  makeSurface(surface, {
    size: () => SIZE,
    point: (place, isHeld) => isHeld && dots && moveTo(fromScreen(place)),
    press: (place) => dots && moveTo(fromScreen(place)),
    release() {}, // so that a finger that slides off the map still moves the marker
    arrow([across, down], far) {
      if (!dots) return;
      const step = far ? STEP.far : STEP.near;
      const [x, y] = toScreen(marker ?? plane.middle);
      moveTo(fromScreen([x + step * across * SIZE[0], y + step * down * SIZE[1]]));
    },
    keys: {},
  });
  showLegend(legend, sheet.classes, (label) => {
    chosenClass = label;
    draw();
  });
  draw();
  return {
    show(codes, size) {
      plane = planeOf(codes, size, plane);
      wanted = placesOf(codes, size, plane, sheet);
      dots ??= Float32Array.from(wanted);
      draw();
    },
    mark(code) {
      marker = placeOn(plane, code);
      draw();
    },
    draw,
  };
}

/** Return x and y of each code. That of a single number gets a height that means nothing but its class. */
function placesOf(codes, size, plane, { labels, classes }) {
  const places = new Float32Array((2 * codes.length) / size);
  for (let i = 0; i < codes.length / size; i++) {
    places.set(placeOn(plane, codes, i * size), 2 * i);
    if (size === 1) places[2 * i + 1] = (classes.length ? -labels[i] : 0) + 0.7 * ((i * 0.618) % 1) - 0.35;
  }
  return places;
}

/** Let dots come nearer to where they belong, or there at once where motion is not wanted; return whether they go on.
 */
function approach(dots, wanted) {
  let farthest = 0;
  let reach = 0;
  for (let i = 0; i < dots.length; i++) {
    const way = wanted[i] - dots[i];
    dots[i] = calm.matches ? wanted[i] : dots[i] + NEARER * way;
    farthest = Math.max(farthest, Math.abs(way));
    reach = Math.max(reach, Math.abs(wanted[i]));
  }
  return !calm.matches && farthest > 0.001 * reach;
}

function boundsOf(dots) {
  return [0, 1].flatMap((axis) => {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < dots.length; i += 2) [low, high] = [Math.min(low, dots[i]), Math.max(high, dots[i])];
    const margin = MARGIN * (high - low) + 1e-6;
    return [low - margin, high + margin];
  });
}

function coloursOf(element) {
  const style = getComputedStyle(element);
  return Array.from({ length: COLOURS }, (_, i) => style.getPropertyValue(`--class-${i}`));
}

function drawDots(context, colours, labels, chosen, dots, toScreen) {
  context.lineWidth = 1.6;
  labels.forEach((label, i) => {
    const [x, y] = toScreen([dots[2 * i], dots[2 * i + 1]]);
    context.globalAlpha = chosen === null || chosen === label ? 0.9 : 0.1;
    context.fillStyle = context.strokeStyle = colours[label % COLOURS];
    context.beginPath();
    if (label < COLOURS) {
      context.arc(x, y, 2.4, 0, 2 * Math.PI);
      context.fill();
    } else {
      for (const tilt of [-1, 1]) {
        context.moveTo(x - 2.6, y - 2.6 * tilt);
        context.lineTo(x + 2.6, y + 2.6 * tilt);
      }
      context.stroke();
    }
  });
  context.globalAlpha = 1;
}

/** Return small pictures, from all parts of a sheet, and their numbers in it. */
function makeThumbnails({ heldOut, side }, count) {
  const pixels = side * side;
  return Array.from({ length: Math.min(count, THUMBNAILS) }, (_, i) => {
    const number = Math.floor((i * count) / Math.min(count, THUMBNAILS));
    const canvas = make("canvas", { width: side, height: side });
    paint(canvas, heldOut.subarray(number * pixels, (number + 1) * pixels), [1, side, side]);
    return { number, canvas };
  });
}

function drawThumbnails(context, thumbnails, dots, toScreen) {
  thumbnails.forEach(({ number, canvas }) => {
    const [x, y] = toScreen([dots[2 * number], dots[2 * number + 1]]);
    context.drawImage(canvas, x - 10, y - 10, 20, 20);
  });
}

/** Draw a cross in a circle, or where the height means nothing, a line from top to bottom. */
function drawMarker(context, [x, y], isLine) {
  const lines = new Path2D();
  if (isLine) {
    lines.moveTo(x, 0);
    lines.lineTo(x, SIZE[1]);
  } else {
    lines.moveTo(x + 8, y);
    lines.arc(x, y, 8, 0, 2 * Math.PI);
    lines.moveTo(x - 13, y);
    lines.lineTo(x + 13, y);
    lines.moveTo(x, y - 13);
    lines.lineTo(x, y + 13);
  }
  drawTwice(context, 4.5, 1.8, () => context.stroke(lines));
}

/** Show a button for each class, of which one can be pressed; choose is called with its number, or with null. */
function showLegend(element, classes, choose) {
  let chosen = null;
  const buttons = classes.map((name, label) => {
    const swatch = make("span", { textContent: SHAPES[Math.floor(label / COLOURS)] });
    swatch.style.color = `var(--class-${label % COLOURS})`;
    swatch.setAttribute("aria-hidden", "true");
    const button = make("button", { type: "button" }, swatch, ` ${name}`);
    button.setAttribute("aria-pressed", "false");
    button.onclick = () => {
      chosen = chosen === label ? null : label;
      buttons.forEach((each, i) => each.setAttribute("aria-pressed", String(i === chosen)));
      choose(chosen);
    };
    return button;
  });
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", "Classes; press one to make it stand out");
  element.hidden = !classes.length;
  element.replaceChildren(...buttons);
}
