// A workshop for photographs in a page without a kernel: the view browser/views/photo.js with the controls that
// PhotoRepair has in Jupyter. Photographs stay in the page: a worker mends them, with the weights that the page loads.

import { make } from "./basics.js";
import host from "./host.js";
import { save } from "./views/photo.js";

const MAX_PIXELS = 4096 * 4096; // of a photograph, and of what becomes of it: some phones have no larger canvas
const MAX_SIDE = 16384; // of a canvas in some browsers
const PREVIEW_SIDE = 1280; // pixels of a photograph in the view; what is saved has all of them
const ALONE = "needs Python: this page cannot evaluate the network. The still picture below shows what comes of it.";
const STOPPED = "Stopped. Press Repair to begin again.";

/** Return the element that shows a workshop. */
export async function workshop(model) {
  const [tasks, networks] = [model.get("tasks"), model.get("networks")];
  const file = make("input", { type: "file", accept: "image/*", onchange: () => file.files[0] && open(file.files[0]) });
  const options = tasks.map(([text], i) =>
    make("option", { value: i, textContent: networks[i] ? text : `${text} (in Python alone)`, disabled: !networks[i] }),
  );
  const task = make("select", { onchange: chooseTask }, ...options);
  const start = make("button", { textContent: "Repair", onclick: () => (stopping ? stopping.abort() : repair()) });
  const keep = make("button", { textContent: "Save as PNG", disabled: true, onclick: saveRepaired });
  const bar = make("progress", { max: 1, value: 0 });
  const progress = make("label", { hidden: true }, "done ", bar);
  const message = make("output");
  const say = (text) => (message.textContent = text);

  let photo = null; // canvases of the photograph, and of what became of it
  let repaired = null;
  let opened = 0; // how often a file was opened: only the last one is wanted
  let stopping = null; // an AbortController while a repair goes on

  const chosen = () => tasks[task.value][1];
  const isMarking = () => chosen() === "lost";
  function chooseTask() {
    model.set("marking", isMarking());
  }

  async function open(picture) {
    const turn = ++opened;
    try {
      const canvas = await canvasOf(picture);
      const before = await pngOf(smaller(canvas));
      if (turn !== opened) return;
      show(canvas, before);
      say(`${picture.name}: a photograph of ${canvas.width} × ${canvas.height} pixels.`);
    } catch (error) {
      if (turn === opened) say(`${picture.name}: ${error.message} The photograph before it is still there.`);
    }
  }

  /** Take a photograph; what belonged to the one before goes away. */
  function show(canvas, before) {
    stopping?.abort();
    [photo, repaired] = [canvas, null];
    model.set({ after: new Uint8Array(), marks: [], photo_size: [canvas.height, canvas.width], before });
    keep.disabled = true;
    bar.value = 0;
  }

  async function repair() {
    const problem = whyNot();
    if (problem) return say(problem);
    const [mine, started] = [photo, performance.now()];
    stopping = new AbortController();
    const { signal } = stopping;
    start.textContent = "Stop";
    progress.hidden = false;
    bar.value = 0;
    try {
      const mended = await Promise.race([mend(signal), untilStopped(signal)]);
      const canvas = make("canvas", { width: mended.width, height: mended.height });
      canvas.getContext("2d").putImageData(new ImageData(mended.colours, mended.width, mended.height), 0, 0);
      const after = await pngOf(smaller(canvas));
      if (signal.aborted) throw new Error(STOPPED);
      repaired = canvas;
      model.set({ after });
      keep.disabled = false;
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const next = `${isMarking() ? "Clear the marks to see it, and move" : "Move"} the slider to compare.`;
      say(`Done in ${seconds} s: ${canvas.width} × ${canvas.height} pixels. ${next}`);
    } catch (error) {
      bar.value = 0;
      if (photo === mine) say(error.message); // else something is already said of the next one
    } finally {
      stopping = null;
      start.textContent = "Repair";
    }
  }

  /** Return why the photograph cannot be mended, or nothing. */
  function whyNot() {
    const { width, height } = photo;
    if (isMarking() && !model.get("marks").length) {
      return "Nothing is marked yet. Draw over what is to be filled, then press Repair.";
    }
    const tooMany = chosen() === "low resolution" && tooManyIn(2 * width, 2 * height);
    if (tooMany) {
      return `At twice the size this photograph of ${width} × ${height} pixels would have ${tooMany} Cut it first.`;
    }
    if (!window.Worker) return "This browser cannot mend photographs: it has no workers. A newer one can.";
  }

  /** Return what becomes of the photograph, as browser/mending.js sends it. Throws what can be shown to the reader. */
  async function mend(signal) {
    const { layers, weights: name, bytes: size } = networks[task.value];
    const { width, height } = photo;
    const given = { task: chosen(), layers, width, height, marks: model.get("marks") };
    given.colours = photo.getContext("2d").getImageData(0, 0, width, height).data;
    say(`The network is being loaded: ${(size / 1e6).toFixed(1)} MB.`);
    given.weights = await weightsOf(model, name);
    if (signal.aborted) return;
    if (!given.weights) {
      throw new Error("The network could not be loaded. Is there a connection? Press Repair to try again.");
    }
    say("The network is at work.");
    return inWorker(given, signal, ({ share, isFast }) => {
      if (isFast === false) say("The network is at work. It is slow here: this browser has no WebAssembly with SIMD.");
      if (share) bar.value = share;
    });
  }

  async function saveRepaired() {
    save({ save: "repaired.png" }, [await pngOf(repaired)]);
  }

  task.value = networks.findIndex(Boolean);
  chooseTask();
  const first = await canvasOf(new Blob([model.get("before")]));
  show(first, model.get("before"));
  const view = make("div");
  await host.render({ model, el: view });
  const alone = tasks.filter((_, i) => !networks[i]).map(([text]) => text);
  const controls = [make("label", {}, "photograph ", file), make("label", {}, "task ", task), start, keep];
  return make(
    "div",
    { className: "aelib-tools aelib-workshop widget-vbox" },
    make("div", { className: "aelib-buttons" }, ...controls),
    make("div", { className: "aelib-buttons" }, progress, message),
    view,
    ...alone.map((text) => make("p", { textContent: `To ${text} ${ALONE}` })),
  );
}

