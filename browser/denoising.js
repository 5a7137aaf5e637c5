// The guesses that models.DenoisingNet in aelib starts from, without a network: what is left of a noisy picture when its
// patches, and stacks of patches that look alike, are filtered by their cosine waves. aelib/models/block_matching.py has
// the same in Python, and says whose method it is. Planes and pictures are row by row, in a Float32Array.

import { mod } from "./basics.js";
import { FREE, makeMatrices } from "./matrices.js";

const THRESHOLD = 2.4; // how many standard deviations a wave must have to be kept
const SMALL = { side: 8, stride: 2 }; // pixels along a patch, and from one to the next
const LARGE = { side: 16, stride: 4 };
const STACK = { side: 6, stride: 4, size: 32, reach: 13 }; // patches in a stack, and pixels to the furthest one

/** Return pictures (3, H, W), one behind the other: a guess for noise of each of the deviations. */
export function denoised(pixels, [, height, width], deviations) {
  const area = height * width;
  const colours = cosines(3); // brightness, and two differences of colour
  const noisy = [0, 1, 2].map((a) => mixed(pixels, area, (b) => colours[3 * a + b]));
  const guesses = new Float32Array(deviations.length * 3 * area);
  deviations.forEach((deviation, which) => {
    let planes = noisy.map((plane) => filteredByPatches(plane, height, width, deviation));
    if (which === 0) planes = filteredInStacks(noisy, planes, height, width, deviation);
    const mended = new Float32Array(3 * area);
    planes.forEach((plane, a) => mended.set(plane, a * area));
    for (let b = 0; b < 3; b++) guesses.set(mixed(mended, area, (a) => colours[3 * a + b]), (3 * which + b) * area);
  });
  return guesses;
}

/** Return the sum of three planes, by their weights. */
function mixed(planes, area, weight) {
  const sum = new Float32Array(area);
  for (let c = 0; c < 3; c++) for (let i = 0; i < area; i++) sum[i] += weight(c) * planes[c * area + i];
  return sum;
}

/** Return the waves of the discrete cosine transform as the rows of an orthogonal matrix (size, size). */
function cosines(size) {
  const waves = new Float64Array(size * size);
  for (let frequency = 0; frequency < size; frequency++) {
    const length = Math.sqrt((frequency ? 1 : 2) * (size / 2));
    for (let place = 0; place < size; place++) {
      waves[frequency * size + place] = Math.cos((Math.PI * frequency * (2 * place + 1)) / (2 * size)) / length;
    }
  }
  return waves;
}

/** Return forward(patch, coefficients) and back(coefficients, patch) of square patches, in two dimensions. */
function makeTransform(side) {
  const waves = cosines(side);
  const places = transposed(waves, side);
  const half = new Float64Array(side * side);
  /** Set out to matrix · valuesᵀ; done twice, that goes along the rows and then along the columns. */
  function along(matrix, values, out) {
    for (let m = 0, to = 0; m < side; m++) {
      for (let n = 0; n < side; n++, to++) {
        let sum = 0;
        for (let i = m * side, j = n * side; i < (m + 1) * side; i++, j++) sum += matrix[i] * values[j];
        out[to] = sum;
      }
    }
  }
  function twice(matrix, values, out) {
    along(matrix, values, half);
    along(matrix, half, out);
  }
  return {
    forward: (patch, coefficients) => twice(waves, patch, coefficients),
    back: (coefficients, patch) => twice(places, coefficients, patch),
  };
}

const transposed = (matrix, side) => matrix.map((_, i) => matrix[(i % side) * side + Math.floor(i / side)]);

/** Return a plane with less noise: patches without the waves that noise could make, then a Wiener filter of larger ones. */
function filteredByPatches(noisy, height, width, deviation) {
  const first = byPatches(SMALL, [noisy], height, width, (coefficients) => {
    let kept = 0;
    coefficients.forEach((coefficient, i) => {
      if (i && Math.abs(coefficient) <= THRESHOLD * deviation) coefficients[i] = 0;
      kept += coefficients[i] !== 0;
    });
    return 1 / Math.max(kept, 1); // patches that need few waves are to be trusted
  });
  const places = Int32Array.from({ length: LARGE.side ** 2 }, (_, i) => i);
  return byPatches(LARGE, [noisy, first], height, width, (coefficients) =>
    shrink(coefficients, places, places.length, deviation),
  );
}

/** Multiply the values at places by energy / (energy + deviation²), but for the first one, where the guess, whose energy
 * that is, lies apart from them by so much; return how far to trust the result. */
function shrink(values, places, apart, deviation) {
  let squares = 1;
  for (let i = 1; i < places.length; i++) {
    const energy = values[places[i] + apart] ** 2;
    const share = energy / (energy + deviation ** 2);
    values[places[i]] *= share;
    squares += share ** 2;
  }
  return 1 / squares;
}

/** Return the weighted mean of overlapping patches of the first plane: filter gets the coefficients of each, those of
 * one plane behind those of the other, changes those of the first plane, and returns the weight. */
function byPatches({ side, stride }, planes, height, width, filter) {
  const margin = side - stride;
  const wide = width + 2 * margin + mod(-width, stride);
  const high = height + 2 * margin + mod(-height, stride);
  const padded = planes.map((plane) => edged(plane, height, width, high, wide, margin));
  const { forward, back } = makeTransform(side);
  const patch = new Float64Array(side * side);
  const coefficients = new Float64Array(planes.length * side * side);
  const ofPlane = planes.map((_, which) => coefficients.subarray(which * side * side, (which + 1) * side * side));
  const sums = new Float64Array(high * wide);
  const weights = new Float64Array(high * wide);
  for (let top = 0; top + side <= high; top += stride) {
    for (let left = 0; left + side <= wide; left += stride) {
      const corner = top * wide + left;
      padded.forEach((plane, which) => {
        for (let i = 0; i < patch.length; i++) patch[i] = plane[corner + Math.floor(i / side) * wide + (i % side)];
        forward(patch, ofPlane[which]);
      });
      const weight = filter(coefficients);
      back(ofPlane[0], patch);
      for (let i = 0; i < patch.length; i++) {
        const at = corner + Math.floor(i / side) * wide + (i % side);
        sums[at] += weight * patch[i];
        weights[at] += weight;
      }
    }
  }
  return cropped(sums, weights, height, width, wide, margin);
}

