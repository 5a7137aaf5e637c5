// A product of matrices of float32 numbers, which lie in memory at the addresses that are given; distances are in bytes.
//
//     out[m, n] = bias[m] + Σ a[m, k] · b[k, n],   k = channel · taps + tap
//
// b[k, n] stands at b + channel · bRow + offsets[tap] + 4 · n. With one tap that is a matrix. With more, each channel of
// an image is read several times, a little further on, as a convolution does.
//
// Four rows and eight columns at a time, as many as a processor's registers hold. Where fewer are left, some are computed
// twice, which changes nothing. There must be eight columns at least.

export function product(
  rows: i32, columns: i32, channels: i32, taps: i32,
  a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, offsets: usize,
  bias: usize, out: usize, outRow: usize,
): void {
  for (let n = 0; n < columns; n += 8) {
    const column: usize = <usize>min(n, columns - 8) << 2;
    for (let m = 0; m < rows; m += 4) {
      const m1 = min(m + 1, rows - 1), m2 = min(m + 2, rows - 1), m3 = min(m + 3, rows - 1);
      let a0 = a + <usize>m * aRow, a1 = a + <usize>m1 * aRow, a2 = a + <usize>m2 * aRow, a3 = a + <usize>m3 * aRow;
      let p0 = first(bias, m), p1 = first(bias, m1), p2 = first(bias, m2), p3 = first(bias, m3);
      let q0 = p0, q1 = p1, q2 = p2, q3 = p3;
      let channel = b + column;
      for (let c = 0; c < channels; c++) {
        for (let t = 0; t < taps; t++) {
          const at = channel + <usize>load<i32>(offsets + (<usize>t << 2));
          const u = v128.load(at), v = v128.load(at, 16);
          const k0 = v128.load32_splat(a0), k1 = v128.load32_splat(a1);
          const k2 = v128.load32_splat(a2), k3 = v128.load32_splat(a3);
          p0 = plusProduct(p0, u, k0); q0 = plusProduct(q0, v, k0);
          p1 = plusProduct(p1, u, k1); q1 = plusProduct(q1, v, k1);
          p2 = plusProduct(p2, u, k2); q2 = plusProduct(q2, v, k2);
          p3 = plusProduct(p3, u, k3); q3 = plusProduct(q3, v, k3);
          a0 += aColumn; a1 += aColumn; a2 += aColumn; a3 += aColumn;
        }
        channel += bRow;
      }
      const to = out + column;
      store8(to + <usize>m * outRow, p0, q0); store8(to + <usize>m1 * outRow, p1, q1);
      store8(to + <usize>m2 * outRow, p2, q2); store8(to + <usize>m3 * outRow, p3, q3);
    }
  }
}

/** sum + a · b; by one instruction, which rounds once, in the build for browsers that have "relaxed" SIMD. */
// @ts-ignore: a decorator
@inline
function plusProduct(sum: v128, a: v128, b: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? f32x4.relaxed_madd(a, b, sum) : f32x4.add(sum, f32x4.mul(a, b));
}

/** Four times the bias of a row; none stands at address 0. */
// @ts-ignore: a decorator
@inline
function first(bias: usize, row: i32): v128 {
  return bias ? v128.load32_splat(bias + (<usize>row << 2)) : f32x4.splat(0);
}

// @ts-ignore: a decorator
@inline
function store8(to: usize, left: v128, right: v128): void {
  v128.store(to, left);
  v128.store(to, right, 16);
}
