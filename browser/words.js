// Typos mended as aelib/words.py and aelib/models/words.py do it: by the codes of all words of a dictionary, which are worked
// out here, and by edit distance. Knows nothing of Jupyter, nor of a page.

import { makeNetwork } from "./engine.js";
import { FREE, makeMatrices } from "./matrices.js";

export const LONGEST = 16; // letters of a word
const SYMBOLS = "_abcdefghijklmnopqrstuvwxyz"; // of which the first is no letter
const LOOKED_AT = 40; // characters of a text, which may be a whole book
const TOGETHER = 64; // words that are encoded at a time
const COLUMNS = 8; // of the least product that the kernel of matrices.js computes

/** Return what keeps a text, in small letters, from being a word, as a sentence; "" for a word. */
export function problemOf(text) {
  if (text === "") return "Type a word.";
  const other = charactersOf(text.slice(0, LOOKED_AT)).find((character) => !/^[a-z]$/.test(character));
  if (other) return `A word has the letters a to z alone, not ${named(other)}.`;
  return text.length > LONGEST ? `A word has ${LONGEST} letters at most; this one has ${text.length}.` : "";
}

/** Return the characters that one sees: a letter with its accent, or a family in one emoji, is one of them. */
function charactersOf(text) {
  if (!Intl.Segmenter) return [...text]; // an old browser
  return Array.from(new Intl.Segmenter("en").segment(text), ({ segment }) => segment);
}

