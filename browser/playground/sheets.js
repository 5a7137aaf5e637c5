// The pictures to learn from. A sheet has them as bytes, one picture after the other: { side, images, heldOut, labels,
// classes, shift, shown }. labels are the classes of those held out, by number, and empty where there are no classes;
// shift is how many pixels each picture may be moved; shown are the numbers of the held-out pictures in the first row.

import { joined } from "../basics.js";

const SHOWN = 10;
const HELD_BACK = 5; // every fifth drawing: of two kinds that are drawn in turns, both are among them
const PLACES = [-2, 0, 2]; // pixels that a drawing which is held back is moved, across and down

const NOT_LOADED = "The pictures could not be loaded. Is the connection lost? Press Start to try again.";

const sheets = {}; // those that were asked for, as promises

/** Return one of the sheets that tools/playground.py writes; its script is loaded when it is first asked for. */
export function loadSheet(name) {
  sheets[name] ??= readSheet(name).catch((error) => {
    delete sheets[name]; // so that it can be asked for again
    throw error;
  });
  return sheets[name];
}

async function readSheet(name) {
  await loadScript(`_static/playground-${name}.js`);
  const loaded = window.playgroundSheets?.[name];
  if (!loaded) throw new Error(NOT_LOADED); // another file came, or a part of it
  const { packed, learnt, ...sheet } = loaded;
  const all = await unpack(packed);
  const end = learnt * sheet.side ** 2;
  const heldOut = all.subarray(end);
  const count = heldOut.length / sheet.side ** 2;
  return { ...sheet, images: all.subarray(0, end), heldOut, shift: 0, shown: choose(sheet.labels, count) };
}

/** Return drawings (each a Uint8Array of side²) as a sheet. Of those that are held back each is there at nine places,
 * so that even a few drawings make a map.
 */
export function sheetOfDrawings(drawings, side) {
  const images = joined(drawings.filter((_, i) => i % HELD_BACK !== HELD_BACK - 1));
  const heldBack = drawings.filter((_, i) => i % HELD_BACK === HELD_BACK - 1);
  // Each first where it was drawn, so that the first row shows as many different ones as there are.
  const places = PLACES.flatMap((down) => PLACES.map((right) => [right, down])).sort((a, b) => size(a) - size(b));
  const heldOut = joined(places.flatMap((place) => heldBack.map((drawing) => moved(drawing, side, place))));
  const shown = Array.from({ length: Math.min(SHOWN, heldOut.length / side ** 2) }, (_, i) => i);
  return { side, images, heldOut, labels: [], classes: [], shift: Math.max(...PLACES), shown };
}

const size = ([right, down]) => right ** 2 + down ** 2;

function loadScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = () => {
      script.remove();
      reject(new Error(NOT_LOADED));
    };
    document.head.append(script);
  });
}

async function unpack(text) {
  const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Return the numbers of pictures for the first row: the first of each class, or some from all parts of the sheet. */
function choose(labels, count) {
  if (!labels.length) return Array.from({ length: SHOWN }, (_, i) => Math.floor((i * count) / SHOWN));
  return labels.flatMap((label, i) => (labels.indexOf(label) === i ? [i] : []));
}

/** Return a drawing on black, moved right and down. */
function moved(drawing, side, [right, down]) {
  return drawing.map((_, i) => {
    const [x, y] = [(i % side) - right, Math.floor(i / side) - down];
    return x >= 0 && x < side && y >= 0 && y < side ? drawing[y * side + x] : 0;
  });
}
