import assert from "node:assert/strict";
import { test } from "node:test";
import { best, digitsFor, makeScorer } from "../suggestions.js";

test("the scores are the sum of the rows that are ticked, each a byte times its size times the row's scale", () => {
  const behind = Uint8Array.from([99, 1, 2, 3, 256 - 4, /* second method */ 0, 10, 0, 256 - 10]);
  const score = makeScorer(behind.subarray(1), [[1, 0.5], [2, 0.25]]); // bytes that begin anywhere
  assert.deepEqual(score([0]).map((scores) => [...scores]), [[1, 4], [0, 200]]);
  assert.deepEqual(score([1]).map((scores) => [...scores]), [[4.5, -8], [0, -25]]);
  assert.deepEqual(score([0, 1]).map((scores) => [...scores]), [[5.5, -4], [0, 175]]);
  assert.deepEqual(score([]).map((scores) => [...scores]), [[0, 0], [0, 0]]);
});

test("the best are those with the highest scores, in their order, but none that is ticked", () => {
  assert.deepEqual(best([0.1, 0.9, -1, 0.5, 0.9], [1], 3), [4, 3, 0]);
  assert.deepEqual(best([0.1, 0.9], [0, 1], 3), []);
  assert.deepEqual(best([2, 2, 2], [], 2), [0, 1]);
});

test("the largest score has two digits, and the others as many behind the point", () => {
  const scores = [[1234], [12.3, 0.1], [1.94, -0.2], [0.6], [0.054], [-0.054, 0.001], [1e-9], [0], []];
  assert.deepEqual(scores.map(digitsFor), [0, 0, 1, 2, 3, 3, 6, 2, 2]);
});
