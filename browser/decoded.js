// The decoded picture of a code, which sliders or a map choose.

import { bytes, floats, make } from "./basics.js";
import { makeNetwork, nearest } from "./engine.js";
import { listenToKernel } from "./kernel.js";
import { paint, pictureCanvas } from "./paint.js";

const SIDE = 240; // of the picture, in pixels of the screen

/** Return the decoded picture of a LivePicture in aelib/widgets/decoded.py: its parts, a canvas and the two lines below
 * it; the real codes; show(code), which brings all parts up to date; atOnce(change), for many values that change
 * together; and stop(), for when the picture goes away.
 *
 * A decoder of layers that the engine knows is evaluated here. Any other one is evaluated in the kernel, which sends a
 * picture whenever the sliders or the marker have new values there.
 */
export function decodedPicture(model) {
  const shape = model.get("image_shape");
  const layers = model.get("layers");
  const codes = floats(model.get("codes"));
  const decode = layers.length ? makeNetwork(layers, floats(model.get("weights")), [model.get("code_size")]) : null;

  const canvas = pictureCanvas(shape, SIDE);
  const distance = make("output");
  const kernel = listenToKernel(model, (_, [pixels]) => paint(canvas, bytes(pixels), shape));
  if (!decode) model.send({ hold: false }); // asks for the first picture

  function show(code) {
    const [ofTheDistance, ofThePicture] = describe(model, nearest(code, codes));
    distance.textContent = ofTheDistance;
    canvas.setAttribute("aria-label", ofThePicture);
    if (decode) paint(canvas, decode(code), shape);
    else kernel.hurry();
  }
  return {
    codes,
    show,
    atOnce(change) {
      model.send({ hold: true });
      change();
      model.send({ hold: false });
    },
    parts: [canvas, distance, kernel.problem],
    stop: kernel.stop,
  };
}

/** Return what stands below the picture about the nearest real code, and the text of the picture itself. */
function describe(model, { row, distance }) {
  const classes = model.get("classes");
  const name = classes.length ? ` (${classes[bytes(model.get("class_of"))[row]]})` : "";
  return [
    `Distance to the nearest real code${name}: ${distance.toFixed(2)}. ` +
      `From a real code to its nearest neighbour it is ${model.get("usual_distance").toFixed(2)} (median).`,
    `The picture decoded from this code; its nearest real code${name} is ${distance.toFixed(2)} away`,
  ];
}
