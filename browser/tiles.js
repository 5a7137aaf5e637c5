// Photographs of any size, mended in tiles, so that memory stays bounded: what aelib/photos.py does. Knows nothing of a
// page.
//
// A photograph is a Uint8Array (3, H, W), row by row, and its shape [3, H, W]. Which pixels are lost says a Uint8Array
// (H, W), which has a 1 for each of them. networkFor([4, h, w]) is to return a network for a tile, as makeNetwork does:
// it takes the tile, in [0, 1], and as the last channel which pixels of it are lost. onProgress(share), from 0 to 1, is
// called after each tile.

const TILE = 384; // sides of the tiles, in pixels,
const MARGIN = 36; // and what a network sees around each, beyond which its result hardly depends on anything
const RIM = 5; // how many pixels deep marks are filled at a time; the network learns from strokes about twice as broad

/** Return a photograph whose lost pixels are filled, from the rim of the marks inwards; all others stay as they are. */
export function fillPhoto(networkFor, photo, shape, lost, onProgress) {
  const { turns, last } = turnsOf(lost, shape);
  const filled = photo.slice();
  for (let turn = 1; turn <= last; turn++) {
    const stillLost = Uint8Array.from(turns, (each) => each >= turn);
    const drawn = inTiles(networkFor, filled, shape, stillLost, (share) => onProgress((turn - 1 + share) / last));
    turns.forEach((each, pixel) => {
      if (each !== turn) return;
      for (let at = pixel; at < filled.length; at += turns.length) filled[at] = drawn[at];
    });
  }
  return filled;
}

/** Return a photograph at twice the width and height, (3, 2·H, 2·W). */
export function doublePhoto(networkFor, photo, [channels, height, width], onProgress) {
  const shape = [channels, 2 * height, 2 * width];
  const enlarged = new Uint8Array(4 * photo.length); // in squares of equal pixels, as the network saw small photographs
  for (let row = 0, to = 0; row < 2 * channels * height; row++) {
    const from = (row >> 1) * width;
    for (let x = 0; x < 2 * width; x++) enlarged[to++] = photo[from + (x >> 1)];
  }
  return inTiles(networkFor, enlarged, shape, null, onProgress);
}

/** Return what a network makes of a photograph, one tile after the other; lost may be null.
 *
 * Each tile is seen with a margin around it, which is then cut off, so that no seam shows. Only one tile at a time is
 * in float, and where nothing in it is lost, it stays as it is.
 */
export function inTiles(networkFor, photo, shape, lost, onProgress) {
  const result = photo.slice();
  const tiles = tilesOf(shape).filter(({ inside }) => !lost || isAnyLost(lost, shape, inside));
  tiles.forEach(({ seen, inside }, done) => {
    const network = networkFor([shape[0] + 1, seen.bottom - seen.top, seen.right - seen.left]);
    paste(network(cut(photo, shape, lost, seen)), seen, result, shape, inside);
    onProgress((done + 1) / tiles.length);
  });
  return result;
}

/** Return the tiles of a photograph, as what a network sees of it for each, and what lies inside the margin. */
function tilesOf([, height, width]) {
  const tiles = [];
  for (let top = 0; top < height; top += TILE) {
    for (let left = 0; left < width; left += TILE) {
      const box = (margin) => ({
        top: Math.max(0, top - margin),
        left: Math.max(0, left - margin),
        bottom: Math.min(height, top + TILE + margin),
        right: Math.min(width, left + TILE + margin),
      });
      tiles.push({ seen: box(MARGIN), inside: box(0) });
    }
  }
  return tiles;
}

function isAnyLost(lost, [, , width], { top, left, bottom, right }) {
  for (let y = top; y < bottom; y++) if (lost.subarray(y * width + left, y * width + right).includes(1)) return true;
  return false;
}

/** Return what lies in a box of a photograph, in [0, 1], black where it is lost; as the last channel, where that is. */
function cut(photo, [channels, height, width], lost, { top, left, bottom, right }) {
  const values = new Float32Array((channels + 1) * (bottom - top) * (right - left));
  let to = 0;
  for (let channel = 0; channel <= channels; channel++) {
    for (let y = top; y < bottom; y++) {
      for (let pixel = y * width + left; pixel < y * width + right; pixel++, to++) {
        if (channel === channels) values[to] = lost ? lost[pixel] : 0;
        else values[to] = lost?.[pixel] ? 0 : photo[channel * height * width + pixel] / 255;
      }
    }
  }
  return values;
}

/** Write of what a network drew of a box the part that lies inside a smaller one into a photograph. */
function paste(drawn, seen, photo, [channels, height, width], { top, left, bottom, right }) {
  const [high, wide] = [seen.bottom - seen.top, seen.right - seen.left];
  for (let channel = 0; channel < channels; channel++) {
    for (let y = top; y < bottom; y++) {
      const from = (channel * high + y - seen.top) * wide - seen.left;
      const to = (channel * height + y) * width;
      for (let x = left; x < right; x++) photo[to + x] = Math.min(Math.max(255 * drawn[from + x], 0), 255) + 0.5;
    }
  }
}

/** Return in which turn each pixel is filled, from 1 on, and 0 where it is known; and the last of these turns. */
function turnsOf(lost, shape) {
  const turns = new Uint16Array(lost.length);
  let last = 0;
  for (let remaining = lost; remaining.includes(1); ) {
    last++;
    const inner = eroded(remaining, shape);
    const isAnyKnown = inner.some((value, pixel) => value !== remaining[pixel]);
    remaining.forEach((value, pixel) => {
      if (value && !(isAnyKnown && inner[pixel])) turns[pixel] = last; // all at once where nothing at all is known
    });
    remaining = isAnyKnown ? inner : new Uint8Array();
  }
  return { turns, last };
}

/** Return which lost pixels are more than RIM pixels away from known ones, in both directions. */
function eroded(lost, [, height, width]) {
  return erodedAlong(erodedAlong(lost, height, width, 1), width, height, width);
}

/** The same in one direction: the pixels of a line are a step apart; the lines begin one after the other. */
function erodedAlong(lost, lines, length, step) {
  const inner = lost.slice();
  const ofLine = step === 1 ? length : 1;
  for (let line = 0; line < lines; line++) {
    const start = line * ofLine;
    for (let place = 0; place < length; place++) {
      if (lost[start + place * step]) continue;
      const end = Math.min(place + RIM, length - 1);
      for (let near = Math.max(place - RIM, 0); near <= end; near++) inner[start + near * step] = 0;
    }
  }
  return inner;
}
