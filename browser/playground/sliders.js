// A slider for each number of a code, and the picture that the network draws from it.

import { make, oncePerFrame } from "../basics.js";
import { makeNetwork, nearest } from "../engine.js";
import { paint, pictureCanvas } from "../paint.js";

const FEW = 8; // sliders, which have room beside the picture
const LARGE = 196; // pixels of the screen, of the decoded picture

/** Fill two elements with sliders for a code of so many numbers and with its decoded picture, for a sheet; moved(code)
 * is called where the reader pulls one.
 *
 * Return learn(decoder, codes), for what the network has become, and the codes (N × size) that tell how far each number
 * goes; go(code), which sets all sliders; and code(), where they are.
 */
export function showSliders(picture, element, { side, labels, classes }, size, moved) {
  const shape = [1, side, side];
  const canvas = pictureCanvas(shape, LARGE);
  const caption = make("output");
  picture.replaceChildren(canvas, caption);
  let decode = null;
  let known = null; // codes of the held-out pictures
  let code = new Array(size).fill(0);

  const sliders = code.map((_, unit) => {
    const input = make("input", { type: "range", disabled: true });
    const value = make("output");
    const label = make("label", {}, make("span", {}, `number ${unit + 1} `, value), input);
    input.oninput = () => {
      code[unit] = Number(input.value);
      update();
      moved(code);
    };
    return { input, value, label };
  });
  element.classList.toggle("many", size > FEW);
  element.replaceChildren(...sliders.map(({ label }) => label));

  const update = oncePerFrame(() => {
    sliders.forEach(({ input, value }, unit) => {
      input.value = code[unit];
      value.textContent = code[unit].toFixed(2).replace("-", "−");
    });
    if (decode) paint(canvas, decode(code), shape);
    if (decode && classes.length) caption.textContent = `Nearest dot: ${classes[labels[nearest(code, known).row]]}`;
    canvas.setAttribute("aria-label", `The picture drawn from the sliders' code. ${caption.textContent}`);
  });
  update();
  return {
    learn(decoder, codes) {
      known = codes;
      // In plain JavaScript: memory for WebAssembly, some times a second, would pile up.
      decode = makeNetwork(decoder.layers, decoder.weights, [size], []);
      sliders.forEach(({ input }, unit) => {
        const [low, high] = reach(codes, size, unit);
        Object.assign(input, { min: low, max: high, step: (high - low) / 200, disabled: false });
      });
      update();
    },
    go(to) {
      code = [...to];
      update();
    },
    code: () => code,
  };
}

/** Return the lowest and the highest value that a number has in codes. */
function reach(codes, size, unit) {
  let [low, high] = [Infinity, -Infinity];
  for (let i = unit; i < codes.length; i += size) [low, high] = [Math.min(low, codes[i]), Math.max(high, codes[i])];
  return low < high ? [low, high] : [low - 1, high + 1];
}
