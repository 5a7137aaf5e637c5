// The first row: pictures that the network has never learnt from, and below each what it draws of it.

import { make } from "../basics.js";
import { paint } from "../paint.js";

/** Fill an element with pairs of pictures of a sheet, of which one can be chosen: choose(place) is called with its
 * place in sheet.shown. Return show(pictures), for pictures drawn anew, floats in [0, 1], and mark(place), for the
 * chosen one or null.
 */
export function showPairs(element, sheet, choose) {
  const { side } = sheet;
  const pixels = side * side;
  const redrawn = [];
  const buttons = sheet.shown.map((number, place) => {
    const [real, drawn] = [0, 1].map(() => make("canvas", { width: side, height: side }));
    paint(real, sheet.heldOut.subarray(number * pixels, (number + 1) * pixels), [1, side, side]);
    redrawn.push(drawn);
    const button = make("button", { type: "button", onclick: () => choose(place) }, real, drawn);
    const name = sheet.classes[sheet.labels[number]] ?? `picture ${place + 1}`;
    button.title = name;
    button.setAttribute("aria-label", `${name}, and below it the same redrawn`);
    button.setAttribute("aria-pressed", "false");
    return button;
  });
  element.replaceChildren(...buttons);
  return {
    show(pictures) {
      redrawn.forEach((canvas, place) => {
        paint(canvas, pictures.subarray(place * pixels, (place + 1) * pixels), [1, side, side]);
      });
    },
    mark(chosen) {
      buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(place === chosen)));
    },
  };
}
