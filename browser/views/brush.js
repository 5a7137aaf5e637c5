import { between, bytes, fromHalves, make, oncePerFrame } from "../basics.js";
import { listenToKernel } from "../kernel.js";
import { makeLoader } from "../loader.js";
import { drawTwice, enlargement, framedCanvas, lineCanvas, paint } from "../paint.js";
import { cover, makePen, makeSurface } from "../pen.js";

const SIDE = 168; // of each picture, in pixels of the screen
const BROAD = [1, 2, 3, 5, 8]; // widths of the brush, in pixels of the picture
const HOW = "Draw with a finger, the mouse, or Space and arrow keys.";
const STEP = { near: 1, far: 4 }; // of an arrow key, in pixels of the picture

/** A picture to damage by mouse, finger or keyboard, beside its repair by a network and by a classical method.
 *
 * The network repairs here, once its weights are there, if the engine knows its layers. Till then, and for any other
 * network, the kernel does; and always for the classical method.
 */
export function renderBrush({ model, el }) {
  const shape = model.get("image_shape");
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const originals = bytes(model.get("originals"));
  const kinds = model.get("kinds");
  const frames = ["Damaged (draw here)", "Network", "", "Original"].map((name) => framedCanvas(name, shape, SIDE));
  const [drawing, ours, rival, original] = frames;
  const isAlone = model.hasKernel === false; // in a web page

  const allDamaged = fromHalves(model.get("damaged_pictures")); // everywhere
  const drawn = new Uint8Array(height * width); // 1 where the brush has been
  const asText = () => drawn.join("");
  let damaged = null; // the picture as the kernel damages it, once it has answered

  const kind = selectBox("damage", kinds, () => set({ kind: kinds[Number(kind.element.value)] }));
  const names = Array.from({ length: originals.length / size }, (_, i) => `${i + 1}`);
  const picture = selectBox("picture", names, () => {
    drawn.fill(0);
    damaged = null;
    set({ picture: Number(picture.element.value), drawn: asText() });
  });
  const widths = BROAD.filter((broad) => broad < Math.max(height, width) / 2);
  const brush = selectBox("brush", widths.map((broad) => `${broad} pixel${broad > 1 ? "s" : ""}`), () => update());
  brush.element.value = Math.min(2, widths.length - 1);
  const broad = () => widths[Number(brush.element.value)];
  const clear = make("button", {
    textContent: "Clear",
    onclick: () => {
      drawn.fill(0);
      set({ drawn: asText() });
    },
  });
  const state = make("output", { textContent: HOW });

  // Above the damaged picture: the outline of what is drawn over, and the brush.
  const scale = enlargement(shape, SIDE);
  const marks = lineCanvas(width, height, scale);
  const area = make("div", { className: "aelib-drawing" });
  drawing.canvas.replaceWith(area);
  area.append(drawing.canvas, marks);
  area.style.width = `${scale * width}px`;
  area.setAttribute("aria-label", "Picture to draw on. Arrow keys move the brush; Space puts it down and lifts it.");

  const loader = makeLoader(model);
  const kernel = listenToKernel(model, (message, buffers) => {
    if (!loader.take(message, buffers)) takePictures(message, buffers);
    update();
  });
  /** Show what the kernel answers, unless it has been asked something else since. */
  function takePictures({ kind, picture, captions }, buffers) {
    if (kind !== model.get("kind") || picture !== model.get("picture")) return;
    Object.entries(captions).forEach(([name, caption], i) => {
      const pixels = bytes(buffers[i]);
      if (name === "damaged") damaged = pixels;
      else paint(name === "rival" ? rival.canvas : ours.canvas, pixels, shape);
      ({ damaged: drawing, repaired: ours, rival })[name].say(caption);
    });
  }
  /** Tell the kernel, which answers with pictures. */
  function tell(values) {
    model.set(values);
    model.save_changes();
    kernel.hurry();
  }
  function set(values) {
    tell(values);
    update();
  }
  /** Take what Python, or another view of this brush, has drawn. */
  function follow() {
    if (model.get("drawn") === asText()) return;
    drawn.set([...model.get("drawn")].map(Number));
    update();
  }

  const surface = () => [width, height];
  const pen = makePen({
    size: surface,
    draw: (from, to) => cover(drawn, [width, height], broad(), from, to),
    put: () => (state.textContent = HOW),
    changed: () => update(),
  });
  pen.position = [width / 2, height / 2];
  makeSurface(area, {
    size: surface,
    point: pen.follow,
    press: pen.press,
    release: pen.lift,
    arrow: (way, far) => pen.moveBy(way, far ? STEP.far : STEP.near),
    keys: { " ": toggle, Enter: toggle },
  });
  function toggle() {
    pen.toggle();
    state.textContent = pen.isDown ? "The brush is down." : "The brush is up.";
  }

  const pictureOf = (pixels, place) => pixels.subarray(place * size, (place + 1) * size);
  const isLost = () => model.get("kind") === "lost pixels";
  /** Return pixels of which those that are drawn over come from elsewhere. */
  const over = (pixels, elsewhere) => pixels.map((value, i) => (drawn[i % drawn.length] ? elsewhere(i) : value));

  function paintOriginal() {
    const which = model.get("picture");
    paint(original.canvas, pictureOf(originals, which), shape);
    original.canvas.setAttribute("aria-label", `Original: picture ${which + 1}`);
  }

  /** Paint the damaged picture as far as it is known: lost pixels are black at once, other damage the kernel does. */
  function paintDamaged() {
    const whole = pictureOf(originals, model.get("picture"));
    paint(drawing.canvas, over(whole, (i) => (isLost() ? 0 : (damaged ?? whole)[i])), shape);
  }

  function paintWhole() {
    for (const { canvas, say } of [drawing, ours, rival]) {
      paint(canvas, pictureOf(originals, model.get("picture")), shape);
      say("");
    }
  }

  /** Damage and repair the picture here, if the network is here; return whether it is. */
  function mend() {
    const [which, place] = [kinds.indexOf(model.get("kind")), model.get("picture")];
    const described = model.get("networks")[which];
    const network = described && loader.network(described, [channels + 1, height, width]);
    if (!network) {
      if (isAlone) ours.say(`being loaded: ${(described.bytes / 1e6).toFixed(1)} MB`);
      return false;
    }
    const whole = Float32Array.from(pictureOf(originals, place), (value) => value / 255);
    const everywhere = pictureOf(allDamaged, which * names.length + place);
    const broken = over(whole, (i) => everywhere[i]);
    const told = isLost() ? drawn : new Uint8Array(drawn.length); // which pixels are lost, as the last channel
    const input = new Float32Array(size + drawn.length);
    input.set(broken);
    input.set(told, size);
    const mended = network(input);
    const repaired = over(broken, (i) => between(mended[i], 0, 1));
    for (const [{ canvas, say }, pixels] of [[drawing, broken], [ours, repaired]]) {
      paint(canvas, pixels, shape);
      say(psnrUnderBrush(whole, pixels, drawn));
    }
    return true;
  }

  function paintMarks() {
    const context = marks.getContext("2d");
    context.clearRect(0, 0, width, height);
    const lines = new Path2D();
    addOutline(lines, drawn, [width, height]);
    const [x, y] = pen.position;
    lines.moveTo(x + broad() / 2, y);
    lines.arc(x, y, broad() / 2, 0, 2 * Math.PI);
    drawTwice(context, 2.5 / scale, 1 / scale, () => context.stroke(lines));
  }

  const update = oncePerFrame(() => {
    const text = asText();
    if (text !== model.get("drawn")) tell({ drawn: text });
    rival.title.textContent = model.get("rivals")[kinds.indexOf(model.get("kind"))];
    kind.element.value = kinds.indexOf(model.get("kind"));
    picture.element.value = model.get("picture");
    paintOriginal();
    if (!drawn.includes(1)) paintWhole();
    else if (!mend()) paintDamaged();
    alone.textContent =
      `The classical method, ${rival.title.textContent}, runs in Python alone; the still picture shows it.`;
    paintMarks();
  });
  model.on("change:kind change:picture", update);
  model.on("change:drawn", follow);
  const alone = make("p", { hidden: !isAlone });
  const bar = make("div", { className: "aelib-buttons" }, kind.labelled, picture.labelled, brush.labelled, clear, state);
  const shown = isAlone ? [drawing, ours, original] : frames;
  const pictures = make("div", { className: "aelib-frames" }, ...shown.map(({ frame }) => frame));
  el.replaceChildren(make("div", { className: "aelib-tools aelib-brush" }, bar, pictures, alone, kernel.problem));
  follow();
  update();
  model.send({ ready: true }); // asks for the first pictures
  return () => {
    update.stop();
    kernel.stop();
    model.off("change:kind change:picture", update);
    model.off("change:drawn", follow);
  };
}

