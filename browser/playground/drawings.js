// The reader's own drawings: a pad to draw them on, and where the browser remembers them.

import { make, oncePerFrame } from "../basics.js";
import { drawTwice, lineCanvas, paint } from "../paint.js";
import { cover, makePen, makeSurface } from "../pen.js";

export const SIDE = 28;
export const FEWEST = 10; // that a network can learn from, with two of them held back
const SCALE = 8; // pixels of the screen for each of a drawing
const BROAD = 3; // width of the pen, in pixels of a drawing
const STEP = { near: 1, far: 4 };
const REMEMBERED = "autoencoder-playground-drawings";

/** Return the reader's drawings, each a Uint8Array of 28 × 28; fill the pad, wire the buttons that make more of them, and
 * show those that are kept, as buttons that take one back to the pad. changed() is called when there is one more, or one
 * less. tell(text) says what the pen does.
 */
export function makeDrawings({ pad, keep, wipe, kept, tell, changed }) {
  const drawings = recall();
  const drawn = new Uint8Array(SIDE * SIDE); // 1 where there is ink
  const paper = make("canvas", { width: SIDE, height: SIDE });
  const marks = lineCanvas(SIDE, SIDE, SCALE);
  const surface = make("div", { className: "surface" }, paper, marks);
  surface.setAttribute("aria-label", "Pad to draw on. Arrow keys move the pen; Space puts it down and lifts it.");
  pad.replaceChildren(surface);

  const update = oncePerFrame(() => {
    paint(paper, drawn.map((ink) => 255 * ink), [1, SIDE, SIDE]);
    const context = marks.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    const ring = new Path2D();
    ring.arc(...pen.position, BROAD / 2, 0, 2 * Math.PI);
    drawTwice(context, 2.5 / SCALE, 1 / SCALE, () => context.stroke(ring));
  });
  const size = () => [SIDE, SIDE];
  const pen = makePen({
    size,
    draw: (from, to) => cover(drawn, [SIDE, SIDE], BROAD, from, to),
    put: (isDown) => tell(isDown ? "The pen is down." : "Press Keep when the drawing is done."),
    changed: update,
  });
  pen.position = [SIDE / 2, SIDE / 2];
  makeSurface(surface, {
    size,
    point: pen.follow,
    press: pen.press,
    release: pen.lift,
    arrow: (way, far) => pen.moveBy(way, far ? STEP.far : STEP.near),
    keys: { " ": pen.toggle, Enter: pen.toggle },
  });
  function showKept() {
    kept.replaceChildren(...drawings.map((drawing, i) => thumbnail(drawing, i + 1, () => takeBack(i))));
  }
  function renew() {
    remember(drawings);
    showKept();
    changed();
  }
  function takeBack(i) {
    if (drawn.includes(1)) return tell("Keep or wipe what is on the pad first.");
    drawn.set(drawings.splice(i, 1)[0].map((ink) => ink / 255));
    update();
    renew();
    (kept.children[i] ?? keep).focus(); // not lost with the button that was pressed
  }
  wipe.onclick = () => {
    drawn.fill(0);
    update();
  };
  keep.onclick = () => {
    if (!drawn.includes(1)) return tell("There is nothing on the pad yet: draw something first.");
    drawings.push(drawn.map((ink) => 255 * ink));
    wipe.onclick();
    renew();
  };
  showKept();
  update();
  return drawings;
}

function thumbnail(drawing, number, onclick) {
  const canvas = make("canvas", { width: SIDE, height: SIDE });
  paint(canvas, drawing, [1, SIDE, SIDE]);
  const button = make("button", { type: "button", onclick }, canvas);
  button.setAttribute("aria-label", `Take drawing ${number} back to the pad`);
  return button;
}

/** Return the drawings of the last visit; none where the browser does not remember any. */
function recall() {
  try {
    const rows = JSON.parse(localStorage.getItem(REMEMBERED)) ?? [];
    return rows.map((row) => Uint8Array.from(row, (ink) => 255 * Number(ink)));
  } catch {
    return [];
  }
}

function remember(drawings) {
  try {
    const rows = drawings.map((drawing) => drawing.map((ink) => ink / 255).join(""));
    localStorage.setItem(REMEMBERED, JSON.stringify(rows));
  } catch {
    // In a private window, for one; the drawings then last as long as the page.
  }
}
