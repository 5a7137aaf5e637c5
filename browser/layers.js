// The layers that networks are made of, as torch.nn has them, each evaluated without Python. described in
// aelib/widgets/networks.py writes down a network as lists of them: [[name, setting, …], …].
//
// A layer takes a plan and what comes in, and returns what comes out: the shape, and the place in memory. It adds to the
// plan the steps that are done whenever the network runs, and takes its weights, which follow each other in the order of
// the layers. Features are (C, H, W), or (N) for dense layers, row by row.

import { mod } from "./basics.js";
import { denoised } from "./denoising.js";
import { enlarged, filledFromSmaller } from "./guesses.js";
import { FREE } from "./matrices.js";

/** Return the plan of a network: where everything lies in memory, and what is done in which order. */
export function makePlan(weights) {
  let taken = 0;
  const left = {}; // places that nobody needs any more, by how many numbers they hold
  const plan = { size: 0, scratch: 0, constants: [], steps: [] };
  /** Return a place for so many numbers. */
  plan.place = (count) => {
    if (left[count]?.length) return left[count].pop();
    plan.size += count;
    return FREE + plan.size - count;
  };
  /** Say that what has been placed is not needed by later steps. */
  plan.leave = ({ at, shape }) => (left[count(shape)] ??= []).push(at);
  /** Return a place that holds these numbers. */
  plan.constant = (values) => {
    plan.size += values.length;
    const at = FREE + plan.size - values.length; // a place of its own: it must stay
    plan.constants.push([at, values]);
    return at;
  };
  /** Return the next so many weights. */
  plan.take = (count) => {
    taken += count;
    if (taken > weights.length) throw new Error(`The network has more than ${weights.length} weights.`);
    return weights.subarray(taken - count, taken);
  };
  /** Have something done at each run, with the memory, the product of makeMatrices, and a place for its own use. */
  plan.step = (work, scratch = 0) => {
    plan.scratch = Math.max(plan.scratch, scratch);
    plan.steps.push(work);
  };
  return plan;
}

/** Add layers, one behind the other, to a plan. What comes in stays; what is only handed on is left. */
export function build(plan, layers, input) {
  return layers.reduce((value, [name, ...settings]) => {
    if (!LAYERS[name]) throw new Error(`There is no layer ${name}.`);
    const next = LAYERS[name](plan, value, ...settings);
    if (value.at !== input.at && value.at !== next.at) plan.leave(value);
    return next;
  }, input);
}

export const count = (shape) => shape.reduce((product, length) => product * length, 1);

/** A layer that computes each number by itself. */
function elementwise(activation) {
  return (plan, { at, shape }) => {
    const size = count(shape);
    const to = plan.place(size);
    plan.step(({ heap }) => {
      for (let i = 0; i < size; i++) heap[to + i] = activation(heap[at + i]);
    });
    return { at: to, shape };
  };
}

/** A layer that only moves numbers: from[i] is the place, counted within the input, of the output's i-th number. */
function moving(plan, { at }, shape, from) {
  const to = plan.place(from.length);
  plan.step(({ heap }) => {
    for (let i = 0; i < from.length; i++) heap[to + i] = heap[at + from[i]];
  });
  return { at: to, shape };
}

/** Return, for an output of a shape (C, H, W), the place in the input that origin(c, y, x) says for each number. */
function places([channels, height, width], origin) {
  const from = new Int32Array(channels * height * width);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) from[i++] = origin(c, y, x);
  }
  return from;
}

const PANEL = 8; // outputs of a dense layer that are computed together, as wide as the kernel of product is

/** y = W x + b, for an input that ends in 1, with b as the last column of W. The matrix is kept in panels of some outputs,
 * within which it is read from beginning to end; by rows or by columns, most of the time would go into fetching it.
 */
