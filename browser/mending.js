// The worker that mends a photograph for browser/workshop.js, so that the page goes on following the hand.
//
// It is sent {task, layers, weights, colours, width, height, marks}: a task of PhotoRepair in aelib, its network, that
// one's weights, and of each pixel red, green, blue and opacity. It answers once with {isFast}, with
// {share} after each tile, and in the end with {colours, width, height}.

import { makeNetwork } from "./engine.js";
import { makeMatrices } from "./matrices.js";
import { toScreen } from "./paint.js";
import { cover } from "./pen.js";
import { doublePhoto, fillPhoto, inTiles } from "./tiles.js";

self.onmessage = ({ data: { task, layers, weights, colours, width, height, marks } }) => {
  self.postMessage({ isFast: makeMatrices(0).way !== "" });
  const [photo, shape] = [planesOf(colours), [3, height, width]];
  const networkFor = makingOne(layers, weights);
  const follow = (share) => self.postMessage({ share });
  if (task === "noise") send(inTiles(networkFor, photo, shape, null, follow), shape);
  if (task === "lost") send(fillPhoto(networkFor, photo, shape, lostUnder(marks, width, height), follow), shape);
  if (task === "low resolution") send(doublePhoto(networkFor, photo, shape, follow), [3, 2 * height, 2 * width]);
};

function send(photo, shape) {
  const colours = toScreen(photo, shape);
  self.postMessage({ colours, width: shape[2], height: shape[1] }, [colours.buffer]);
}

/** Return what makes the network for a shape; it keeps the last one alone, for each has a memory of its own. */
function makingOne(layers, weights) {
  let last = {};
  return (shape) => {
    if (last.name !== `${shape}`) last = { name: `${shape}`, network: makeNetwork(layers, weights, shape) };
    return last.network;
  };
}

/** Return a photograph (3, H, W) of what a canvas has of each pixel. */
function planesOf(colours) {
  const area = colours.length / 4;
  const photo = new Uint8Array(3 * area);
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) photo[c * area + i] = colours[4 * i + c];
  return photo;
}

/** Return which pixels (H, W) are marked: marks are [width, x, y, x, y, …], with round ends. */
function lostUnder(marks, width, height) {
  const lost = new Uint8Array(width * height);
  for (const [broad, ...places] of marks) {
    for (let i = 0; i < places.length; i += 2) {
      const from = Math.max(i - 2, 0);
      cover(lost, [width, height], broad, places.slice(from, from + 2), places.slice(i, i + 2));
    }
  }
  return lost;
}