function named(character) {
  if (/^\s$/.test(character)) return "a space";
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return `“${character}”`;
  return `the invisible U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

const rows = [0, 1, 2].map(() => new Uint8Array(LONGEST + 1));

/** Return the fewest letters inserted, deleted, replaced, or swapped with a neighbour, that turn one word into another,
 * where none is edited twice. Where these are more than most, it is some number above that.
 */
export function editDistance(word, other, most = Infinity) {
  let [earlier, before, now] = rows;
  for (let j = 0; j <= other.length; j++) now[j] = j;
  for (let i = 1; i <= word.length; i++) {
    [earlier, before, now] = [before, now, earlier];
    let least = (now[0] = i);
    for (let j = 1; j <= other.length; j++) {
      const differs = word.charCodeAt(i - 1) !== other.charCodeAt(j - 1);
      let edits = Math.min(before[j] + 1, now[j - 1] + 1, before[j - 1] + differs);
      if (differs && i > 1 && j > 1 && areSwapped(word, i, other, j)) edits = Math.min(edits, earlier[j - 2] + 1);
      now[j] = edits;
      least = Math.min(least, edits);
    }
    if (least > most) return least;
  }
  return now[other.length];
}

const areSwapped = (word, i, other, j) =>
  word.charCodeAt(i - 1) === other.charCodeAt(j - 2) && word.charCodeAt(i - 2) === other.charCodeAt(j - 1);

/** Return the fewest edits that turn what was typed into a word of a dictionary, and all words for which these will do. */
export function fewestEdits(typed, dictionary) {
  let edits = Infinity;
  let words = [];
  for (const word of dictionary) {
    if (Math.abs(word.length - typed.length) > edits) continue;
    const found = editDistance(typed, word, edits);
    if (found < edits) [edits, words] = [found, []];
    if (found === edits) words.push(word);
  }
  return { edits, words };
}

/** Return a mender of typos: work(milliseconds), which works out codes of the dictionary for so long, and returns whether it
 * found nothing left to do; and look(typed, count), which then returns of a word the nearest ones by their codes, each
 * with its distance, and what the decoder spells.
 *
 * sizes are [places, hidden, codeSize] of a WordAutoencoder; weights, a Float32Array, all of its own, in torch's order;
 * ways are those of makeMatrices.
 */
export function makeMender(dictionary, [places, hidden, codeSize], weights, ways) {
  const words = dictionary.length;
  const inputs = 2 * places * SYMBOLS.length;
  const symbols = places * SYMBOLS.length;
  let taken = 0;
  const take = (count) => weights.subarray(taken, (taken += count));
  const firstSums = makeFirstSums(places, hidden, take(inputs * hidden), take(hidden));
  const second = [take(hidden * codeSize), take(codeSize)];
  const decoder = [["linear", codeSize, hidden], ["silu"], ["linear", hidden, symbols]];
  const decode = makeNetwork(decoder, weights.subarray(taken), [codeSize], ways);

  // Where all lies in memory: a column for each word, so that many are multiplied at a time.
  let size = FREE;
  const place = (count) => (size += count) - count;
  const [matrix, bias] = [place(hidden * codeSize), place(codeSize)];
  const active = place(hidden * TOGETHER);
  const codes = place(codeSize * words); // later their directions, seen from the mean
  const code = place(codeSize * COLUMNS); // of what was typed, in the first column
  const cosines = place(words);
  const { heap, product } = makeMatrices(size - FREE, ways);
  heap.set(second[0], matrix);
  heap.set(second[1], bias);
  const mean = new Float32Array(codeSize);
  let done = 0; // words whose code is worked out
  let isReady = false;

  /** Write the codes of some words into columns from a place on. */
  function encode(some, out, outRow, columns = some.length) {
    some.forEach((word, column) => {
      const sums = firstSums(word);
      for (let i = 0; i < hidden; i++) heap[active + i * TOGETHER + column] = sums[i] / (1 + Math.exp(-sums[i]));
    });
    const [a, b] = [{ a: matrix, aRow: hidden, aColumn: 1 }, { b: active, bRow: TOGETHER }];
    product({ rows: codeSize, columns, channels: hidden, ...a, ...b, bias, out, outRow });
  }
  function work(milliseconds) {
    if (isReady) return true;
    if (done === words) toDirections();
    const end = performance.now() + milliseconds;
    while (done < words && performance.now() < end) {
      const some = dictionary.slice(done, done + TOGETHER);
      encode(some, codes + done, words);
      done += some.length;
    }
    return false;
  }
  function toDirections() {
    const units = Array.from(mean, (_, unit) => heap.subarray(codes + unit * words, codes + (unit + 1) * words));
    const squares = new Float32Array(words);
    units.forEach((row, unit) => (mean[unit] = centre(row, squares)));
    const scales = squares.map(scaleOf);
    units.forEach((row) => scaleBy(row, scales));
    isReady = true;
  }
  function look(typed, count) {
    encode([typed], code, COLUMNS, COLUMNS);
    const typedCode = mean.map((_, unit) => heap[code + unit * COLUMNS]);
    const spelt = spellingOf(decode(typedCode), places);
    const away = typedCode.map((value, unit) => value - mean[unit]);
    const scale = scaleOf(away.reduce((sum, value) => sum + value ** 2, 0));
    away.forEach((value, unit) => (heap[code + unit * COLUMNS] = scale * value));
    const [a, b] = [{ a: code, aRow: 0, aColumn: COLUMNS }, { b: codes, bRow: words }];
    product({ rows: 1, columns: words, channels: codeSize, ...a, ...b, out: cosines, outRow: words });
    const nearest = greatest(heap.subarray(cosines, cosines + words), count).map((n) => {
      return { word: dictionary[n], distance: 1 - heap[cosines + n] };
    });
    return { nearest, spelt };
  }
  return { work, look };
}

/** Take the mean off numbers, add their squares to others, and return the mean. */
function centre(numbers, squares) {
  let sum = 0;
  for (let n = 0; n < numbers.length; n++) sum += numbers[n];
  const mean = sum / numbers.length;
  for (let n = 0; n < numbers.length; n++) squares[n] += (numbers[n] -= mean) ** 2;
  return mean;
}

function scaleBy(numbers, scales) {
  for (let n = 0; n < numbers.length; n++) numbers[n] *= scales[n];
}

/** Return by what to multiply a vector of such a square, so that its length becomes 1, or stays 0. */
const scaleOf = (square) => 1 / Math.max(Math.sqrt(square), 1e-12);

/** Return a function from a word to what the first layer of the encoder makes of it. The layer sees each letter as 27
 * numbers of which one is 1, so that its products are sums of rows: of as many as there are letters, from the beginning
 * and from the end. What the empty places behind them add is summed beforehand.
 */
function makeFirstSums(places, hidden, matrix, bias) {
  const inputs = 2 * places * SYMBOLS.length;
  const turned = new Float32Array(matrix.length); // a row for each input
  for (let unit = 0; unit < hidden; unit++) {
    for (let input = 0; input < inputs; input++) turned[input * hidden + unit] = matrix[unit * inputs + input];
  }
  function add(sums, place, symbol) {
    const row = (place * SYMBOLS.length + symbol) * hidden;
    for (let unit = 0; unit < hidden; unit++) sums[unit] += turned[row + unit];
  }
  const sums = Float32Array.from(bias);
  const empty = [sums.slice()]; // by the number of empty places
  for (let place = places - 1; place >= 0; place--) {
    add(sums, place, 0);
    add(sums, places + place, 0);
    empty.push(sums.slice());
  }
  return (word) => {
    sums.set(empty[places - word.length]);
    for (let i = 0; i < word.length; i++) {
      add(sums, i, SYMBOLS.indexOf(word[i]));
      add(sums, places + i, SYMBOLS.indexOf(word[word.length - 1 - i]));
    }
    return sums;
  };
}

/** Return the word of the best symbol at each place; "_" stands for no letter within, and at the end nothing. */
function spellingOf(scores, places) {
  const symbols = Array.from({ length: places }, (_, place) => {
    const [best] = greatest(scores.subarray(place * SYMBOLS.length, (place + 1) * SYMBOLS.length), 1);
    return SYMBOLS[best];
  });
  return symbols.join("").replace(/_+$/, "");
}

/** Return the places of the greatest values, the greatest first. */
function greatest(values, count) {
  const best = [];
  for (let n = 0; n < values.length; n++) {
    if (best.length === count && values[n] <= values[best[count - 1]]) continue;
    const rank = best.findIndex((other) => values[n] > values[other]);
    best.splice(rank < 0 ? best.length : rank, 0, n);
    best.length = Math.min(best.length, count);
  }
  return best;
}
