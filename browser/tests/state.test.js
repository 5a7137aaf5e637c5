import assert from "node:assert/strict";
import { test } from "node:test";
import { readState } from "../state.js";

test("bytes are read from their text, and what is neither bytes nor numbers stays as it is", () => {
  const state = [
    ["row", { children: ["IPY_MODEL_1"], title: null, none: [] }],
    ["view", { drawn: { bytes: Buffer.from([1, 200, 255]).toString("base64") }, empty: { bytes: "" } }],
  ];
  const [row, view] = readState(state);
  assert.deepEqual(row, state[0]);
  assert.deepEqual(view, ["view", { drawn: Uint8Array.from([1, 200, 255]), empty: new Uint8Array() }]);
});

test("a number is so many steps above the least one of its block", () => {
  const digits = ["A".repeat(4096) + "B/", "A".repeat(4096) + "C/"].join("");
  const [[, { codes }]] = readState([
    ["view", { codes: { blocks: [[-0.5, 2], [3, 0.25]], digits } }],
  ]);
  assert.deepEqual([codes.length, codes[0], codes[4095]], [4098, -0.5, -0.5]);
  assert.deepEqual([codes[4096], codes[4097]], [3 + 66 * 0.25, 3 + 4095 * 0.25]);
});
