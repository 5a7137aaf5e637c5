// Grey pictures that are spoilt, and how odd they are: as changed in aelib/widgets/anomaly.py and Detector in
// aelib/anomalies.py do it. Pictures are Float32Arrays of numbers from 0 to 1, of a shape [1, height, width].

import { between, mod } from "./basics.js";
import { vary } from "./vary.js";

const BRIGHTEST = 20; // pixels whose mean is the light of a picture
const TOLERATED = 1.5; // spreads from what is normal, within which no clue counts
const TINY = 1e-4; // added before a logarithm is taken, since a black picture has no edges
const REACH = 4; // standard deviations of a blur, beyond which nothing is mixed in

/** Return a picture that is turned by so many degrees, blurred, dimmed, and noisy; pattern is the noise. */
export function changed(image, shape, { turn, blur, light, noise }, pattern) {
  const turned = vary(image, shape, { right: 0, down: 0, turn, brightness: 1, hue: 0 }, 0);
  return blurred(turned, shape, blur).map((value, i) => between(light * value + noise * pattern[i], 0, 1));
}

/** Return a picture blurred by a Gaussian, which takes the rim for a mirror, as scipy.ndimage's own does. */
function blurred(image, [, height, width], deviation) {
  const reach = Math.round(REACH * deviation);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / (deviation || 1)) ** 2));
  const sum = weights.reduce((some, weight) => some + weight);
  const mirrored = (place, length) => Math.min(mod(place, 2 * length), mod(-1 - place, 2 * length));
  // Along a line of pixels, each step apart from the next.
  const along = (pixels, start, step, length, mixed) => {
    for (let i = 0; i < length; i++) {
      let value = 0;
      weights.forEach((weight, k) => (value += weight * pixels[start + step * mirrored(i + k - reach, length)]));
      mixed[start + step * i] = value / sum;
    }
  };
  const across = new Float32Array(image.length);
  const both = new Float32Array(image.length);
  for (let y = 0; y < height; y++) along(image, y * width, 1, width, across);
  for (let x = 0; x < width; x++) along(across, x, width, height, both);
  return both;
}

/** Return what tells how odd a picture is, as { distance, score }, in spreads from the median of normal ones.
 *
 * reference are the bytes of normal pictures; median, above and below, of the distance and the three clues, are numbers of
 * the Detector; neighbours says how many of the nearest count.
 */
export function makeDetector(reference, shape, { neighbours, median, above, below }) {
  const size = shape[1] * shape[2];
  const pictures = Array.from({ length: reference.length / size }, (_, i) =>
    Float32Array.from(reference.subarray(i * size, (i + 1) * size), (value) => value / 255),
  );
  const clues = pictures.map((picture) => [edgeStrength(picture, shape), fineness(picture, shape)]);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

  return (image) => {
    const squares = pictures.map((picture) => squaredDistance(picture, image));
    const nearest = [...squares.keys()].sort((i, j) => squares[i] - squares[j]).slice(0, neighbours);
    const usual = [0, 1].map((clue) => mean(nearest.map((i) => clues[i][clue])));
    const measured = [
      mean(nearest.map((i) => Math.sqrt(squares[i]))),
      edgeStrength(image, shape) - usual[0],
      fineness(image, shape) - usual[1],
      light(image),
    ];
    const [distance, ...others] = measured.map((value, i) => {
      const off = value - median[i];
      return off / Math.max(off > 0 ? above[i] : below[i], TINY);
    });
    const beyond = others.map((clue) => Math.max(Math.abs(clue) - TOLERATED, 0));
    return { distance, score: beyond.reduce((sum, value) => sum + value, distance) };
  };
}

function squaredDistance(some, others) {
  let sum = 0;
  for (let i = 0; i < some.length; i++) sum += (some[i] - others[i]) ** 2;
  return sum;
}

/** Return the log of the neighbouring pixels' mean square difference, to the right and down. */
function edgeStrength(image, [, height, width]) {
  let [right, down] = [0, 0];
  for (let i = 0; i < image.length; i++) {
    if (i % width) right += (image[i] - image[i - 1]) ** 2;
    if (i >= width) down += (image[i] - image[i - width]) ** 2;
  }
  return Math.log(right / (height * (width - 1)) + down / ((height - 1) * width) + TINY);
}

/** Return the log of the share of a picture that a blur of 3 × 3 takes away; beyond the rim all is black. */
function fineness(image, [, height, width]) {
  const at = (y, x) => (y < 0 || x < 0 || y >= height || x >= width ? 0 : image[y * width + x]);
  let [lost, sum, squares] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let around = 0;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) around += at(y + dy, x + dx);
      lost += (at(y, x) - around / 9) ** 2;
      sum += at(y, x);
      squares += at(y, x) ** 2;
    }
  }
  const count = image.length;
  const variance = (squares - sum ** 2 / count) / (count - 1);
  return Math.log(lost / count / (variance + TINY) + TINY);
}

/** Return the mean of the brightest pixels. */
const light = (image) =>
  Float32Array.from(image)
    .sort()
    .subarray(-BRIGHTEST)
    .reduce((sum, value) => sum + value) / BRIGHTEST;
