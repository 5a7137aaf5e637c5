import { bytes, make } from "../basics.js";
import { followSliders, modelsIn } from "../controls.js";
import { framedCanvas, paint } from "../paint.js";

const SIDE = 160; // of each picture, in pixels of the screen

/** An original, and what a codec and JPEG make of it: one slider says how well, the other which picture. */
export async function renderQuality({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const [quality, picture] = sliders;
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const [originals, drawn, jpegs] = ["originals", "drawn", "jpegs"].map((name) => bytes(model.get(name)));
  const count = originals.length / size;

  const frames = ["Original", "Our codec", "JPEG"].map((name) => framedCanvas(name, shape, SIDE));
  el.replaceChildren(make("div", { className: "aelib-frames" }, ...frames.map(({ frame }) => frame)));
  return followSliders(sliders, el, () => {
    const level = quality.get("value") - 1;
    const which = picture.get("value") - 1;
    const shown = [
      [originals, which, `picture ${which + 1}`],
      [drawn, level * count + which, model.get("drawn_captions")[level][which]],
      [jpegs, level * count + which, model.get("jpeg_captions")[level][which]],
    ];
    shown.forEach(([pixels, place, text], i) => {
      paint(frames[i].canvas, pixels.subarray(place * size, (place + 1) * size), shape);
      frames[i].say(text);
    });
  });
}
