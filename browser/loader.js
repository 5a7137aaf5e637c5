// Networks whose weights are too large to be there from the start.

import { bytes, fromHalves, joined } from "./basics.js";
import { makeNetwork } from "./engine.js";

const PAUSE = 5000; // milliseconds from an answer that the weights cannot be had until they are asked for again

/** Return what loads the networks that a model describes, as {layers, weights}: the layers, and the name of the weights,
 * which are asked for in parts, one after the other.
 *
 * network(description, shape) is the network for inputs of a shape, once its weights are there; null before, and then
 * they are asked for. take(message, buffers) is to be called with the answers; it returns whether one is a part of weights.
 * A kernel sends bytes, in half precision; a web page the numbers, a Float32Array, at once. With an answer of no parts the
 * weights cannot be had.
 */
export function makeLoader(model) {
  const parts = {}; // of weights, by their names
  const networks = {};
  const ask = (weights, part) => model.send({ weights, part });

  function network({ layers, weights }, shape) {
    if (!parts[weights] || performance.now() > parts[weights].again) {
      parts[weights] = [];
      ask(weights, 0);
    }
    if (!parts[weights].numbers) return null;
    networks[weights] ??= makeNetwork(layers, parts[weights].numbers, shape);
    return networks[weights];
  }

  function take({ weights, part, parts: count, numbers }, buffers) {
    if (weights === undefined) return false;
    if (part !== parts[weights]?.length) return true; // of another view, which asked too
    if (!count) {
      parts[weights].again = performance.now() + PAUSE;
      return true;
    }
    if (!numbers) parts[weights].push(bytes(buffers[0]));
    if (part + 1 < count) ask(weights, part + 1);
    else parts[weights] = { numbers: numbers ?? fromHalves(joined(parts[weights])) };
    return true;
  }
  return { network, take };
}
