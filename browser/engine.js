// Networks, evaluated without Python: what a decoder makes of a code, and which real code is the nearest. Knows nothing
// of Jupyter, nor of a page. So far it evaluates dense layers; the kernel draws for decoders of any other kind. Which
// are sent here, layers_for_browser in aelib/widgets/decoded.py says.

const ACTIVATIONS = {
  linear: (a) => a,
  relu: (a) => Math.max(a, 0),
  silu: (a) => a / (1 + Math.exp(-a)),
  tanh: Math.tanh,
  sigmoid: (a) => 1 / (1 + Math.exp(-a)),
};

/** Return a dense decoder: a function from a code to C·H·W pixels.
 *
 * layers is [[inputs, outputs, activation], …]. weights is a Float32Array that holds, for each layer, its matrix
 * (outputs × inputs, row by row) and then its bias (outputs).
 */
export function makeDecoder(layers, weights) {
  return (code) => {
    let values = Float32Array.from(code);
    let start = 0;
    for (const [inputs, outputs, activation] of layers) {
      const end = start + (inputs + 1) * outputs;
      values = dense(values, weights.subarray(start, end), outputs, ACTIVATIONS[activation]);
      start = end;
    }
    return values;
  };
}

/** Return what one layer makes of its input; weights are its matrix, row by row, and then its bias. */
function dense(input, weights, outputs, activation) {
  const bias = input.length * outputs;
  const result = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const row = output * input.length;
    let sum = weights[bias + output];
    for (let unit = 0; unit < input.length; unit++) sum += weights[row + unit] * input[unit];
    result[output] = activation(sum);
  }
  return result;
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
