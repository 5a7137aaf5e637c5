import assert from "node:assert/strict";
import { test } from "node:test";
import { makeNetwork, nearest } from "../engine.js";

test("a layer is its matrix, row by row, then its bias, then its activation", () => {
  const weights = [1, 2, 3, 4, 5, 6, /* bias */ 0.5, -40, /* second layer */ 1, -1, 0.25];
  const decode = makeNetwork([["linear", 3, 2], ["relu"], ["linear", 2, 1]], Float32Array.from(weights), [3]);
  assert.deepEqual([...decode([1, 0, -1])], [0.25]); // (−1.5, −42) becomes (0, 0)
  assert.deepEqual([...decode([1, 2, 3])], [14.75]); // (14.5, −8) becomes (14.5, 0)
});

const NONE = new Float32Array(0); // weights
for (const [activation, expected] of Object.entries({
  relu: [0, 0, 2],
  silu: [-2 / (1 + Math.exp(2)), 0, 2 / (1 + Math.exp(-2))],
  tanh: [-2, 0, 2].map(Math.tanh),
  sigmoid: [1 / (1 + Math.exp(2)), 0.5, 1 / (1 + Math.exp(-2))],
})) {
  test(`${activation} is what torch calls so`, () => {
    const decode = makeNetwork([[activation]], NONE, [1]);
    [-2, 0, 2].forEach((input, i) => assert.ok(Math.abs(decode([input])[0] - expected[i]) < 1e-6));
  });
}

test("activations far from 0 are no NaN", () => {
  for (const activation of ["silu", "tanh", "sigmoid"]) {
    const decode = makeNetwork([[activation]], NONE, [1]);
    for (const input of [-1000, 1000]) assert.ok(Number.isFinite(decode([input])[0]), activation);
  }
});

test("the nearest code is found, the first where two are as near", () => {
  const codes = Float32Array.from([0, 0, 3, 4, 6, 8, 3, 4]);
  assert.deepEqual(nearest([3, 4], codes), { row: 1, distance: 0 });
  assert.deepEqual(nearest([0, -1], codes), { row: 0, distance: 1 });
  assert.deepEqual(nearest([9, 12], codes), { row: 2, distance: 5 });
});

test("what does not fit is said", () => {
  assert.throws(() => makeNetwork([["gelu"]], NONE, [2]), /There is no layer gelu/);
  assert.throws(() => makeNetwork([["linear", 2, 2]], NONE, [2]), /more than 0 weights/);
  assert.throws(() => makeNetwork([["linear", 3, 2]], new Float32Array(8), [2]), /takes 3 numbers; it gets 2/);
  assert.throws(() => makeNetwork([["relu"]], NONE, [2])([1, 2, 3]), /takes 2 numbers, not 3/);
});
