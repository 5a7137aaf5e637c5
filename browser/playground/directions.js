// Codes as places on a map. Knows nothing of a page.

const ROUNDS = 60; // of making the two directions better; they begin where they were at the last report

/** Return the plane to look at codes (N × size, one after the other) in: the code in its middle, and two axes.
 *
 * Two numbers are the map themselves. Of more, it is the plane of the two principal directions: those in which the
 * codes vary most. before is the plane of the report before, if any: the map must not turn over from one to the next.
 */
export function planeOf(codes, size, before) {
  if (size <= 2) return { middle: new Array(size).fill(0), axes: size === 1 ? [[1]] : [[1, 0], [0, 1]] };
  const middle = meanOf(codes, size);
  const spread = covariances(codes, size, middle);
  let axes = before?.axes ?? [0, 1].map((turn) => middle.map((_, unit) => Math.cos(unit * (1 + turn)) + 0.1));
  for (let round = 0; round < ROUNDS; round++) axes = atRightAngles(axes.map((axis) => times(spread, axis)));
  return { middle, axes };
}

/** Return the place [x, y] of a code, which begins at first, on a plane; that of a single number is [x, 0]. */
export function placeOn({ middle, axes }, codes, first = 0) {
  return [0, 1].map((which) => {
    let sum = 0;
    axes[which]?.forEach((part, unit) => (sum += part * (codes[first + unit] - middle[unit])));
    return sum;
  });
}

/** Return the code at a place [x, y] of a plane. */
export function codeAt({ middle, axes }, [x, y]) {
  return middle.map((value, unit) => value + x * axes[0][unit] + (axes[1] ? y * axes[1][unit] : 0));
}

function meanOf(codes, size) {
  const sum = new Array(size).fill(0);
  codes.forEach((value, i) => (sum[i % size] += value));
  return sum.map((value) => (value * size) / codes.length);
}

function covariances(codes, size, middle) {
  const spread = middle.map(() => new Array(size).fill(0));
  for (let first = 0; first < codes.length; first += size) {
    for (let row = 0; row < size; row++) {
      const off = codes[first + row] - middle[row];
      for (let column = 0; column < size; column++) {
        spread[row][column] += off * (codes[first + column] - middle[column]);
      }
    }
  }
  return spread;
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const times = (matrix, vector) => matrix.map((row) => dot(row, vector));
const ofLengthOne = (vector) => vector.map((value) => value / (Math.sqrt(dot(vector, vector)) || 1));

/** Return two vectors as they are after Gram and Schmidt: the first keeps its direction. */
function atRightAngles([first, second]) {
  const one = ofLengthOne(first);
  const along = dot(one, second);
  return [one, ofLengthOne(second.map((value, i) => value - along * one[i]))];
}
