import assert from "node:assert/strict";
import { test } from "node:test";
import { doublePhoto, fillPhoto } from "../tiles.js";

const AREA = ([, height, width]) => height * width;

/** Return what makes networks that draw how often they were asked, in twentieds, and note for which shapes. */
function counting() {
  const shapes = [];
  const networkFor = (shape) => (values) => {
    assert.equal(values.length, 4 * AREA(shape));
    shapes.push(shape.join(" × "));
    return new Float32Array(3 * AREA(shape)).fill(shapes.length / 20);
  };
  return { shapes, networkFor };
}

test("marks are filled from their rim inwards, five pixels deep at a time, and all else stays", () => {
  const shape = [3, 30, 40];
  const lost = new Uint8Array(1200);
  for (let y = 4; y < 26; y++) lost.fill(1, 40 * y + 5, 40 * y + 29); // 22 × 24 pixels
  const { shapes, networkFor } = counting();
  const shares = [];
  const photo = new Uint8Array(3600).fill(200);
  const filled = fillPhoto(networkFor, photo, shape, lost, (share) => shares.push(share));
  const row = [...filled.subarray(15 * 40, 15 * 40 + 40)];
  const level = (turn) => Math.round((255 * turn) / 20);
  const half = [1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3].map(level);
  assert.deepEqual(row, [...Array(5).fill(200), ...half, level(3), level(3), ...half.reverse(), ...Array(11).fill(200)]);
  assert.deepEqual(shapes, Array(3).fill("4 × 30 × 40"));
  assert.deepEqual(shares, [1 / 3, 2 / 3, 1]);
  assert.ok(photo.every((value) => value === 200), "the photograph itself has changed");
});

test("a mark at the edge is filled from its other side, and where nothing is known, all at once", () => {
  const fill = (lost) => fillPhoto(counting().networkFor, new Uint8Array(60), [3, 1, 20], lost, () => {});
  const turns = (filled) => [...filled.subarray(0, 20)].map((value) => Math.round((20 * value) / 255));
  assert.deepEqual(turns(fill(Uint8Array.from({ length: 20 }, (_, x) => x < 12))), [
    ...[3, 3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1], ...Array(8).fill(0),
  ]);
  assert.deepEqual(turns(fill(new Uint8Array(20).fill(1))), Array(20).fill(1));
});

test("a large photograph is seen in tiles with margins, and only where something is lost", () => {
  const shape = [3, 440, 840];
  const lost = new Uint8Array(AREA(shape));
  lost[383 * 840 + 10] = lost[439 * 840 + 839] = 1; // the first is also in the margin of another tile
  const { shapes, networkFor } = counting();
  const filled = fillPhoto(networkFor, new Uint8Array(3 * AREA(shape)), shape, lost, () => {});
  // Rows from 0 and from 384 on, columns from 0, 384 and 768 on, with 36 more on each side.
  assert.deepEqual(shapes, ["4 × 420 × 420", "4 × 92 × 108"]);
  assert.deepEqual([filled[383 * 840 + 10], filled[439 * 840 + 839]], [13, 26]);
});

test("a photograph is doubled from squares of equal pixels, and what a network draws beyond [0, 1] is cut off", () => {
  const seen = [];
  const networkFor = () => (values) => {
    seen.push(...values);
    return values.slice(0, 24).map((value) => 4 * value - 1);
  };
  const photo = Uint8Array.from([0, 51, 102, 153, 204, 255]); // 3 × 1 × 2
  const doubled = doublePhoto(networkFor, photo, [3, 1, 2], () => {});
  const twice = [[0, 0, 51, 51], [102, 102, 153, 153], [204, 204, 255, 255]];
  const rows = twice.flatMap((row) => [...row, ...row]);
  assert.deepEqual(seen.map((value) => Math.round(255 * value)), [...rows, ...Array(8).fill(0)]);
  assert.deepEqual([...doubled], rows.map((value) => Math.min(Math.max(4 * value - 255, 0), 255)));
});