/** Return how many pixels a picture has that are too many for a page, or nothing. */
function tooManyIn(width, height) {
  const more = (most) => `more than ${most.toLocaleString("en")} pixels`;
  if (Math.max(width, height) > MAX_SIDE) return `${more(MAX_SIDE)} on a side, which is too many for a page.`;
  if (width * height > MAX_PIXELS) return `${more(MAX_PIXELS)}, which is too many for a page.`;
}

/** Return a canvas with the picture of a file, upright, and on white where it is transparent. Throws what can be shown. */
async function canvasOf(file) {
  const image = make("img");
  const address = URL.createObjectURL(file);
  try {
    await load(image, address);
    const { naturalWidth: width, naturalHeight: height } = image;
    const tooMany = tooManyIn(width, height);
    if (tooMany) throw new Error(`This picture of ${width} × ${height} pixels has ${tooMany} Make it smaller first.`);
    const bitmap = await createImageBitmap(file).catch(() => {
      throw new Error("This picture is damaged. Open and save it again in a picture editor.");
    });
    const canvas = make("canvas", { width, height });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "white";
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return canvas;
  } finally {
    URL.revokeObjectURL(address);
  }
}

/** Load an image as far as its size is known; to decode it takes memory for each of its pixels. */
function load(image, address) {
  return new Promise((resolve, reject) => {
    image.onload = resolve;
    image.onerror = () => reject(new Error("This is not a picture that this browser can read."));
    image.src = address;
  });
}

/** Return a canvas, made smaller where it is larger than what the view shows. */
function smaller(canvas) {
  const scale = PREVIEW_SIDE / Math.max(canvas.width, canvas.height);
  if (scale >= 1) return canvas;
  const [width, height] = [canvas.width, canvas.height].map((side) => Math.max(1, Math.round(scale * side)));
  const preview = make("canvas", { width, height });
  preview.getContext("2d").drawImage(canvas, 0, 0, width, height);
  return preview;
}

/** Return what a canvas shows as the content of a PNG file. */
async function pngOf(canvas) {
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  return new Uint8Array(await blob.arrayBuffer());
}

/** Return the weights of a network, by their name; null where they cannot be had. */
function weightsOf(model, name) {
  return new Promise((resolve) => {
    function take({ weights, numbers }) {
      if (weights !== name) return;
      model.off("msg:custom", take);
      resolve(numbers ?? null);
    }
    model.on("msg:custom", take);
    model.send({ weights: name, part: 0 });
  });
}

const untilStopped = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error(STOPPED))));

/** Return what a new worker, browser/mending.js, makes of what it is given; it ends then, or when it is to stop. */
async function inWorker(given, signal, follow) {
  const address = URL.createObjectURL(new Blob([WORKER], { type: "text/javascript" })); // WORKER: see build.js
  const worker = new Worker(address);
  signal.addEventListener("abort", () => worker.terminate());
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.colours ? resolve(data) : follow(data));
      worker.onerror = ({ message }) => reject(new Error(`The repair stopped with an error. ${message ?? ""}`.trim()));
      worker.postMessage(given, [given.colours.buffer]);
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(address);
  }
}
