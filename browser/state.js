// The state of a widget as tools/states.py writes it: a list of [kind, traits], in which traits may be bytes, numbers, or
// weights in blocks, as { uint8: text }, { float16: text } or { int8: text } in base64.

import { fromBlocks, fromHalves } from "./basics.js";

/** Return a state with its bytes as Uint8Array and its numbers as Float32Array, as the views read what a kernel sends.
 */
export const readState = (state) =>
  state.map(([kind, traits]) => [
    kind,
    Object.fromEntries(Object.entries(traits).map(([name, value]) => [name, readTrait(value)])),
  ]);

function readTrait(value) {
  if (value?.uint8 !== undefined) return fromBase64(value.uint8);
  if (value?.float16 !== undefined) return fromHalves(fromBase64(value.float16));
  if (value?.int8 !== undefined) return fromBlocks(fromBase64(value.int8));
  return value;
}

/** Return the bytes that stand in base64. */
export function fromBase64(text) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i); // twenty times as fast as Uint8Array.from
  return bytes;
}
