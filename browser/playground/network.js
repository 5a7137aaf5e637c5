// A dense autoencoder that learns: forward, backwards, and one step downhill, as lessons 2 and 3 write them out. Knows
// nothing of a page.
//
// The numbers of a layer are kept feature by feature, (size × images), so that both ways through a layer are products
// of its matrix with what stands there already. The gradient of a matrix alone needs them image by image, (images ×
// size).

import { FREE, makeMatrices } from "../matrices.js";

// As torch.optim.AdamW has them, and training.fit.
const [MEAN_KEPT, SQUARE_KEPT, LITTLE, WEIGHT_DECAY] = [0.9, 0.999, 1e-8, 0.01];

/** Return a logarithm that is never infinite, with the limit that torch's cross-entropy has. */
const logarithm = (value) => Math.max(Math.log(value), -100);

/** What training can make small. of(drawn, pixel) is the loss of one pixel, both in [0, 1]; slope is how fast it grows
 * with what enters the sigmoid that drawn comes from. In the cross-entropy the sigmoid's own slope, drawn · (1 −
 * drawn), cancels.
 */
export const LOSSES = {
  squared: {
    of: (drawn, pixel) => (drawn - pixel) ** 2,
    slope: (drawn, pixel) => 2 * (drawn - pixel) * drawn * (1 - drawn),
  },
  absolute: {
    of: (drawn, pixel) => Math.abs(drawn - pixel),
    slope: (drawn, pixel) => Math.sign(drawn - pixel) * drawn * (1 - drawn),
  },
  "cross-entropy": {
    of: (drawn, pixel) => -pixel * logarithm(drawn) - (1 - pixel) * logarithm(1 - drawn),
    slope: (drawn, pixel) => drawn - pixel,
  },
};

const sigmoid = (sum) => 1 / (1 + Math.exp(-sum));

/** Return an autoencoder of layers of sizes, such as [784, 128, 2, 128, 784], the code in the middle; SiLU follows each
 * hidden layer, nothing the code, and the sigmoid the last layer. loss is one of LOSSES; most, how many images it is
 * ever given at once.
 *
 * Put images into rows (most × pixels, in [0, 1]) before learn or measure. parameters and gradients hold, for each
 * layer, a matrix (outputs × inputs, row by row) and then a bias (outputs).
 */