function linear(plan, { at, shape }, inputs, outputs) {
  if (count(shape) !== inputs) throw new Error(`A dense layer takes ${inputs} numbers; it gets ${shape.join(" × ")}.`);
  const matrix = plan.take(inputs * outputs); // row by row
  const bias = plan.take(outputs);
  const wide = Math.min(PANEL, outputs);
  const a = plan.place(inputs + 1);
  const out = plan.place(outputs);
  const panels = [];
  for (let start = 0; start < outputs; start += PANEL) panels.push(makePanel(Math.min(start, outputs - wide)));
  function makePanel(first) {
    const panel = new Float32Array((inputs + 1) * wide);
    for (let o = 0; o < wide; o++) {
      for (let i = 0; i < inputs; i++) panel[i * wide + o] = matrix[(first + o) * inputs + i];
      panel[inputs * wide + o] = bias[first + o];
    }
    return { b: plan.constant(panel), out: out + first };
  }
  const sizes = { rows: 1, columns: wide, channels: inputs + 1, aRow: 0, aColumn: 1, bRow: wide, outRow: wide };
  plan.step(({ heap, product }) => {
    heap.copyWithin(a, at, at + inputs);
    heap[a + inputs] = 1;
    for (const panel of panels) product({ ...sizes, a, ...panel });
  });
  return { at: out, shape: [outputs] };
}

/** Copy images into larger ones with a rim of zeros, and those into stride × stride smaller ones, of each stride-th pixel
 * in each direction, so that a convolution with a stride becomes one without. Return the size of what comes of it. */
function spread([channels, height, width], rim, stride) {
  const wide = Math.ceil((width + 2 * rim) / stride);
  const plane = Math.ceil((height + 2 * rim) / stride) * wide;
  const size = channels * stride * stride * plane;
  function copy(heap, from, to) {
    heap.fill(0, to, to + size);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        const down = (y + rim) % stride;
        const row = to + (c * stride + down) * stride * plane + ((y + rim - down) / stride) * wide;
        const start = from + (c * height + y) * width;
        if (stride === 1) {
          heap.copyWithin(row + rim, start, start + width);
          continue;
        }
        for (let phase = 0; phase < stride; phase++) {
          const first = mod(phase - rim, stride);
          let place = row + phase * plane + (first + rim - phase) / stride;
          for (let pixel = start + first; pixel < start + width; pixel += stride) heap[place++] = heap[pixel];
        }
      }
    }
  }
  return { wide, plane, size, copy };
}

function convolution(plan, { at, shape }, outputs, side, stride, padding) {
  const inputs = shape[0];
  const [height, width] = shape.slice(1).map((length) => Math.floor((length + 2 * padding - side) / stride) + 1);
  const a = plan.constant(plan.take(outputs * inputs * side * side));
  const bias = plan.constant(plan.take(outputs));
  const { wide, plane, size, copy } = spread(shape, padding, stride);
  const taps = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const phase = (y % stride) * stride + (x % stride);
      taps.push(phase * plane + Math.floor(y / stride) * wide + Math.floor(x / stride));
    }
  }
  const columns = (height - 1) * wide + width; // between the rows come some that nobody needs
  const to = plan.place(outputs * height * width);
  plan.step(({ heap, product, scratch }) => {
    const out = scratch + size;
    copy(heap, at, scratch);
    const sizes = { rows: outputs, columns, channels: inputs, taps, aRow: inputs * taps.length, aColumn: 1 };
    product({ ...sizes, a, bias, b: scratch, bRow: stride * stride * plane, out, outRow: columns });
    for (let m = 0; m < outputs; m++) {
      for (let y = 0; y < height; y++) {
        const row = out + m * columns + y * wide;
        heap.copyWithin(to + (m * height + y) * width, row, row + width);
      }
    }
  }, size + outputs * columns);
  return { at: to, shape: [outputs, height, width] };
}

/** Each pixel of the output lies in one of stride × stride phases, and each phase is a convolution without a stride: its
 * row number i sees the input's rows i − t by the kernel's rows phase + stride · t. */
