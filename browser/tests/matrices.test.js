import assert from "node:assert/strict";
import { test } from "node:test";
import { FREE, makeMatrices } from "../matrices.js";

const PLACES = { a: 0, bias: 2000, b: 2100, out: 6000 };

/** Fill memory with numbers, multiply, and return the rows of out. */
function multiplied(way, { rows, columns, outRow, ...sizes }) {
  const matrices = makeMatrices(12000, way ? [way] : []);
  const { heap, product } = matrices;
  assert.equal(matrices.way, way);
  for (let i = 0; i < 6000; i++) heap[FREE + i] = Math.sin(i * i);
  const at = Object.fromEntries(Object.entries({ ...PLACES, ...sizes.at }).map(([name, place]) => [name, FREE + place]));
  product({ rows, columns, outRow, ...sizes, ...at });
  const values = (place, count) => [...heap.subarray(FREE + place, FREE + place + count)];
  const out = Array.from({ length: rows }, (_, m) => values(PLACES.out + m * outRow, columns));
  return { out, behind: values(PLACES.out + (rows - 1) * outRow + columns, 100), a: values(0, 2000), b: values(2100, 3900), bias: values(2000, 100) };
}

/** What one row and column should be, as the comment above makeMatrices has it. */
function expected({ a, b, bias }, { channels, taps = [0], aRow, aColumn, bRow }, m, n) {
  let sum = bias[m];
  for (let c = 0; c < channels; c++) {
    taps.forEach((tap, t) => (sum += a[m * aRow + (c * taps.length + t) * aColumn] * b[c * bRow + tap + n]));
  }
  return sum;
}

const CASES = {
  "a matrix": { rows: 8, columns: 16, channels: 20, aRow: 20, aColumn: 1, bRow: 16, outRow: 16 },
  "rows and columns that are no multiples": { rows: 7, columns: 13, channels: 5, aRow: 5, aColumn: 1, bRow: 13, outRow: 13 },
  "one row": { rows: 1, columns: 9, channels: 30, aRow: 30, aColumn: 1, bRow: 9, outRow: 9 },
  "one column": { rows: 9, columns: 1, channels: 30, aRow: 30, aColumn: 1, bRow: 1, outRow: 1 },
  "a transposed matrix": { rows: 6, columns: 8, channels: 11, aRow: 1, aColumn: 6, bRow: 8, outRow: 8 },
  "rows with gaps": { rows: 5, columns: 10, channels: 3, aRow: 4, aColumn: 1, bRow: 17, outRow: 21 },
  "a convolution": { rows: 6, columns: 50, channels: 3, taps: [0, 1, 2, 8, 9, 10, 16, 17, 18], aRow: 27, aColumn: 1, bRow: 80, outRow: 50 },
};
for (const [name, sizes] of Object.entries(CASES)) {
  for (const way of ["fused", "simd", ""]) {
    test(`${name}, ${way || "in plain JavaScript"}`, () => {
      const found = multiplied(way, sizes);
      found.out.forEach((row, m) =>
        row.forEach((value, n) => assert.ok(Math.abs(value - expected(found, sizes, m, n)) < 1e-5, `${m}, ${n}`)),
      );
      assert.deepEqual(found.behind, new Array(100).fill(0)); // nothing is written behind the last row
    });
  }
}

test("the fastest way is taken, and the next where the browser lacks it", () => {
  assert.equal(makeMatrices(100).way, "fused");
  const { Module } = WebAssembly;
  WebAssembly.Module = class extends Module {
    constructor(bytes) {
      if (!refused++) throw new WebAssembly.CompileError("relaxed SIMD");
      super(bytes);
    }
  };
  let refused = 0;
  try {
    assert.equal(makeMatrices(100).way, "simd");
  } finally {
    WebAssembly.Module = Module;
  }
});

test("a bias of 0 is none", () => {
  const { heap, product } = makeMatrices(100);
  heap.fill(1, FREE, FREE + 16);
  product({ rows: 1, columns: 8, channels: 1, a: FREE, aRow: 1, aColumn: 1, b: FREE + 8, bRow: 8, out: FREE + 16, outRow: 8 });
  assert.deepEqual([...heap.subarray(FREE + 16, FREE + 25)], [1, 1, 1, 1, 1, 1, 1, 1, 0]);
});

test("too many taps are refused", () => {
  const { product } = makeMatrices(100);
  assert.throws(() => product({ taps: new Array(961).fill(0) }), /may have 960 taps; this one has 961/);
});
