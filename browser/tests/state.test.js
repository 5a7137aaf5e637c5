import assert from "node:assert/strict";
import { test } from "node:test";
import { readState } from "../state.js";

test("bytes and numbers are read from their text, and all else stays as it is", () => {
  const text = (...bytes) => Buffer.from(bytes).toString("base64");
  const state = [
    ["row", { children: ["IPY_MODEL_1"], title: null, none: [] }],
    ["view", { weights: { int8: text(0, 0x40, 1, 129, 0) } }],
    ["view", { drawn: { uint8: text(1, 200, 255) }, codes: { float16: text(0, 0x3c, 0, 0xc1) }, empty: { uint8: "" } }],
  ];
  const [row, network, view] = readState(state);
  assert.deepEqual(row, state[0]);
  assert.deepEqual(network, ["view", { weights: Float32Array.from([2, -254, 0]) }]);
  assert.deepEqual(view, [
    "view",
    { drawn: Uint8Array.from([1, 200, 255]), codes: Float32Array.from([1, -2.5]), empty: new Uint8Array() },
  ]);
});
