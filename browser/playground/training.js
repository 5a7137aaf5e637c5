// A training, step by step: which images come next, and what has been learnt so far. Knows nothing of a page.

import { LOSSES, makeLearner } from "./network.js";

export const BATCH = 64; // images a step
const RATE = 4e-3; // of learning, always the same: nobody knows when a reader will have seen enough

/** Return a function that draws numbers in [0, 1): Mulberry32, by Tommy Ettinger, in the public domain. */
export function makeRandom(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Return a training of an autoencoder with a code of codeSize numbers between hidden layers of the widths in hidden.
 *
 * images and heldOut are square pictures, bytes, one after the other, side pixels wide. Each is moved by up to shift
 * pixels each time it is learnt. shown are the numbers of those held-out pictures whose reconstructions are asked for.
 */
export function makeTraining({ images, heldOut, side, codeSize, hidden, loss, shift, shown, seed }) {
  const pixels = side * side;
  const random = makeRandom(seed);
  const network = makeLearner({
    sizes: [pixels, ...hidden, codeSize, ...[...hidden].reverse(), pixels], loss, most: BATCH,
  });
  network.drawParameters(random);
  const nextImage = makeOrder(images.length / pixels, random);
  const move = () => Math.floor(random() * (2 * shift + 1)) - shift;
  const average = lossOfAverage(images, heldOut, pixels, loss);
  let seen = 0;
  let lossSum = 0; // of the steps since the last report
  let steps = 0;

  /** Learn from one more batch. */
  function step() {
    for (let i = 0; i < BATCH; i++) {
      const image = picture(images, nextImage(), pixels);
      fill(picture(network.rows, i, pixels), image, side, shift ? move() : 0, shift ? move() : 0);
    }
    lossSum += network.learn(BATCH, RATE);
    steps++;
    seen += BATCH;
  }

  /** Return what is to be shown of the training so far; losses are means over all pixels. */
  function report() {
    const count = heldOut.length / pixels;
    const codes = new Float32Array(count * codeSize);
    const pictures = new Float32Array(shown.length * pixels);
    let sum = 0;
    for (let first = 0; first < count; first += BATCH) {
      const here = Math.min(BATCH, count - first);
      for (let i = 0; i < here; i++) {
        fill(picture(network.rows, i, pixels), picture(heldOut, first + i, pixels), side, 0, 0);
      }
      sum += here * network.measure(here);
      codes.set(network.codes(here), first * codeSize);
      const drawn = shown.some((number) => isAmong(number, first, here)) && network.pictures(here);
      shown.forEach((number, place) => {
        if (isAmong(number, first, here)) pictures.set(picture(drawn, number - first, pixels), place * pixels);
      });
    }
    const learnt = steps ? lossSum / steps : null;
    [lossSum, steps] = [0, 0];
    const { isFast } = network;
    return { seen, learnt, heldOut: sum / count, average, codes, pictures, decoder: network.decoder(), isFast };
  }

  return { step, report };
}

const isAmong = (number, first, count) => number >= first && number < first + count;

/** Return one of many pictures that lie one after the other. */
const picture = (pictures, number, pixels) => pictures.subarray(number * pixels, (number + 1) * pixels);

/** Return a function that names the next image: all of them in a random order, then all in another one, and so on. */
function makeOrder(count, random) {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let place = count;
  return () => {
    if (place === count) {
      for (let i = count - 1; i > 0; i--) {
        const other = Math.floor(random() * (i + 1));
        [order[i], order[other]] = [order[other], order[i]];
      }
      place = 0;
    }
    return order[place++];
  };
}

/** Write an image of bytes as numbers in [0, 1], moved right and down; what comes in is like the pixel at its edge. */
function fill(row, image, side, right, down) {
  for (let y = 0, i = 0; y < side; y++) {
    const from = side * Math.min(Math.max(y - down, 0), side - 1);
    for (let x = 0; x < side; x++, i++) {
      row[i] = image[from + Math.min(Math.max(x - right, 0), side - 1)] / 255;
    }
  }
}

/** Return the loss on held-out images of one who draws the average of all images, whatever comes. */
function lossOfAverage(images, heldOut, pixels, loss) {
  const average = new Float32Array(pixels);
  for (let i = 0; i < images.length; i++) average[i % pixels] += images[i] / 255;
  const count = images.length / pixels;
  let sum = 0;
  for (let i = 0; i < heldOut.length; i++) sum += LOSSES[loss].of(average[i % pixels] / count, heldOut[i] / 255);
  return sum / heldOut.length;
}
