// A pen, and the surface that it moves over, by mouse, finger or keyboard. A place is [x, y], from the top left of the
// surface, in units of the view's own; the surface is size() = [width, height] of them.

import { between } from "./basics.js";

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Return a place, or where it is outside, the nearest one on the surface. */
const inside = ([x, y], [width, height]) => [between(x, 0, width), between(y, 0, height)];

/** Return the place of a pointer's event on an element; the surface fills it, within its border. */
function placeOf(event, element, [width, height]) {
  const box = element.getBoundingClientRect();
  const x = ((event.clientX - box.left - element.clientLeft) / element.clientWidth) * width;
  const y = ((event.clientY - box.top - element.clientTop) / element.clientHeight) * height;
  return inside([x, y], [width, height]);
}

/** Make an element a surface: tell what pointer and keyboard do on it.
 *
 * point(place, isHeld) is called wherever the pointer goes, press(place) where it goes down. Where there is a
 * release(), the pointer is held by the element until then, and no other one counts; it also comes when the element
 * loses the focus. arrow([x, y], far) has the way that an arrow key points, and whether Shift is held. keys are
 * functions for other keys, by their names.
 */
export function makeSurface(element, { size, point, press, release, arrow, keys }) {
  element.tabIndex = 0;
  element.setAttribute("role", "application"); // so that screen readers hand the arrow keys on
  const place = (event) => placeOf(event, element, size());
  let held = null; // the id of a pointer
  const isAnother = (event) => held !== null && event.pointerId !== held;
  element.onpointerdown = (event) => {
    if (event.button || isAnother(event)) return;
    if (release) {
      held = event.pointerId;
      element.setPointerCapture(held);
    }
    press(place(event));
  };
  element.onpointermove = (event) => {
    if (isAnother(event)) return;
    const passed = event.getCoalescedEvents?.() ?? []; // since the last frame
    (passed.length ? passed : [event]).forEach((each) => point(place(each), held !== null));
  };
  const letGo = () => {
    held = null;
    release();
  };
  if (release) {
    element.onpointerup = element.onpointercancel = (event) => isAnother(event) || letGo();
    element.onblur = letGo;
  }
  element.onkeydown = (event) => {
    const way = WAYS[event.key];
    const action = way ? () => arrow(way, event.shiftKey) : keys[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    action();
  };
}

/** Return a pen. draw(from, to) is called for each straight line that it draws while it is down, which begins with a dot;
 * put(isDown), when it is put down or lifted; changed(), after each of these and when it moves.
 */
export function makePen({ size, draw, put, changed }) {
  const pen = { position: [0, 0], isDown: false };
  pen.moveTo = (place) => {
    const from = pen.position;
    pen.position = inside(place, size());
    if (pen.isDown) draw(from, pen.position);
    changed();
  };
  // Where a key has put it down, a pointer that passes by leaves it where it is.
  pen.follow = (place, isHeld) => {
    if (isHeld || !pen.isDown) pen.moveTo(place);
  };
  pen.moveBy = ([x, y], step) => pen.moveTo([pen.position[0] + step * x, pen.position[1] + step * y]);
  pen.put = (isDown) => {
    pen.isDown = isDown;
    if (isDown) draw(pen.position, pen.position);
    put(isDown);
    changed();
  };
  pen.press = (place) => {
    pen.isDown = false;
    pen.moveTo(place);
    pen.put(true);
  };
  pen.lift = () => pen.isDown && pen.put(false);
  pen.toggle = () => pen.put(!pen.isDown);
  return pen;
}

/** Set to 1 the pixels of drawn (H·W) whose middles are nearer than half the pen's width to the line between two places.
 */
export function cover(drawn, [width, height], broad, [startX, startY], [endX, endY]) {
  const [acrossX, acrossY] = [endX - startX, endY - startY];
  const length = acrossX ** 2 + acrossY ** 2;
  const reach = broad / 2;
  const [left, right] = [Math.min(startX, endX) - reach, Math.max(startX, endX) + reach];
  const [top, bottom] = [Math.min(startY, endY) - reach, Math.max(startY, endY) + reach];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      const [offX, offY] = [x + 0.5 - startX, y + 0.5 - startY];
      const share = length ? between((offX * acrossX + offY * acrossY) / length, 0, 1) : 0;
      const distance = Math.hypot(offX - share * acrossX, offY - share * acrossY);
      if (distance <= reach) drawn[y * width + x] = 1;
    }
  }
}