export function makeLearner({ sizes, loss, most, ways }) {
  const { of, slope } = LOSSES[loss];
  const pixels = sizes[0];
  const last = sizes.length - 1;
  const middle = last / 2;
  const layers = placedLayers(sizes);
  const count = layers.at(-1).bias + pixels; // of parameters
  const widest = Math.max(...sizes);

  // Where everything lies in the one array that products read and write.
  const perImage = 3 * sizes.reduce((sum, size) => sum + size) + widest + pixels;
  const { heap, product, way } = makeMatrices(2 * count + most * perImage, ways);
  let next = FREE;
  function take(numbers) {
    next += numbers;
    return next - numbers;
  }
  const [ofParameters, ofGradients] = [take(count), take(count)];
  const values = sizes.map((size) => take(most * size)); // (size × images) behind the activation
  const sums = sizes.map((size, level) => (isHidden(level) ? take(most * size) : values[level])); // before it
  const slopes = sizes.map((size) => take(most * size)); // of the loss, by sums
  const byImage = take(most * widest); // values, (images × size)
  const given = take(most * pixels);

  const parameters = heap.subarray(ofParameters, ofParameters + count);
  const gradients = heap.subarray(ofGradients, ofGradients + count);
  const means = new Float32Array(count); // of the gradients so far, as AdamW keeps them,
  const squares = new Float32Array(count); // and of their squares
  let steps = 0;

  function isHidden(level) {
    return level !== 0 && level !== middle && level !== last;
  }

  /** Draw the images that rows hold anew; return the mean loss of a pixel. */
  function measure(images) {
    transpose(heap, given, images, pixels, values[0]);
    layers.forEach(({ matrix, bias, inputs, outputs }, level) => {
      product({
        rows: outputs, columns: images, channels: inputs, a: ofParameters + matrix, aRow: inputs, aColumn: 1,
        b: values[level], bRow: images, bias: ofParameters + bias, out: sums[level + 1], outRow: images,
      });
      activate(level + 1, outputs * images);
    });
    let sum = 0;
    for (let i = 0; i < pixels * images; i++) sum += of(heap[values[last] + i], heap[values[0] + i]);
    return sum / (pixels * images);
  }

  function activate(level, size) {
    const [from, to] = [sums[level], values[level]];
    if (level === last) for (let i = 0; i < size; i++) heap[to + i] = sigmoid(heap[from + i]);
    else if (isHidden(level)) for (let i = 0; i < size; i++) heap[to + i] = heap[from + i] * sigmoid(heap[from + i]);
  }

  /** Go back from the loss that was measured: write how fast it grows with each parameter into gradients. */
  function goBack(images) {
    const scale = 1 / (pixels * images);
    for (let i = 0; i < pixels * images; i++) {
      heap[slopes[last] + i] = scale * slope(heap[values[last] + i], heap[values[0] + i]);
    }
    for (let level = last - 1; level >= 0; level--) {
      const { matrix, bias, inputs, outputs } = layers[level];
      const behind = slopes[level + 1];
      transpose(heap, values[level], inputs, images, byImage);
      product({
        rows: outputs, columns: inputs, channels: images, a: behind, aRow: images, aColumn: 1,
        b: byImage, bRow: inputs, out: ofGradients + matrix, outRow: inputs,
      });
      for (let output = 0; output < outputs; output++) {
        let sum = 0;
        for (let i = 0; i < images; i++) sum += heap[behind + output * images + i];
        gradients[bias + output] = sum;
      }
      if (level === 0) return;
      product({
        rows: inputs, columns: images, channels: outputs, a: ofParameters + matrix, aRow: 1, aColumn: inputs,
        b: behind, bRow: images, out: slopes[level], outRow: images,
      });
      if (isHidden(level)) passActivation(level, inputs * images);
    }
  }

  /** Multiply the slopes by how fast SiLU grows there: from the loss by its result to the loss by what enters it. */
  function passActivation(level, size) {
    for (let i = 0; i < size; i++) {
      const sum = heap[sums[level] + i];
      const share = sigmoid(sum);
      heap[slopes[level] + i] *= share * (1 + sum * (1 - share));
    }
  }

  /** Take one step of AdamW (Loshchilov & Hutter 2019, arXiv:1711.05101) down the gradients. */
  function stepDown(rate) {
    steps++;
    const meanScale = rate / (1 - MEAN_KEPT ** steps);
    const squareScale = 1 / (1 - SQUARE_KEPT ** steps);
    const kept = 1 - rate * WEIGHT_DECAY;
    for (let i = 0; i < count; i++) {
      const gradient = gradients[i];
      const mean = MEAN_KEPT * means[i] + (1 - MEAN_KEPT) * gradient;
      const square = SQUARE_KEPT * squares[i] + (1 - SQUARE_KEPT) * gradient * gradient;
      means[i] = mean;
      squares[i] = square;
      parameters[i] = kept * parameters[i] - (meanScale * mean) / (Math.sqrt(square * squareScale) + LITTLE);
    }
  }

  return {
    isFast: way !== "",
    parameters,
    gradients,
    rows: heap.subarray(given, given + most * pixels),
    measure,
    goBack,
    /** Learn from the images that rows hold, with a learning rate; return their mean loss before that. */
    learn(images, rate) {
      const loss = measure(images);
      goBack(images);
      stepDown(rate);
      return loss;
    },
    /** Draw the first parameters, as torch.nn.Linear does: evenly within ±1/√inputs. random() is in [0, 1). */
    drawParameters(random) {
      layers.forEach(({ matrix, inputs, outputs }) => {
        const bound = 1 / Math.sqrt(inputs);
        for (let i = 0; i < (inputs + 1) * outputs; i++) parameters[matrix + i] = bound * (2 * random() - 1);
      });
    },
    /** Return the codes (images × code size) of the images that were measured last, and their pictures drawn anew. */
    codes: (images) => copied(values[middle], sizes[middle], images),
    pictures: (images) => copied(values[last], pixels, images),
    /** Return a copy of the decoder, as makeNetwork in engine.js takes it. */
    decoder: () => ({
      layers: layers.slice(middle).flatMap(({ inputs, outputs }, i) => {
        return [["linear", inputs, outputs], [middle + i + 1 === last ? "sigmoid" : "silu"]];
      }),
      weights: parameters.slice(layers[middle].matrix),
    }),
  };

  function copied(from, size, images) {
    const copy = new Float32Array(size * images);
    transpose(heap.subarray(from, from + size * images), 0, size, images, 0, copy);
    return copy;
  }
}

/** Return for each layer how many numbers enter and leave it, and where its matrix and its bias lie. */
function placedLayers(sizes) {
  let matrix = 0;
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i];
    const layer = { inputs, outputs, matrix, bias: matrix + inputs * outputs };
    matrix = layer.bias + outputs;
    return layer;
  });
}

/** Write the transpose of a matrix (rows × columns), which lies in an array from a place on, to another place. */
function transpose(array, from, rows, columns, to, target = array) {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      target[to + column * rows + row] = array[from + row * columns + column];
    }
  }
}
