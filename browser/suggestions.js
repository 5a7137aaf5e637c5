// What methods suggest beside words that are ticked, as aelib/widgets/suggestions.py describes it.

/** Return the scores of all words by each method, a function of the places of those that are ticked.
 *
 * matrices are the bytes of as many matrices (K, K) as there are scales, one behind the other; scales has K numbers for each.
 */
export function makeScorer(matrices, scales) {
  const weights = new Int8Array(matrices.buffer, matrices.byteOffset, matrices.length);
  return (ticked) =>
    scales.map((ofRows, method) => {
      const count = ofRows.length;
      const scores = new Float64Array(count);
      for (const row of ticked) {
        const start = (method * count + row) * count;
        for (let i = 0; i < count; i++) scores[i] += ofRows[row] * weights[start + i] * Math.abs(weights[start + i]);
      }
      return scores;
    });
}

/** Return the places of the highest scores, the highest first, so many at most and none that is ticked. */
export function best(scores, ticked, most) {
  const others = [...scores.keys()].filter((place) => !ticked.includes(place));
  return others.sort((some, other) => scores[other] - scores[some]).slice(0, most);
}

/** Return how many digits behind its point give the largest of some scores two. */
export function digitsFor(scores) {
  const largest = Math.max(...scores.map(Math.abs));
  return largest > 0 ? Math.min(Math.max(1 - Math.floor(Math.log10(largest)), 0), 6) : 2;
}