/** Return how near pixels come to those of an image, of numbers from 0 to 1, where it was drawn over, in words. */
function psnrUnderBrush(image, pixels, drawn) {
  let [error, count] = [0, 0];
  image.forEach((value, i) => {
    if (!drawn[i % drawn.length]) return;
    error += (value - pixels[i]) ** 2;
    count++;
  });
  if (!count) return "";
  if (!error) return "as the original under the brush"; // black on black, for one
  return `${(10 * Math.log10(count / error)).toFixed(1)} dB under the brush`;
}

/** Return a select element, and the label that it stands in. */
function selectBox(label, options, change) {
  const element = make("select", { onchange: change });
  options.forEach((text, value) => element.append(make("option", { textContent: text, value })));
  return { element, labelled: make("label", {}, `${label} `, element) };
}

/** Add to lines the outline of what is drawn over: the sides of pixels that are 1 beside one that is not. */
export function addOutline(lines, drawn, [width, height]) {
  const at = (x, y) => x >= 0 && y >= 0 && x < width && y < height && drawn[y * width + x] === 1;
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      if (at(x, y) !== at(x - 1, y)) {
        lines.moveTo(x, y);
        lines.lineTo(x, y + 1);
      }
      if (at(x, y) !== at(x, y - 1)) {
        lines.moveTo(x, y);
        lines.lineTo(x + 1, y);
      }
    }
  }
}
