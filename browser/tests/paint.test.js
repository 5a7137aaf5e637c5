import assert from "node:assert/strict";
import { test } from "node:test";
import { enlargement, gridShape, paint, paintGrid } from "../paint.js";

globalThis.ImageData = class {
  constructor(data, width, height) {
    Object.assign(this, { data, width, height });
  }
};

/** Return what paint puts on a canvas: width, height and, pixel by pixel, red, green, blue and opacity. */
function painted(pixels, shape) {
  const put = [];
  paint({ getContext: () => ({ putImageData: (...given) => put.push(given) }) }, pixels, shape);
  const [[image, left, top]] = put;
  assert.deepEqual([put.length, left, top], [1, 0, 0]);
  return [image.width, image.height, [...image.data]];
}

test("grey floats are clamped to black and white", () => {
  const pixels = Float32Array.from([-1, 0.5, 2]);
  assert.deepEqual(painted(pixels, [1, 1, 3]), [3, 1, [0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255]]);
});

test("bytes are shown as they are, colour by colour", () => {
  const pixels = Uint8Array.from([1, 2, 30, 40, 200, 255]); // two pixels: red, then green, then blue
  assert.deepEqual(painted(pixels, [3, 2, 1]), [1, 2, [1, 30, 200, 255, 2, 40, 255, 255]]);
});

test("pictures are enlarged by whole numbers, and never made smaller", () => {
  assert.equal(enlargement([1, 28, 28], 168), 6);
  assert.equal(enlargement([1, 28, 32], 168), 5);
  assert.equal(enlargement([3, 400, 10], 168), 1);
});

test("pictures stand in a grid row by row, with two clear pixels between them", () => {
  assert.deepEqual(gridShape([1, 1, 2], 2, 2), [1, 4, 6]);
  const put = [];
  const canvas = { getContext: () => ({ putImageData: ({ data }, left, top) => put.push([data[0], data[4], left, top]) }) };
  paintGrid(canvas, Uint8Array.from([1, 2, 3, 4, 5, 6]), [1, 1, 2], 2);
  assert.deepEqual(put, [[1, 2, 0, 0], [3, 4, 4, 0], [5, 6, 0, 3]]);
});
