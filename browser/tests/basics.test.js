import assert from "node:assert/strict";
import { test } from "node:test";
import { oncePerFrame } from "../basics.js";

test("work is done once a frame, and no more once it has been stopped", () => {
  const frames = new Map();
  let last = 0;
  globalThis.requestAnimationFrame = (work) => frames.set(++last, work) && last;
  globalThis.cancelAnimationFrame = (frame) => frames.delete(frame);
  const nextFrame = () => [...frames.keys()].forEach((frame) => frames.get(frame)(frames.delete(frame)));
  let done = 0;
  const ask = oncePerFrame(() => done++);
  ask();
  ask();
  nextFrame();
  assert.equal(done, 1);
  ask();
  ask.stop();
  ask();
  nextFrame();
  assert.deepEqual([done, frames.size], [1, 0]);
});