/** Return a plane (high, wide) with a picture (height, width) in it, whose rim goes on to all sides. */
function edged(plane, height, width, high, wide, margin) {
  const larger = new Float32Array(high * wide);
  for (let y = 0, i = 0; y < high; y++) {
    const row = Math.min(Math.max(y - margin, 0), height - 1) * width;
    for (let x = 0; x < wide; x++, i++) larger[i] = plane[row + Math.min(Math.max(x - margin, 0), width - 1)];
  }
  return larger;
}

function cropped(sums, weights, height, width, wide, margin) {
  const means = new Float32Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, at = (y + margin) * wide + margin; x < width; x++, i++, at++) means[i] = sums[at] / weights[at];
  }
  return means;
}

/** Return three noisy planes with less noise: patches that look alike in the guess are stacked and filtered together. */
function filteredInStacks(noisy, guess, height, width, deviation) {
  const { side, stride, size } = STACK;
  const area = side * side;
  const [high, wide] = [height, width].map((length) => length + Math.max(side - length, mod(side - length, stride)));
  const planes = [...noisy, ...guess].map((plane) => edged(plane, height, width, high, wide, 0));
  const { forward, back } = makeTransform(side);
  const [patch, coefficients] = [new Float64Array(area), new Float64Array(area)];
  const pixels = Array.from({ length: area }, (_, i) => Math.floor(i / side) * wide + (i % side));
  const sums = noisy.map(() => new Float64Array(high * wide));
  const weights = noisy.map(() => new Float64Array(high * wide));

  // In memory of its own: a stack, patch by patch in rows of all six planes, and the waves through it.
  const columns = planes.length * area;
  const { heap, product } = makeMatrices(size * size + 2 * size * columns);
  const [waves, stack] = [FREE, FREE + size * size];
  const filtered = stack + size * columns;
  heap.set(cosines(size), waves);
  const placesOf = noisy.map((_, c) =>
    Int32Array.from({ length: size * area }, (__, i) => filtered + Math.floor(i / area) * columns + c * area + (i % area)),
  );
  const through = { rows: size, columns, channels: size, a: waves, aRow: size, aColumn: 1 };
  const backThrough = { ...through, columns: columns / 2, aRow: 1, aColumn: size };
  for (const corners of alike(planes[noisy.length], high, wide)) {
    corners.forEach((corner, row) => {
      planes.forEach((plane, p) => {
        for (let i = 0; i < area; i++) patch[i] = plane[corner + pixels[i]];
        forward(patch, coefficients);
        heap.set(coefficients, stack + row * columns + p * area);
      });
    });
    product({ ...through, b: stack, bRow: columns, out: filtered, outRow: columns });
    const trust = placesOf.map((places) => shrink(heap, places, columns / 2, deviation));
    product({ ...backThrough, b: filtered, bRow: columns, out: stack, outRow: columns });
    corners.forEach((corner, row) => {
      trust.forEach((weight, c) => {
        const from = stack + row * columns + c * area;
        for (let i = 0; i < area; i++) coefficients[i] = heap[from + i];
        back(coefficients, patch);
        for (let i = 0; i < area; i++) {
          sums[c][corner + pixels[i]] += weight * patch[i];
          weights[c][corner + pixels[i]] += weight;
        }
      });
    });
  }
  return sums.map((sum, c) => cropped(sum, weights[c], height, width, wide, 0));
}

/** Yield, for one patch every few pixels, the corners of those that look most like it, the most alike first. */
function* alike(plane, high, wide) {
  const { side, stride, size, reach } = STACK;
  const nearest = new Int32Array(size);
  const differences = new Float64Array(size);
  for (let top = 0; top + side <= high; top += stride) {
    for (let left = 0; left + side <= wide; left += stride) {
      const corner = top * wide + left;
      nearest[0] = corner; // a patch is in its own stack, even where all look the same
      differences[0] = -1;
      let found = 1;
      for (let down = -reach; down <= reach; down++) {
        for (let right = -reach; right <= reach; right++) {
          const [y, x] = [top + down, left + right];
          if ((!down && !right) || y < 0 || x < 0 || y + side > high || x + side > wide) continue;
          const worst = found < size ? Infinity : differences[size - 1];
          const difference = differenceOf(plane, corner, y * wide + x, side, wide, worst);
          if (difference >= worst) continue;
          let place = found < size ? found++ : size - 1;
          for (; differences[place - 1] > difference; place--) {
            differences[place] = differences[place - 1];
            nearest[place] = nearest[place - 1];
          }
          differences[place] = difference;
          nearest[place] = y * wide + x;
        }
      }
      nearest.fill(corner, found); // a small picture has few patches, so that some come twice
      yield nearest;
    }
  }
}

/** Return the sum of the squared differences of two patches, as soon as it is more than enough. */
function differenceOf(plane, first, second, side, wide, enough) {
  let sum = 0;
  for (let row = 0; row < side && sum < enough; row++) {
    for (let i = 0; i < side; i++) sum += (plane[first + row * wide + i] - plane[second + row * wide + i]) ** 2;
  }
  return sum;
}