function transposedConvolution(plan, { at, shape }, outputs, side, stride, padding, extra) {
  const [inputs, inHeight, inWidth] = shape;
  const [height, width] = [inHeight, inWidth].map((length) => (length - 1) * stride - 2 * padding + side + extra);
  const weights = plan.take(inputs * outputs * side * side);
  const bias = plan.constant(plan.take(outputs));
  const reach = Math.ceil(side / stride) - 1;
  const { wide, plane, size, copy } = spread(shape, reach, 1);
  const columns = (inHeight + reach - 1) * wide + inWidth + reach;
  const to = plan.place(outputs * height * width);

  const phases = [];
  for (let down = 0; down < stride; down++) {
    for (let along = 0; along < stride; along++) phases.push(makePhase(down, along));
  }
  function makePhase(down, along) {
    const [taps, places] = [[], []];
    for (let y = down; y < side; y += stride) {
      for (let x = along; x < side; x += stride) {
        taps.push((reach - (y - down) / stride) * wide + reach - (x - along) / stride);
        places.push(y * side + x);
      }
    }
    const matrix = new Float32Array(outputs * inputs * taps.length);
    for (let m = 0, i = 0; m < outputs; m++) {
      for (let c = 0; c < inputs; c++) for (const place of places) matrix[i++] = weights[(c * outputs + m) * side * side + place];
    }
    return { down, along, taps, a: plan.constant(matrix) };
  }
  plan.step(({ heap, product, scratch }) => {
    const out = scratch + size;
    copy(heap, at, scratch);
    for (const { down, along, taps, a } of phases) {
      const sizes = { rows: outputs, columns, channels: inputs, taps, aRow: inputs * taps.length, aColumn: 1 };
      product({ ...sizes, a, bias, b: scratch, bRow: plane, out, outRow: columns });
      for (let m = 0; m < outputs; m++) {
        for (let y = mod(down - padding, stride); y < height; y += stride) {
          const row = out + m * columns + ((y + padding - down) / stride) * wide;
          for (let x = mod(along - padding, stride); x < width; x += stride) {
            heap[to + (m * height + y) * width + x] = heap[row + (x + padding - along) / stride];
          }
        }
      }
    }
  }, size + outputs * columns);
  return { at: to, shape: [outputs, height, width] };
}

/** All features of an image, less their mean and by their deviation; then a scale and a shift for each channel. */
function normalisation(plan, { at, shape }, eps) {
  const size = count(shape);
  const area = size / shape[0];
  const [scale, shift] = [plan.take(shape[0]), plan.take(shape[0])];
  const to = plan.place(size);
  plan.step(({ heap }) => {
    let mean = 0;
    for (let i = 0; i < size; i++) mean += heap[at + i] / size;
    let variance = 0;
    for (let i = 0; i < size; i++) variance += (heap[at + i] - mean) ** 2 / size;
    const by = 1 / Math.sqrt(variance + eps);
    for (let i = 0; i < size; i++) {
      const channel = Math.floor(i / area);
      heap[to + i] = (heap[at + i] - mean) * by * scale[channel] + shift[channel];
    }
  });
  return { at: to, shape };
}

/** layers(x) + x, or plus the first channels of x where the layers give fewer. */
function add(plan, input, layers) {
  const sum = build(plan, layers, input);
  const size = count(sum.shape);
  plan.step(({ heap }) => {
    for (let i = 0; i < size; i++) heap[sum.at + i] += heap[input.at + i];
  });
  return sum;
}

/** x, but for what its last channel marks by 1: that comes from the layers. */
function fill(plan, input, layers) {
  const guess = build(plan, layers, input);
  const [channels, height, width] = input.shape;
  const area = height * width;
  const to = plan.place(channels * area);
  plan.step(({ heap }) => {
    heap.copyWithin(to, input.at, input.at + channels * area);
    const lost = input.at + (channels - 1) * area;
    for (let i = 0; i < (channels - 1) * area; i++) if (heap[lost + (i % area)]) heap[to + i] = heap[guess.at + i];
  });
  plan.leave(guess);
  return { at: to, shape: input.shape };
}

/** The layers get an image whose sides are multiples of a number, and its last row and column again where they are not;
 * what they add to it is cut off again. */
