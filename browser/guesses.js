// What a picture looks like that is damaged, guessed without a network: see models.ScratchNet and models.DoublingNet in
// aelib. Pictures are (C, H, W), row by row, in a Float32Array.

/** Fill the lost pixels of a picture from ever smaller copies of it, each pixel the mean of the four that are known. */
export function filledFromSmaller(pixels, lost, shape) {
  const weight = lost.map((is) => (is ? 0 : 1));
  const sums = pixels.map((value, i) => value * weight[i % weight.length]);
  return fill(sums, weight, shape);
}

/** Return sums / weight, and where the weight (H, W), from 0 to 1, is small, the same of a smaller copy. */
function fill(sums, weight, [channels, height, width]) {
  const means = sums.map((sum, i) => sum / Math.max(weight[i % weight.length], 1e-6));
  if (height === 1 && width === 1) return means;
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const smaller = fill(
    halved(sums, [channels, height, width]),
    halved(weight, [1, height, width]),
    [channels, high, wide],
  );
  const larger = doubled(smaller, [channels, high, wide], [height, width], LINEAR);
  return means.map((mean, i) => {
    const trust = Math.min(4 * weight[i % weight.length], 1); // one known pixel of the four is enough
    return trust * mean + (1 - trust) * larger[i];
  });
}

/** Return a picture of half the sides, rounded up, each pixel the mean of the four, or fewer at the rim, that it covers. */
function halved(pixels, [channels, height, width]) {
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const means = new Float32Array(channels * high * wide);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++, i++) {
        let [sum, count] = [0, 0];
        for (let row = 2 * y; row < Math.min(2 * y + 2, height); row++) {
          for (let column = 2 * x; column < Math.min(2 * x + 2, width); column++, count++) {
            sum += pixels[(c * height + row) * width + column];
          }
        }
        means[i] = sum / count;
      }
    }
  }
  return means;
}

/** Return a picture whose squares of 2 × 2 equal pixels have become smooth, by a bicubic enlargement of one of each. */
export function enlarged(pixels, [channels, height, width]) {
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const small = new Float32Array(channels * high * wide);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++, i++) small[i] = pixels[(c * height + 2 * y) * width + 2 * x];
    }
  }
  return doubled(small, [channels, high, wide], [height, width], CUBIC);
}

// The middle of every second pixel lies a quarter of a pixel before a pixel of the smaller picture, the others a quarter
// behind one. Of a place a quarter behind a pixel: the weights of the pixels from first on; of one before, their mirror.
const LINEAR = { first: 0, weights: [0.75, 0.25] };
// Keys' cubic convolution with a = −0.75, as torch has it (doi:10.1109/TASSP.1981.1163711).
const CUBIC = { first: -1, weights: [1.25, 0.25, 0.75, 1.75].map(cubic) };

function cubic(distance) {
  const a = -0.75;
  if (distance <= 1) return (a + 2) * distance ** 3 - (a + 3) * distance ** 2 + 1;
  return a * distance ** 3 - 5 * a * distance ** 2 + 8 * a * distance - 4 * a;
}

/** Return a picture at twice the size, cut off at [height, width], by weights of the pixels around each place. */
function doubled(pixels, [channels, high, wide], [height, width], kernel) {
  const alongRows = new Float32Array(channels * high * width);
  for (let row = 0; row < channels * high; row++) {
    double(pixels, row * wide, 1, wide, alongRows, row * width, 1, width, kernel);
  }
  const result = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++) {
    for (let x = 0; x < width; x++) {
      double(alongRows, c * high * width + x, width, high, result, c * height * width + x, width, height, kernel);
    }
  }
  return result;
}

/** Double a line of count pixels, which begins at a place and goes on by steps, into one of length pixels. */
function double(from, start, step, count, to, first, stride, length, { first: offset, weights }) {
  for (let i = 0; i < length; i++) {
    const way = i % 2 ? 1 : -1; // behind or before the pixel
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      const pixel = Math.min(Math.max((i >> 1) + way * (offset + k), 0), count - 1);
      sum += weights[k] * from[start + pixel * step];
    }
    to[first + i * stride] = sum;
  }
}
