import assert from "node:assert/strict";
import { test } from "node:test";
import { codeAt, placeOn, planeOf } from "../playground/directions.js";
import { LOSSES, makeLearner } from "../playground/network.js";
import { sheetOfDrawings } from "../playground/sheets.js";
import { BATCH, makeRandom, makeTraining } from "../playground/training.js";

const SIDE = 6;

/** Return so many pictures of a bright bar on black, each in its own place. */
function bars(count) {
  const random = makeRandom(7);
  const pictures = new Uint8Array(count * SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    const row = Math.floor(random() * SIDE);
    pictures.fill(150 + 100 * random(), i * SIDE * SIDE + row * SIDE, i * SIDE * SIDE + (row + 1) * SIDE);
  }
  return pictures;
}

const training = (changes = {}) =>
  makeTraining({
    images: bars(200), heldOut: bars(70), side: SIDE, codeSize: 2, hidden: [16], loss: "squared", shift: 0,
    shown: [69, 3], seed: 1, ...changes,
  });

for (const loss of Object.keys(LOSSES)) {
  test(`the gradients of the ${loss} loss are what trying tells`, () => {
    const network = makeLearner({ sizes: [4, 3, 2, 3, 4], loss, most: 8 });
    const random = makeRandom(3);
    network.drawParameters(random);
    network.rows.forEach((_, i) => (network.rows[i] = random()));
    network.measure(8);
    network.goBack(8);
    const gradients = [...network.gradients];
    const little = 1e-2;
    gradients.forEach((gradient, i) => {
      const kept = network.parameters[i];
      const [above, below] = [little, -little].map((change) => {
        network.parameters[i] = kept + change;
        return network.measure(8);
      });
      network.parameters[i] = kept;
      assert.ok(Math.abs((above - below) / (2 * little) - gradient) < 2e-4, `parameter ${i}`);
    });
  });

  test(`a training makes the ${loss} loss smaller`, () => {
    const trained = training({ loss });
    const before = trained.report();
    assert.equal(before.learnt, null);
    for (let i = 0; i < 150; i++) trained.step();
    const after = trained.report();
    assert.equal(after.seen, 150 * BATCH);
    assert.ok(after.heldOut < before.heldOut && after.heldOut < after.average, `${before.heldOut} → ${after.heldOut}`);
    assert.ok(after.learnt < before.heldOut);
  });
}

test("a report has the code of each held-out picture, and the pictures that are shown, in that order", () => {
  const trained = training();
  for (let i = 0; i < 150; i++) trained.step();
  const { codes, pictures } = trained.report();
  assert.equal(codes.length, 70 * 2);
  const heldOut = bars(70);
  [69, 3].forEach((number, place) => {
    const off = (other) => {
      let sum = 0;
      for (let i = 0; i < SIDE * SIDE; i++) {
        sum += Math.abs(pictures[place * SIDE * SIDE + i] - heldOut[other * SIDE * SIDE + i] / 255);
      }
      return sum;
    };
    const better = Array.from({ length: 70 }, (_, other) => off(other)).filter((each) => each < off(number)).length;
    assert.ok(better < 15, `${better} other pictures are more like it`); // of 70, a sixth has the same row
  });
});

test("the same seed trains the same network, another one another", () => {
  const [one, same, other] = [1, 1, 2].map((seed) => {
    const trained = training({ seed, shift: 1 });
    for (let i = 0; i < 5; i++) trained.step();
    return trained.report().heldOut;
  });
  assert.equal(one, same);
  assert.notEqual(one, other);
});

test("two numbers are a map themselves, and one is its x", () => {
  assert.deepEqual(placeOn(planeOf([1, 2, 3, 4], 2, null), [1, 2, 3, 4], 2), [3, 4]);
  const line = planeOf([1, 2], 1, null);
  assert.deepEqual(placeOn(line, [1, 2], 1), [2, 0]);
  assert.deepEqual(codeAt(line, [5, 9]), [5]);
});

test("of more numbers, a map shows the two directions in which the codes vary most, the first one across", () => {
  const random = makeRandom(5);
  const codes = Float32Array.from({ length: 400 * 4 }, (_, i) => [0.1, 5, 0.2, 2][i % 4] * (random() - 0.5) + (i % 4));
  const plane = planeOf(codes, 4, null);
  const sizes = plane.axes.map((axis) => axis.map((part) => Math.round(Math.abs(part))));
  assert.deepEqual(sizes, [[0, 1, 0, 0], [0, 0, 0, 1]]);
  const code = codeAt(plane, placeOn(plane, codes, 8));
  [1, 3].forEach((unit) => assert.ok(Math.abs(code[unit] - codes[8 + unit]) < 0.1));
});

test("a map does not turn over from one report to the next", () => {
  const random = makeRandom(5);
  const codes = Float32Array.from({ length: 400 * 3 }, (_, i) => [1, 3, 2][i % 3] * (random() - 0.5));
  const turned = { axes: [[0, -1, 0], [0, 0, -1]] };
  const { axes } = planeOf(codes, 3, turned);
  assert.ok(axes[0][1] < -0.9 && axes[1][2] < -0.9);
});

test("every fifth drawing is held back, and moved to nine places", () => {
  const drawings = Array.from({ length: 11 }, (_, i) => new Uint8Array(64).fill(i, 27, 29)); // in the middle of 8 × 8
  const { images, heldOut, shown } = sheetOfDrawings(drawings, 8);
  assert.equal(images.length, 9 * 64);
  assert.equal(heldOut.length, 2 * 9 * 64);
  assert.equal(shown.length, 10);
  assert.deepEqual([...heldOut.subarray(0, 128)], [...drawings[4], ...drawings[9]]);
  const places = Array.from({ length: 18 }, (_, i) => heldOut.subarray(64 * i, 64 * (i + 1)).join());
  assert.equal(new Set(places).size, 18);
});
