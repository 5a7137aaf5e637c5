// Small things that every view needs.

/** Return the Float32Array that the kernel sent as bytes, which begin anywhere in a message. */
export const floats = (view) =>
  new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

/** Return the Uint8Array that the kernel sent. */
export const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Return the bytes of several Uint8Arrays, one behind the other. */
export function joined(views) {
  const whole = new Uint8Array(views.reduce((length, view) => length + view.length, 0));
  let start = 0;
  for (const view of views) {
    whole.set(view, start);
    start += view.length;
  }
  return whole;
}

// By the five bits of the exponent: what the last bit of the fraction stands for.
const UNITS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));

/** Return, as a Float32Array, the numbers that stand in bytes in half precision (IEEE 754's binary16, finite ones). */
export function fromHalves(view) {
  const halves = new Uint16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const exponent = (halves[i] >> 10) & 31;
    const size = ((halves[i] & 1023) + (exponent ? 1024 : 0)) * UNITS[exponent];
    numbers[i] = halves[i] & 0x8000 ? -size : size;
  }
  return numbers;
}

const BLOCK = 64; // weights that share a unit

/** Return, as a Float32Array, the weights that stand in blocks: a unit in half precision, and for each weight a byte that
 * says how many units it is, from -127 to 127. The last block may be shorter.
 */
export function fromBlocks(view) {
  const length = BLOCK + 2; // in bytes
  const weights = new Float32Array(view.length - 2 * Math.ceil(view.length / length));
  for (let start = 0, i = 0; start < view.length; start += length) {
    const block = view.subarray(start, start + length);
    const [unit] = fromHalves(block.subarray(0, 2));
    for (const multiple of new Int8Array(block.buffer, block.byteOffset + 2, block.length - 2)) weights[i++] = unit * multiple;
  }
  return weights;
}

/** Return the remainder, from 0 on; that of % has the sign of the value. */
export const mod = (value, divisor) => ((value % divisor) + divisor) % divisor;

/** Return a number, or the bound that it is beyond. */
export const between = (value, low, high) => Math.min(Math.max(value, low), high);

/** Return a new element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return a group of things with a name for screen readers. */
export function group(name, className, ...parts) {
  const element = make("div", { className }, ...parts);
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", name);
  return element;
}

/** Have the browser save a Blob under a name. */
export function download(blob, name) {
  const href = URL.createObjectURL(blob);
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60000); // the browser may still be writing
}

/** Return a function that has work done in the next frame of the screen, once, however often it is called before; its
 * stop() takes that back, and all that would come after it.
 */
export function oncePerFrame(work) {
  let frame = 0;
  const ask = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      work();
    });
  };
  ask.stop = () => {
    cancelAnimationFrame(frame);
    frame = -1;
  };
  return ask;
}