function padded(plan, input, multiple, layers) {
  const [channels, height, width] = input.shape;
  const up = (length) => Math.ceil(length / multiple) * multiple;
  const shape = [channels, up(height), up(width)];
  const inside = (c, y, x) => (c * height + Math.min(y, height - 1)) * width + Math.min(x, width - 1);
  if (shape.every((length, i) => length === input.shape[i])) return build(plan, layers, input);
  const enough = moving(plan, input, shape, places(shape, inside));
  const output = build(plan, layers, enough);
  plan.leave(enough);
  const [drawn, high, wide] = output.shape;
  const cut = [drawn, height, width];
  const result = moving(plan, output, cut, places(cut, (c, y, x) => (c * high + y) * wide + x));
  plan.leave(output);
  return result;
}

function pixelShuffle(plan, input, times) {
  const [channels, height, width] = input.shape;
  const shape = [channels / times ** 2, height * times, width * times];
  const origin = (c, y, x) => {
    const channel = (c * times + (y % times)) * times + (x % times);
    return (channel * height + Math.floor(y / times)) * width + Math.floor(x / times);
  };
  return moving(plan, input, shape, places(shape, origin));
}

function pixelUnshuffle(plan, input, times) {
  const [channels, height, width] = input.shape;
  const shape = [channels * times ** 2, height / times, width / times];
  const origin = (c, y, x) => {
    const within = c % times ** 2;
    const row = y * times + Math.floor(within / times);
    return (Math.floor(c / times ** 2) * height + row) * width + x * times + (within % times);
  };
  return moving(plan, input, shape, places(shape, origin));
}

function enlarge(plan, input, times) {
  const [channels, height, width] = input.shape;
  const shape = [channels, height * times, width * times];
  const origin = (c, y, x) => (c * height + Math.floor(y / times)) * width + Math.floor(x / times);
  return moving(plan, input, shape, places(shape, origin));
}

/** A guess without weights: of all channels but the last, which says what is lost, by guess(pixels, lost, shape). */
function guessed(guess) {
  return (plan, input) => {
    const [channels, height, width] = input.shape;
    const split = input.at + (channels - 1) * height * width;
    const end = split + height * width;
    const to = plan.place(end - input.at);
    plan.step(({ heap }) => {
      const pixels = guess(heap.subarray(input.at, split), heap.subarray(split, end), [channels - 1, height, width]);
      heap.set(pixels, to);
      heap.copyWithin(to + split - input.at, split, end);
    });
    return { at: to, shape: input.shape };
  };
}

/** Of a picture whose last channel says what is lost: guesses without noise, for each deviation, and then x itself. */
function denoise(plan, input, deviations) {
  const [channels, height, width] = input.shape;
  const size = channels * height * width;
  const shape = [3 * deviations.length + channels, height, width];
  const to = plan.place(count(shape));
  plan.step(({ heap }) => {
    const picture = heap.slice(input.at, input.at + 3 * height * width);
    heap.set(denoised(picture, [3, height, width], deviations), to);
    heap.copyWithin(to + count(shape) - size, input.at, input.at + size);
  });
  return { at: to, shape };
}

const LAYERS = {
  linear,
  convolution,
  "transposed convolution": transposedConvolution,
  normalisation,
  flatten: (plan, { at, shape }) => ({ at, shape: [count(shape)] }),
  reshape: (plan, { at }, shape) => ({ at, shape }),
  "pixel shuffle": pixelShuffle,
  "pixel unshuffle": pixelUnshuffle,
  enlarge,
  padded,
  add,
  fill,
  denoise,
  "first channels": (plan, { at, shape }, channels) => ({ at, shape: [channels, ...shape.slice(1)] }),
  "from smaller": guessed(filledFromSmaller),
  bicubic: guessed((pixels, _, shape) => enlarged(pixels, shape)),
  relu: elementwise((a) => Math.max(a, 0)),
  silu: elementwise((a) => a / (1 + Math.exp(-a))),
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise((a) => 1 / (1 + Math.exp(-a))),
};
