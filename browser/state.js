// The state of a widget as tools/states.py writes it: a list of [kind, traits], in which a trait may be bytes or numbers,
// as { bytes } in base64, or as { blocks, digits }.

/** Return a state with its bytes as Uint8Array and its numbers as Float32Array, as the views read what a kernel sends. */
export const readState = (state) =>
  state.map(([kind, traits]) => [
    kind,
    Object.fromEntries(Object.entries(traits).map(([name, value]) => [name, readTrait(value)])),
  ]);

function readTrait(value) {
  if (value?.bytes !== undefined) return Uint8Array.from(atob(value.bytes), (letter) => letter.charCodeAt(0));
  if (value?.digits !== undefined) return readNumbers(value);
  return value;
}

const BLOCK = 4096; // numbers that share a range
const BASE = 64;
const VALUES = new Uint8Array(128); // of digits, by their codes
[..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].forEach((digit, value) => {
  VALUES[digit.charCodeAt(0)] = value;
});

/** Return numbers. blocks is, for each 4,096 of them, the least one and a step; digits says how many steps each number is
 * above that: to the base of 64, first the high digits of all numbers and then the low ones.
 */
function readNumbers({ blocks, digits }) {
  const numbers = new Float32Array(digits.length / 2);
  const valueAt = (place) => VALUES[digits.charCodeAt(place)];
  for (let i = 0; i < numbers.length; i++) {
    const [least, step] = blocks[Math.floor(i / BLOCK)];
    numbers[i] = least + step * (BASE * valueAt(i) + valueAt(numbers.length + i));
  }
  return numbers;
}
