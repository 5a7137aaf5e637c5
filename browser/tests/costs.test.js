import assert from "node:assert/strict";
import { test } from "node:test";
import { costsOf, grouped, inUnits, timeOf, timesAsFast, written } from "../costs.js";

// A worker computes for 6 seconds and, where there are others, sends 4 MB · 2 · (workers − 1) / workers.
const PLAN = {
  weights: 1e6, multiply_adds: 1e6, activations: 1e3, speed: 1e6, bandwidth: 1e6, pictures: 3600, epochs: 2, size: 32,
  batch: 1, workers: 1, accumulate: 1, sharded: false, price: 3,
};

test("one worker sends nothing", () => {
  assert.deepEqual(costsOf(PLAN), { hours: 12, money: 36, memory: 4 * (4e6 + 1e3), rate: 1 / 6, sending: 0 });
});

test("two workers send a gradient each, half as much again where they are sharded, and after each of several batches", () => {
  assert.equal(costsOf({ ...PLAN, workers: 2 }).sending, 4 / 10);
  assert.equal(costsOf({ ...PLAN, workers: 2, accumulate: 4 }).sending, 4 / 28);
  const sharded = costsOf({ ...PLAN, workers: 2, sharded: true });
  assert.deepEqual([sharded.sending, sharded.memory], [6 / 12, 4 * (2e6 + 1e3)]);
  assert.equal(costsOf({ ...PLAN, workers: 2, sharded: true, accumulate: 2 }).sending, 12 / 24);
});

test("pictures of twice the size have four times the pixels", () => {
  const { hours, memory } = costsOf({ ...PLAN, size: 64 });
  assert.deepEqual([hours, memory], [48, 4 * (4e6 + 4e3)]);
});

test("two workers can be slower than one", () => {
  assert.equal(timesAsFast({ ...PLAN, bandwidth: 2e6 }, 2), 1.5);
  assert.equal(timesAsFast({ ...PLAN, workers: 9, bandwidth: 4e5 }, 2), 0.75);
});

test("numbers are short, and times have the unit that fits", () => {
  assert.deepEqual([0, 1e-4, 0.0344, 3.25, 1234].map(written), ["0", "less than 0.001", "0.034", "3.3", "1,200"]);
  assert.deepEqual([10_000_000_000, 0.25].map(grouped), ["10,000,000,000", "0.25"]);
  assert.deepEqual([0.5 / 3600, 1 / 60, 1, 47, 48, 1e4, 1e5].map(timeOf), [
    "0.5 seconds", "1 minute", "1 hour", "47 hours", "2 days", "420 days", "11 years",
  ]);
  assert.deepEqual([999.4, 999.6, 31.5e9, 1.25e8, 2e21].map((bytes) => inUnits(bytes, "B")), [
    "999 B", "1 kB", "31.5 GB", "125 MB", "2,000 EB",
  ]);
});
