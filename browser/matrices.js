// Products of matrices, which are most of what a network computes: by WebAssembly, eight numbers at a time, where the
// browser has that ("fused" multiplies and adds at once, "simd" one after the other), else in plain JavaScript, some four
// times slower. Knows nothing of Jupyter, nor of a page.

import compiled from "./kernels/product.wasm.js";

const PAGE = 65536; // bytes
const TAPS = 64; // where a product finds the distances of its taps, a place in the memory
const MAX_TAPS = 960;
/** The first place in the memory that is not ours. */
export const FREE = TAPS + MAX_TAPS;

/** Return memory for so many float32 numbers: heap, a Float32Array that has room for them from the place FREE on; the
 * function product, which multiplies what lies there; and way, which of the ways, "fused" or "simd", does that: the first
 * of those given that the browser has, "" where it has none.
 *
 * product({ rows, columns, channels, taps, a, aRow, aColumn, b, bRow, bias, out, outRow }) sets
 *
 *     out[m, n] = bias[m] + Σ a[m, k] · b[c, t, n],   k = c · taps.length + t
 *
 * for all rows m and columns n, where c goes through the channels and t through the taps. In heap these stand at
 * out + m · outRow + n, bias + m (0 for none), a + m · aRow + k · aColumn and b + c · bRow + taps[t] + n. With the one
 * tap [0], the usual one, that is a product of two matrices; with more, a convolution. out must not overlap the others.
 */
export function makeMatrices(numbers, ways = Object.keys(compiled)) {
  const size = FREE + numbers;
  const kernel = makeKernel(size, ways);
  const heap = kernel ? new Float32Array(kernel.memory.buffer) : new Float32Array(size);
  const distances = new Int32Array(heap.buffer, 4 * TAPS, MAX_TAPS);

  function product({ taps = [0], bias = 0, ...of }) {
    if (taps.length > MAX_TAPS) throw new Error(`A convolution may have ${MAX_TAPS} taps; this one has ${taps.length}.`);
    if (!kernel || of.columns < 8) return multiply(heap, { taps, bias, ...of }); // the kernel takes eight at a time
    distances.set(taps.map((tap) => 4 * tap));
    const places = [of.a, of.aRow, of.aColumn, of.b, of.bRow, TAPS, bias, of.out, of.outRow];
    kernel.product(of.rows, of.columns, of.channels, taps.length, ...places.map((place) => 4 * place));
  }
  return { heap, product, way: kernel?.way ?? "" };
}

/** Return the first kernel that can be made, which way it is, and its memory; null where there is no WebAssembly, or none
 * with SIMD, or the page that we are in forbids it. */
function makeKernel(numbers, ways) {
  for (const way of ways) {
    try {
      const bytes = Uint8Array.from(atob(compiled[way]), (letter) => letter.charCodeAt(0));
      const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * numbers) / PAGE) });
      const { product } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
      return { memory, product, way };
    } catch {
      // the next way, then
    }
  }
  return null;
}

/** Do what the kernel does, in plain JavaScript: four rows at a time, so that what is read of b serves four times. */
function multiply(heap, { rows, columns, channels, taps, a, aRow, aColumn, b, bRow, bias, out, outRow }) {
  const partOf = (start) => heap.subarray(start, start + columns);
  const results = Array.from({ length: rows }, (_, m) => partOf(out + m * outRow).fill(bias ? heap[bias + m] : 0));
  for (let m = 0; m < rows; m += 4) {
    const [first, ...others] = results.slice(m, m + 4);
    let k = a + m * aRow;
    for (let c = 0; c < channels; c++) {
      for (const tap of taps) {
        const from = partOf(b + c * bRow + tap);
        if (others.length === 3) {
          addToFour(first, ...others, from, heap[k], heap[k + aRow], heap[k + 2 * aRow], heap[k + 3 * aRow]);
        } else {
          addTo(first, from, heap[k]);
          others.forEach((other, i) => addTo(other, from, heap[k + (i + 1) * aRow]));
        }
        k += aColumn;
      }
    }
  }
}

function addTo(sums, values, factor) {
  for (let n = 0; n < values.length; n++) sums[n] += factor * values[n];
}

function addToFour(sums0, sums1, sums2, sums3, values, factor0, factor1, factor2, factor3) {
  for (let n = 0; n < values.length; n++) {
    const value = values[n];
    sums0[n] += factor0 * value;
    sums1[n] += factor1 * value;
    sums2[n] += factor2 * value;
    sums3[n] += factor3 * value;
  }
}
