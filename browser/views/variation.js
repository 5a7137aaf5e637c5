import { between, bytes, floats, make } from "../basics.js";
import { followSliders, modelsIn } from "../controls.js";
import { makeAutoencoder } from "../engine.js";
import { framedCanvas, paint } from "../paint.js";
import { vary } from "../vary.js";

const SIDE = 128; // of each picture, in pixels of the screen; two stand side by side on a phone
const AT_REST = { right: 0, down: 0, turn: 0, brightness: 1, hue: 0 }; // by the descriptions of the sliders

/** A picture that sliders move, turn and recolour, and what some networks make of it. */
export async function renderVariation({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const [choice, ...changes] = sliders;
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const originals = bytes(model.get("originals"));
  const networks = readNetworks(model, shape);
  let chosen = null;
  let original, codes; // the chosen picture as it was, and its codes

  const varied = framedCanvas("Picture", shape, SIDE);
  const frames = networks.map(({ name }) => framedCanvas(name, shape, SIDE));
  const reset = make("button", {
    textContent: "Reset",
    title: "The picture as it was",
    onclick() {
      changes.forEach((slider) => {
        slider.set("value", AT_REST[slider.get("description")]);
        slider.save_changes();
      });
    },
  });
  const pictures = make("div", { className: "aelib-frames" }, ...[varied, ...frames].map(({ frame }) => frame));
  el.replaceChildren(make("div", { className: "aelib-tools" }, make("div", { className: "aelib-buttons" }, reset), pictures));

  return followSliders(sliders, el, () => {
    const which = choice.get("value") - 1;
    if (which !== chosen) {
      original = Float32Array.from(originals.subarray(which * size, (which + 1) * size), (value) => value / 255);
      codes = networks.map(({ encode }) => encode(original));
      chosen = which;
    }
    const settings = changes.map((slider) => [slider.get("description"), slider.get("value")]);
    const picture = vary(original, shape, { ...AT_REST, ...Object.fromEntries(settings) }, model.get("background"));
    paint(varied.canvas, picture, shape);
    varied.say(`picture ${which + 1}`);
    networks.forEach(({ encode, decode, apart }, i) => {
      const code = encode(picture);
      const gone = Math.sqrt(squares(code, codes[i])) / apart;
      const drawn = decode(code).map((value) => between(value, 0, 1));
      const psnr = 10 * Math.log10(size / squares(picture, drawn));
      paint(frames[i].canvas, drawn, shape);
      frames[i].say(`${psnr.toFixed(1)} dB, moved ${gone.toFixed(2)}`);
    });
  });
}

/** Return, for each network, its name, encode, decode, and apart, the median distance of the codes of two pictures. */
function readNetworks(model, shape) {
  const weights = floats(model.get("weights"));
  let taken = 0;
  const take = (count) => weights.subarray(taken, (taken += count));
  return model.get("autoencoders").map((described) => {
    const own = take(described.encoder.weights + described.decoder.weights);
    return { name: described.name, apart: described.apart, ...makeAutoencoder(described, own, shape) };
  });
}

/** Return the sum of the squared differences of two rows of numbers. */
const squares = (some, others) => some.reduce((sum, value, i) => sum + (value - others[i]) ** 2, 0);
