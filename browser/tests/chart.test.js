import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, logTicks, scale, shortened, ticks } from "../chart.js";

test("marks of an axis are round numbers, without the dust of sums", () => {
  assert.deepEqual(ticks(0.3, 0.9, 8), [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
  assert.deepEqual(ticks(14.8, 23.7, 6), [16, 18, 20, 22]);
  assert.deepEqual(ticks(1, 100, 8), [20, 40, 60, 80, 100]);
  assert.deepEqual(ticks(-0.02, 0.11, 8), [-0.02, 0, 0.02, 0.04, 0.06, 0.08, 0.1]);
});

test("there are always some marks, and never more than there is room for", () => {
  for (let low = 0.013; low < 5e4; low *= 1.7) {
    for (const factor of [1.01, 1.44, 3, 4.99, 5, 30, 999, 1e5, 1e9]) {
      for (const found of [ticks(low, factor * low, 7), logTicks(low, factor * low, 7)]) {
        assert.ok(found.length >= 2 && found.length <= 7, `${found} of ${low} to ${factor * low}`);
        assert.ok(found.every((value) => value > 0.999999 * low && value < 1.000001 * factor * low), found);
      }
    }
  }
});

test("a logarithmic axis has as many marks as it has room for", () => {
  assert.deepEqual(logTicks(5, 384, 7), [5, 10, 20, 50, 100, 200]);
  assert.deepEqual(logTicks(0.5, 1200, 7), [1, 3, 10, 30, 100, 300, 1000]);
  assert.deepEqual(logTicks(0.5, 2e5, 7), [1, 10, 100, 1000, 10000, 100000]);
  assert.deepEqual(logTicks(5, 6.9, 7), [5, 5.5, 6, 6.5]);
});

test("names beside lines stand apart, as near to the lines as they can", () => {
  assert.deepEqual(apart([50, 10, 90], 14, 0, 100), [50, 10, 90]);
  assert.deepEqual(apart([50, 48, 49], 14, 0, 100), [76, 48, 62]);
  assert.deepEqual(apart([99, 98, 97], 14, 0, 100), [100, 86, 72]);
  assert.deepEqual(apart([-9, 0], 14, 6, 100), [6, 20]);
});

test("numbers have places, and long names an end", () => {
  assert.deepEqual([10, 15, 20].map(scale(10, 20, 260, 26)), [260, 143, 26]);
  assert.deepEqual(["dense-32", "a rather long name"].map((name) => shortened(name, 9)), ["dense-32", "a rather…"]);
});
