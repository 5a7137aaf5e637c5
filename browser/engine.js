// Networks, evaluated without Python: what a decoder makes of a code, a U-Net of a damaged picture, and which real code is
// the nearest. Knows nothing of Jupyter, nor of a page. Which networks are sent here, described in
// aelib/widgets/networks.py says; what else there is, the kernel evaluates.

import { build, count, makePlan } from "./layers.js";
import { makeMatrices } from "./matrices.js";

/** Return a network: a function from a code, or from an image (C, H, W), to a Float32Array of what the network makes of it.
 *
 * layers is [[name, setting, …], …], of the names in layers.js; weights, a Float32Array, are those of the first layer,
 * then those of the second, and so on; shape is that of the input. ways are those of makeMatrices.
 */
export function makeNetwork(layers, weights, shape, ways) {
  const plan = makePlan(weights);
  const input = plan.place(count(shape));
  const output = build(plan, layers, { at: input, shape });
  const scratch = plan.place(plan.scratch);
  const matrices = makeMatrices(plan.size, ways);
  const { heap } = matrices;
  plan.constants.forEach(([at, values]) => heap.set(values, at));

  return (values) => {
    if (values.length !== count(shape)) throw new Error(`This network takes ${count(shape)} numbers, not ${values.length}.`);
    heap.set(values, input);
    plan.steps.forEach((step) => step({ ...matrices, scratch }));
    return heap.slice(output.at, output.at + count(output.shape));
  };
}

/** Return encode and decode of an autoencoder for images of a shape, as autoencoder_for_browser in aelib/widgets/decoded.py
 * describes it; weights are those of the encoder, and then those of the decoder.
 */
export function makeAutoencoder({ encoder, decoder, code_size }, weights, shape) {
  return {
    encode: makeNetwork(encoder.layers, weights.subarray(0, encoder.weights), shape),
    decode: makeNetwork(decoder.layers, weights.subarray(encoder.weights), [code_size]),
  };
}

/** Return the row of codes (a Float32Array of N × code.length) that is nearest to code, and its Euclidean distance. */
export function nearest(code, codes) {
  let row = 0;
  let least = Infinity;
  for (let first = 0; first < codes.length; first += code.length) {
    let sum = 0;
    for (let unit = 0; unit < code.length && sum < least; unit++) sum += (codes[first + unit] - code[unit]) ** 2;
    if (sum < least) [row, least] = [first / code.length, sum];
  }
  return { row, distance: Math.sqrt(least) };
}
