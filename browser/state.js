// The state of a widget as tools/states.py writes it: a list of [kind, traits], in which traits may be bytes or numbers,
// as { uint8: text } or { float16: text } in base64.

/** Return a state with its bytes as Uint8Array and its numbers as Float32Array, as the views read what a kernel sends.
 */
export const readState = (state) =>
  state.map(([kind, traits]) => [
    kind,
    Object.fromEntries(Object.entries(traits).map(([name, value]) => [name, readTrait(value)])),
  ]);

function readTrait(value) {
  if (value?.uint8 !== undefined) return fromBase64(value.uint8);
  if (value?.float16 !== undefined) return fromHalves(new Uint16Array(fromBase64(value.float16).buffer));
  return value;
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// By the five bits of the exponent: what the last bit of the fraction stands for.
const UNITS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** Return the numbers that stand in half precision (IEEE 754's binary16, finite ones) in a Uint16Array. */
export function fromHalves(halves) {
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const exponent = (halves[i] >> 10) & 31;
    const size = ((halves[i] & 1023) + (exponent ? 1024 : 0)) * UNITS[exponent];
    numbers[i] = halves[i] & 0x8000 ? -size : size;
  }
  return numbers;
}
