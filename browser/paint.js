// Pictures and lines on canvases. paint needs nothing but a canvas.

import { make } from "./basics.js";

/** Return the red, green, blue and opacity of each pixel, from 0 to 255, of an image as paint takes it. */
export function toScreen(pixels, [channels, height, width]) {
  const size = height * width;
  const white = pixels instanceof Uint8Array ? 1 : 255;
  const shown = new Uint8ClampedArray(4 * size); // rounds, and clamps
  for (let i = 0; i < size; i++) {
    for (let colour = 0; colour < 3; colour++) {
      shown[4 * i + colour] = white * pixels[channels === 3 ? colour * size + i : i];
    }
    shown[4 * i + 3] = 255;
  }
  return shown;
}

/** Paint one image (C, H, W), a Uint8Array or floats in [0, 1], grey or colour, on a canvas of W × H pixels. */
export function paint(canvas, pixels, shape) {
  const [, height, width] = shape;
  canvas.getContext("2d").putImageData(new ImageData(toScreen(pixels, shape), width, height), 0, 0);
}

/** Return how many pixels of the screen a pixel of an image (C, H, W) gets, for it to be about side of them large. */
export function enlargement([, height, width], side) {
  return Math.max(1, Math.floor(side / Math.max(height, width))); // whole pixels stay sharp
}

/** Return a canvas for images of a shape (C, H, W), enlarged to about so many pixels of the screen. */
export function pictureCanvas(shape, side) {
  const [, height, width] = shape;
  const canvas = make("canvas", { className: "aelib-picture", width, height });
  canvas.style.width = `${enlargement(shape, side) * width}px`;
  canvas.setAttribute("role", "img");
  return canvas;
}

/** Return such a canvas in a frame, with a title above and a caption below it, and say(text), which writes that. */
export function framedCanvas(name, shape, side) {
  const canvas = pictureCanvas(shape, side);
  const title = make("b", { textContent: name });
  const caption = make("output");
  const frame = make("figure", {}, make("figcaption", {}, title), canvas, caption);
  const say = (text) => {
    caption.textContent = text;
    canvas.setAttribute("aria-label", `${title.textContent}: ${text}`);
  };
  return { canvas, title, frame, say };
}

const GAP = 2; // between the pictures of a grid, in their own pixels

/** Return the shape (C, H, W) of a grid of so many pictures of a shape. */
export function gridShape([channels, height, width], rows, columns) {
  return [channels, rows * (height + GAP) - GAP, columns * (width + GAP) - GAP];
}

/** Paint pictures (N, C, H, W), a Uint8Array, on a canvas of a grid's shape, row by row; what is between stays clear. */
export function paintGrid(canvas, pixels, shape, columns) {
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const context = canvas.getContext("2d");
  for (let i = 0; i < pixels.length / size; i++) {
    const image = new ImageData(toScreen(pixels.subarray(i * size, (i + 1) * size), shape), width, height);
    context.putImageData(image, (i % columns) * (width + GAP), Math.floor(i / columns) * (height + GAP));
  }
}

/** Return a canvas for lines, as sharp as the screen; a unit of what is drawn is scale pixels of the page. */
export function lineCanvas(width, height, scale = 1) {
  const density = scale * (window.devicePixelRatio || 1);
  const canvas = make("canvas", { width: width * density, height: height * density });
  canvas.getContext("2d").scale(density, density);
  return canvas;
}

/** Draw lines broad and white, and then thin and black, so that they are seen on whatever is below them. */
export function drawTwice(context, broad, thin, draw) {
  for (const [strokeStyle, lineWidth] of [["white", broad], ["black", thin]]) {
    Object.assign(context, { strokeStyle, lineWidth });
    draw();
  }
}
