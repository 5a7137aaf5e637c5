import assert from "node:assert/strict";
import { test } from "node:test";
import { makeLoader } from "../loader.js";

const DOUBLING = { layers: [["linear", 1, 1]], weights: "network-1" };
const HALVES = [0x4000, 0x0000]; // 2 and 0 in half precision: the weight, and the bias
const bytesOf = (...halves) => new DataView(Uint16Array.from(halves).buffer);

function makeModel() {
  const asked = [];
  return { asked, send: ({ weights, part }) => asked.push([weights, part]) };
}

test("weights are asked for once, part by part, and then the network is there", () => {
  const model = makeModel();
  const { network, take } = makeLoader(model);
  for (let i = 0; i < 3; i++) assert.equal(network(DOUBLING, [1]), null);
  assert.deepEqual(model.asked, [["network-1", 0]]);
  assert.ok(take({ weights: "network-1", part: 0, parts: 2 }, [bytesOf(HALVES[0])]));
  assert.deepEqual(model.asked, [["network-1", 0], ["network-1", 1]]);
  assert.equal(network(DOUBLING, [1]), null);
  assert.ok(take({ weights: "network-1", part: 1, parts: 2 }, [bytesOf(HALVES[1])]));
  assert.deepEqual([...network(DOUBLING, [1])([21])], [42]);
  assert.equal(network(DOUBLING, [1]), network(DOUBLING, [1])); // made once
  assert.equal(model.asked.length, 2);
});

test("a web page has all of the weights at once, as numbers", () => {
  const model = makeModel();
  const { network, take } = makeLoader(model);
  network(DOUBLING, [1]);
  assert.ok(take({ weights: "network-1", part: 0, parts: 1, numbers: Float32Array.from([2, 0]) }));
  assert.deepEqual([...network(DOUBLING, [1])([21])], [42]);
  assert.equal(model.asked.length, 1);
});

test("what another view has asked for is no part of ours, nor is any other message", () => {
  const model = makeModel();
  const { network, take } = makeLoader(model);
  assert.equal(take({ captions: {} }, []), false);
  network(DOUBLING, [1]);
  for (const part of [1, 0, 0, 5]) assert.ok(take({ weights: "network-1", part, parts: 2 }, [bytesOf(HALVES[part % 2])]));
  assert.ok(take({ weights: "network-2", part: 0, parts: 1 }, [bytesOf(0)]));
  assert.ok(take({ weights: "network-1", part: 1, parts: 2 }, [bytesOf(HALVES[1])]));
  assert.deepEqual([...network(DOUBLING, [1])([21])], [42]);
});

test("weights that cannot be had are asked for again, after a pause", (t) => {
  let now = 1000;
  t.mock.method(performance, "now", () => now);
  const model = makeModel();
  const { network, take } = makeLoader(model);
  network(DOUBLING, [1]);
  take({ weights: "network-1", part: 0, parts: 0 }, []);
  network(DOUBLING, [1]);
  assert.equal(model.asked.length, 1);
  now += 6000;
  network(DOUBLING, [1]);
  assert.equal(model.asked.length, 2);
  take({ weights: "network-1", part: 0, parts: 1 }, [bytesOf(...HALVES)]);
  assert.deepEqual([...network(DOUBLING, [1])([4])], [8]);
});
