// Bundled from browser/ by `make browser`; change it there.

// basics.js
var floats = (view) => new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
var bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
function joined(views) {
  const whole = new Uint8Array(views.reduce((length, view) => length + view.length, 0));
  let start = 0;
  for (const view of views) {
    whole.set(view, start);
    start += view.length;
  }
  return whole;
}
var UNITS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));
function fromHalves(view) {
  const halves = new Uint16Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
  const numbers = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const exponent = halves[i] >> 10 & 31;
    const size = ((halves[i] & 1023) + (exponent ? 1024 : 0)) * UNITS[exponent];
    numbers[i] = halves[i] & 32768 ? -size : size;
  }
  return numbers;
}
var mod = (value, divisor) => (value % divisor + divisor) % divisor;
var between = (value, low, high) => Math.min(Math.max(value, low), high);
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
function group(name, className, ...parts) {
  const element = make("div", { className }, ...parts);
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", name);
  return element;
}
function download(blob, name) {
  const href = URL.createObjectURL(blob);
  make("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 6e4);
}
function oncePerFrame(work) {
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

// controls.js
var OWN_KEYS = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown", "Enter", " "];
function keepOwnKeys(event) {
  if (OWN_KEYS.includes(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey) event.stopPropagation();
}
function suppressShortcuts({ target }) {
  target.setAttribute("data-lm-suppress-shortcuts", "true");
}
function keepKeys(element) {
  element.addEventListener("focusin", suppressShortcuts);
  element.addEventListener("keydown", keepOwnKeys);
}
function helpControls(box) {
  box.classList.add("aelib-box");
  box.addEventListener("focusin", suppressShortcuts);
  const help = () => {
    box.querySelectorAll(":is(.noUi-handle, .ui-slider-handle):not([aria-label])").forEach(helpSlider);
    box.querySelectorAll(".ui-slider-handle").forEach(tellValue);
    box.querySelectorAll(":is(.jupyter-widget-Collapse-header, .p-Collapse-header):not([role])").forEach(helpFold);
    box.querySelector(":scope > .widget-html .widget-html-content")?.setAttribute("aria-live", "polite");
  };
  help();
  const observer = new MutationObserver(help);
  observer.observe(box, { childList: true, subtree: true });
  return observer;
}
function helpSlider(handle) {
  const slider = handle.closest(".widget-slider");
  const name = slider.querySelector(".widget-label").textContent;
  handle.setAttribute("role", "slider");
  handle.setAttribute("aria-label", name);
  keepKeys(handle);
  const number = slider.querySelector(".widget-readout");
  number?.setAttribute("role", "textbox");
  number?.setAttribute("aria-label", `${name}, as a number`);
}
function tellValue(handle) {
  const number = handle.closest(".widget-slider").querySelector(".widget-readout");
  if (number) handle.setAttribute("aria-valuenow", number.textContent);
}
function helpFold(header) {
  const isOpen = () => header.parentElement.matches(".jupyter-widget-Collapse-open, .p-Collapse-open");
  const tell = () => header.setAttribute("aria-expanded", isOpen());
  header.setAttribute("role", "button");
  header.tabIndex = 0;
  header.addEventListener("click", tell);
  header.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    header.click();
  });
  keepKeys(header);
  tell();
}
function modelsIn(model, trait) {
  const ids = model.get(trait).map((reference) => reference.replace("IPY_MODEL_", ""));
  return Promise.all(ids.map((id) => model.widget_manager.get_model(id)));
}
function followSliders(sliders, el, work) {
  let help = null;
  const update = oncePerFrame(() => {
    work();
    if (el.isConnected) help ??= helpControls(el.closest(".widget-hbox"));
  });
  sliders.forEach((slider) => slider.on("change:value", update));
  update();
  return () => {
    update.stop();
    sliders.forEach((slider) => slider.off("change:value", update));
    help?.disconnect();
  };
}

// vary.js
function vary(image, shape, { right, down, turn, brightness, hue }, background) {
  const moved = right || down || turn ? resampled(image, shape, [right, down], turn * Math.PI / 180, background) : image;
  const lit = moved.map((value) => Math.min(brightness * value, 1));
  return hue && shape[0] === 3 ? withHue(lit, hue) : lit;
}
function resampled(image, [channels, height, width], [right, down], angle, background) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const at = (c, y, x) => x < 0 || y < 0 || x >= width || y >= height ? background : image[(c * height + y) * width + x];
  const moved = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x - middleX - right, y - middleY - down];
      const [sourceX, sourceY] = [cos * fromX + sin * fromY + middleX, cos * fromY - sin * fromX + middleY];
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [alongX, alongY] = [sourceX - left, sourceY - top];
      for (let c = 0; c < channels; c++) {
        const above = (1 - alongX) * at(c, top, left) + alongX * at(c, top, left + 1);
        const below = (1 - alongX) * at(c, top + 1, left) + alongX * at(c, top + 1, left + 1);
        moved[(c * height + y) * width + x] = (1 - alongY) * above + alongY * below;
      }
    }
  }
  return moved;
}
function withHue(image, turn) {
  const size = image.length / 3;
  const turned = new Float32Array(image.length);
  for (let i = 0; i < size; i++) {
    const [red, green, blue] = [image[i], image[size + i], image[2 * size + i]];
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const hue = chroma && hueOf(red, green, blue, value, chroma) + 6 * turn;
    [5, 3, 1].forEach((place, channel) => {
      const k = ((place + hue) % 6 + 6) % 6;
      turned[channel * size + i] = value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    });
  }
  return turned;
}
function hueOf(red, green, blue, value, chroma) {
  if (value === red) return (green - blue) / chroma;
  return value === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
}

// anomalies.js
var BRIGHTEST = 20;
var TOLERATED = 1.5;
var TINY = 1e-4;
var REACH = 4;
function changed(image, shape, { turn, blur, light: light2, noise }, pattern) {
  const turned = vary(image, shape, { right: 0, down: 0, turn, brightness: 1, hue: 0 }, 0);
  return blurred(turned, shape, blur).map((value, i) => between(light2 * value + noise * pattern[i], 0, 1));
}
function blurred(image, [, height, width], deviation) {
  const reach = Math.round(REACH * deviation);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-0.5 * ((i - reach) / (deviation || 1)) ** 2));
  const sum = weights.reduce((some, weight) => some + weight);
  const mirrored = (place, length) => Math.min(mod(place, 2 * length), mod(-1 - place, 2 * length));
  const along = (pixels, start, step, length, mixed2) => {
    for (let i = 0; i < length; i++) {
      let value = 0;
      weights.forEach((weight, k) => value += weight * pixels[start + step * mirrored(i + k - reach, length)]);
      mixed2[start + step * i] = value / sum;
    }
  };
  const across = new Float32Array(image.length);
  const both = new Float32Array(image.length);
  for (let y = 0; y < height; y++) along(image, y * width, 1, width, across);
  for (let x = 0; x < width; x++) along(across, x, width, height, both);
  return both;
}
function makeDetector(reference, shape, { neighbours, median, above, below }) {
  const size = shape[1] * shape[2];
  const pictures = Array.from(
    { length: reference.length / size },
    (_, i) => Float32Array.from(reference.subarray(i * size, (i + 1) * size), (value) => value / 255)
  );
  const clues = pictures.map((picture) => [edgeStrength(picture, shape), fineness(picture, shape)]);
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return (image) => {
    const squares2 = pictures.map((picture) => squaredDistance(picture, image));
    const nearest2 = [...squares2.keys()].sort((i, j) => squares2[i] - squares2[j]).slice(0, neighbours);
    const usual = [0, 1].map((clue) => mean(nearest2.map((i) => clues[i][clue])));
    const measured = [
      mean(nearest2.map((i) => Math.sqrt(squares2[i]))),
      edgeStrength(image, shape) - usual[0],
      fineness(image, shape) - usual[1],
      light(image)
    ];
    const [distance, ...others] = measured.map((value, i) => {
      const off = value - median[i];
      return off / Math.max(off > 0 ? above[i] : below[i], TINY);
    });
    const beyond = others.map((clue) => Math.max(Math.abs(clue) - TOLERATED, 0));
    return { distance, score: beyond.reduce((sum, value) => sum + value, distance) };
  };
}
function squaredDistance(some, others) {
  let sum = 0;
  for (let i = 0; i < some.length; i++) sum += (some[i] - others[i]) ** 2;
  return sum;
}
function edgeStrength(image, [, height, width]) {
  let [right, down] = [0, 0];
  for (let i = 0; i < image.length; i++) {
    if (i % width) right += (image[i] - image[i - 1]) ** 2;
    if (i >= width) down += (image[i] - image[i - width]) ** 2;
  }
  return Math.log(right / (height * (width - 1)) + down / ((height - 1) * width) + TINY);
}
function fineness(image, [, height, width]) {
  const at = (y, x) => y < 0 || x < 0 || y >= height || x >= width ? 0 : image[y * width + x];
  let [lost, sum, squares2] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let around = 0;
      for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) around += at(y + dy, x + dx);
      lost += (at(y, x) - around / 9) ** 2;
      sum += at(y, x);
      squares2 += at(y, x) ** 2;
    }
  }
  const count2 = image.length;
  const variance = (squares2 - sum ** 2 / count2) / (count2 - 1);
  return Math.log(lost / count2 / (variance + TINY) + TINY);
}
var light = (image) => Float32Array.from(image).sort().subarray(-BRIGHTEST).reduce((sum, value) => sum + value) / BRIGHTEST;

// chart.js
var COLOURS = ["#0072b2", "#d55e00", "#009e73"];
var SHAPES = ["M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z", "M-3.7-3.7h7.4v7.4h-7.4z", "M0-5l4.700 8.500h-9.400z"];
function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
function makeChart(width, height, name) {
  return svg("svg", { class: "aelib-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name });
}
function axes({ left, right, top, bottom }, across, upward) {
  const lines = [`M${left} ${top}V${bottom}H${right}`, ...across.map(([x]) => `M${x} ${bottom}v4`)];
  return svg(
    "g",
    {},
    svg("path", { d: upward.map(([y]) => `M${left} ${y}H${right}`).join(""), stroke: "currentColor", opacity: 0.2 }),
    svg("path", { d: lines.join(""), stroke: "currentColor", fill: "none" }),
    ...across.map(([x, text]) => svg("text", { x, y: bottom + 16, "text-anchor": "middle" }, text)),
    ...upward.map(([y, text]) => svg("text", { x: left - 5, y: y + 4, "text-anchor": "end" }, text))
  );
}
var scale = (low, high, start, end) => (value) => start + (value - low) / (high - low) * (end - start);
function ticks(low, high, most) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  for (const step of [1, 2, 5, 10, 20].map((digit) => digit * power)) {
    const first = Math.ceil(low / step - 1e-9);
    const count2 = Math.floor(high / step + 1e-9) - first + 1;
    if (count2 <= most) return Array.from({ length: count2 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  }
}
function logTicks(low, high, most) {
  if (high / low < 5) return ticks(low, high, most);
  for (let pace = 1; ; pace++) {
    for (const digits of pace > 1 ? [[1]] : [[1, 2, 5], [1, 3], [1]]) {
      const found = [];
      for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += pace) {
        found.push(...digits.map((digit) => Number(`${digit}e${power}`)).filter((value) => value >= low && value <= high));
      }
      if (found.length <= most) return found;
    }
  }
}
function apart(places2, gap, low, high) {
  const order = places2.map((_, i) => i).sort((i, j) => places2[i] - places2[j]);
  const moved = [...places2];
  order.forEach((i, rank) => {
    const least = rank ? moved[order[rank - 1]] + gap : low;
    moved[i] = between(places2[i], least, Math.max(least, high - (order.length - 1 - rank) * gap));
  });
  return moved;
}
var shortened = (text, most) => text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;

// kernels/product.wasm.js
var product_wasm_default = {
  "fused": "AGFzbQEAAAABEQFgDX9/f39/f39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxQCB3Byb2R1Y3QAAAZtZW1vcnkCAAqMBQGJBQIOfwt7A0AgASAQSgRAIBAgAUEIayINIA0gEEobQQJ0IRZBACEOA0AgACAOSgRAIAQgBSAObGohDyAEIA5BAWoiDSAAQQFrIhMgDSATSBsiGCAFbGohESAEIA5BAmoiDSATIA0gE0gbIhkgBWxqIRIgBCAOQQNqIg0gEyANIBNIGyIaIAVsaiETIAoEeyAKIA5BAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIhshHCAKBHsgCiAYQQJ0av0JAgAF/QwAAAAAAAAAAAAAAAAAAAAACyIdIR4gCgR7IAogGUECdGr9CQIABf0MAAAAAAAAAAAAAAAAAAAAAAsiHyEgIAoEeyAKIBpBAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIiEhIiAHIBZqIRRBACEVA0AgAiAVSgRAQQAhDQNAIAMgDUoEQCAUIAkgDUECdGooAgBqIhf9AAQAIiQgD/0JAgAiJSAb/YUCIRsgF/0ABBAiIyAlIBz9hQIhHCAkIBH9CQIAIiUgHf2FAiEdICMgJSAe/YUCIR4gJCAS/QkCACIlIB/9hQIhHyAjICUgIP2FAiEgICQgE/0JAgAiJCAh/YUCISEgIyAkICL9hQIhIiAGIA9qIQ8gBiARaiERIAYgEmohEiAGIBNqIRMgDUEBaiENDAELCyAIIBRqIRQgFUEBaiEVDAELCyALIBZqIg0gDCAObGoiDyAb/QsEACAPIBz9CwQQIA0gDCAYbGoiDyAd/QsEACAPIB79CwQQIA0gDCAZbGoiDyAf/QsEACAPICD9CwQQIA0gDCAabGoiDSAh/QsEACANICL9CwQQIA5BBGohDgwBCwsgEEEIaiEQDAELCws=",
  "simd": "AGFzbQEAAAABEQFgDX9/f39/f39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxQCB3Byb2R1Y3QAAAZtZW1vcnkCAAqkBQGhBQIOfwt7A0AgASAQSgRAIBAgAUEIayINIA0gEEobQQJ0IRZBACEOA0AgACAOSgRAIAQgBSAObGohDyAEIA5BAWoiDSAAQQFrIhMgDSATSBsiGCAFbGohESAEIA5BAmoiDSATIA0gE0gbIhkgBWxqIRIgBCAOQQNqIg0gEyANIBNIGyIaIAVsaiETIAoEeyAKIA5BAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIhshHCAKBHsgCiAYQQJ0av0JAgAF/QwAAAAAAAAAAAAAAAAAAAAACyIdIR4gCgR7IAogGUECdGr9CQIABf0MAAAAAAAAAAAAAAAAAAAAAAsiHyEgIAoEeyAKIBpBAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIiEhIiAHIBZqIRRBACEVA0AgAiAVSgRAQQAhDQNAIAMgDUoEQCAbIBQgCSANQQJ0aigCAGoiF/0ABAAiJCAP/QkCACIl/eYB/eQBIRsgHCAX/QAEECIjICX95gH95AEhHCAdICQgEf0JAgAiJf3mAf3kASEdIB4gIyAl/eYB/eQBIR4gHyAkIBL9CQIAIiX95gH95AEhHyAgICMgJf3mAf3kASEgICEgJCAT/QkCACIk/eYB/eQBISEgIiAjICT95gH95AEhIiAGIA9qIQ8gBiARaiERIAYgEmohEiAGIBNqIRMgDUEBaiENDAELCyAIIBRqIRQgFUEBaiEVDAELCyALIBZqIg0gDCAObGoiDyAb/QsEACAPIBz9CwQQIA0gDCAYbGoiDyAd/QsEACAPIB79CwQQIA0gDCAZbGoiDyAf/QsEACAPICD9CwQQIA0gDCAabGoiDSAh/QsEACANICL9CwQQIA5BBGohDgwBCwsgEEEIaiEQDAELCws="
};

// matrices.js
var PAGE = 65536;
var TAPS = 64;
var MAX_TAPS = 960;
var FREE = TAPS + MAX_TAPS;
function makeMatrices(numbers, ways = Object.keys(product_wasm_default)) {
  const size = FREE + numbers;
  const kernel = makeKernel(size, ways);
  const heap = kernel ? new Float32Array(kernel.memory.buffer) : new Float32Array(size);
  const distances = new Int32Array(heap.buffer, 4 * TAPS, MAX_TAPS);
  function product({ taps = [0], bias = 0, ...of }) {
    if (taps.length > MAX_TAPS) throw new Error(`A convolution may have ${MAX_TAPS} taps; this one has ${taps.length}.`);
    if (!kernel || of.columns < 8) return multiply(heap, { taps, bias, ...of });
    distances.set(taps.map((tap) => 4 * tap));
    const places2 = [of.a, of.aRow, of.aColumn, of.b, of.bRow, TAPS, bias, of.out, of.outRow];
    kernel.product(of.rows, of.columns, of.channels, taps.length, ...places2.map((place) => 4 * place));
  }
  return { heap, product, way: kernel?.way ?? "" };
}
function makeKernel(numbers, ways) {
  for (const way of ways) {
    try {
      const bytes2 = Uint8Array.from(atob(product_wasm_default[way]), (letter) => letter.charCodeAt(0));
      const memory = new WebAssembly.Memory({ initial: Math.ceil(4 * numbers / PAGE) });
      const { product } = new WebAssembly.Instance(new WebAssembly.Module(bytes2), { env: { memory } }).exports;
      return { memory, product, way };
    } catch {
    }
  }
  return null;
}
function multiply(heap, { rows: rows2, columns, channels, taps, a, aRow, aColumn, b, bRow, bias, out, outRow }) {
  const partOf = (start) => heap.subarray(start, start + columns);
  const results = Array.from({ length: rows2 }, (_, m) => partOf(out + m * outRow).fill(bias ? heap[bias + m] : 0));
  for (let m = 0; m < rows2; m += 4) {
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

// denoising.js
var THRESHOLD = 2.4;
var SMALL = { side: 8, stride: 2 };
var LARGE = { side: 16, stride: 4 };
var STACK = { side: 6, stride: 4, size: 32, reach: 13 };
function denoised(pixels, [, height, width], deviations) {
  const area = height * width;
  const colours = cosines(3);
  const noisy = [0, 1, 2].map((a) => mixed(pixels, area, (b) => colours[3 * a + b]));
  const guesses = new Float32Array(deviations.length * 3 * area);
  deviations.forEach((deviation, which) => {
    let planes = noisy.map((plane) => filteredByPatches(plane, height, width, deviation));
    if (which === 0) planes = filteredInStacks(noisy, planes, height, width, deviation);
    const mended = new Float32Array(3 * area);
    planes.forEach((plane, a) => mended.set(plane, a * area));
    for (let b = 0; b < 3; b++) guesses.set(mixed(mended, area, (a) => colours[3 * a + b]), (3 * which + b) * area);
  });
  return guesses;
}
function mixed(planes, area, weight) {
  const sum = new Float32Array(area);
  for (let c = 0; c < 3; c++) for (let i = 0; i < area; i++) sum[i] += weight(c) * planes[c * area + i];
  return sum;
}
function cosines(size) {
  const waves = new Float64Array(size * size);
  for (let frequency = 0; frequency < size; frequency++) {
    const length = Math.sqrt((frequency ? 1 : 2) * (size / 2));
    for (let place = 0; place < size; place++) {
      waves[frequency * size + place] = Math.cos(Math.PI * frequency * (2 * place + 1) / (2 * size)) / length;
    }
  }
  return waves;
}
function makeTransform(side) {
  const waves = cosines(side);
  const places2 = transposed(waves, side);
  const half = new Float64Array(side * side);
  function along(matrix, values, out) {
    for (let m = 0, to = 0; m < side; m++) {
      for (let n = 0; n < side; n++, to++) {
        let sum = 0;
        for (let i = m * side, j = n * side; i < (m + 1) * side; i++, j++) sum += matrix[i] * values[j];
        out[to] = sum;
      }
    }
  }
  function twice(matrix, values, out) {
    along(matrix, values, half);
    along(matrix, half, out);
  }
  return {
    forward: (patch, coefficients) => twice(waves, patch, coefficients),
    back: (coefficients, patch) => twice(places2, coefficients, patch)
  };
}
var transposed = (matrix, side) => matrix.map((_, i) => matrix[i % side * side + Math.floor(i / side)]);
function filteredByPatches(noisy, height, width, deviation) {
  const first = byPatches(SMALL, [noisy], height, width, (coefficients) => {
    let kept = 0;
    coefficients.forEach((coefficient, i) => {
      if (i && Math.abs(coefficient) <= THRESHOLD * deviation) coefficients[i] = 0;
      kept += coefficients[i] !== 0;
    });
    return 1 / Math.max(kept, 1);
  });
  const places2 = Int32Array.from({ length: LARGE.side ** 2 }, (_, i) => i);
  return byPatches(
    LARGE,
    [noisy, first],
    height,
    width,
    (coefficients) => shrink(coefficients, places2, places2.length, deviation)
  );
}
function shrink(values, places2, apart2, deviation) {
  let squares2 = 1;
  for (let i = 1; i < places2.length; i++) {
    const energy = values[places2[i] + apart2] ** 2;
    const share = energy / (energy + deviation ** 2);
    values[places2[i]] *= share;
    squares2 += share ** 2;
  }
  return 1 / squares2;
}
function byPatches({ side, stride }, planes, height, width, filter) {
  const margin = side - stride;
  const wide = width + 2 * margin + mod(-width, stride);
  const high = height + 2 * margin + mod(-height, stride);
  const padded2 = planes.map((plane) => edged(plane, height, width, high, wide, margin));
  const { forward, back } = makeTransform(side);
  const patch = new Float64Array(side * side);
  const coefficients = new Float64Array(planes.length * side * side);
  const ofPlane = planes.map((_, which) => coefficients.subarray(which * side * side, (which + 1) * side * side));
  const sums = new Float64Array(high * wide);
  const weights = new Float64Array(high * wide);
  for (let top = 0; top + side <= high; top += stride) {
    for (let left = 0; left + side <= wide; left += stride) {
      const corner = top * wide + left;
      padded2.forEach((plane, which) => {
        for (let i = 0; i < patch.length; i++) patch[i] = plane[corner + Math.floor(i / side) * wide + i % side];
        forward(patch, ofPlane[which]);
      });
      const weight = filter(coefficients);
      back(ofPlane[0], patch);
      for (let i = 0; i < patch.length; i++) {
        const at = corner + Math.floor(i / side) * wide + i % side;
        sums[at] += weight * patch[i];
        weights[at] += weight;
      }
    }
  }
  return cropped(sums, weights, height, width, wide, margin);
}
function edged(plane, height, width, high, wide, margin) {
  const larger = new Float32Array(high * wide);
  for (let y = 0, i = 0; y < high; y++) {
    const row = Math.min(Math.max(y - margin, 0), height - 1) * width;
    for (let x = 0; x < wide; x++, i++) larger[i] = plane[row + Math.min(Math.max(x - margin, 0), width - 1)];
  }
  return larger;
}
function cropped(sums, weights, height, width, wide, margin) {
  const means = new Float32Array(height * width);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, at = (y + margin) * wide + margin; x < width; x++, i++, at++) means[i] = sums[at] / weights[at];
  }
  return means;
}
function filteredInStacks(noisy, guess, height, width, deviation) {
  const { side, stride, size } = STACK;
  const area = side * side;
  const [high, wide] = [height, width].map((length) => length + Math.max(side - length, mod(side - length, stride)));
  const planes = [...noisy, ...guess].map((plane) => edged(plane, height, width, high, wide, 0));
  const { forward, back } = makeTransform(side);
  const [patch, coefficients] = [new Float64Array(area), new Float64Array(area)];
  const pixels = Array.from({ length: area }, (_, i) => Math.floor(i / side) * wide + i % side);
  const sums = noisy.map(() => new Float64Array(high * wide));
  const weights = noisy.map(() => new Float64Array(high * wide));
  const columns = planes.length * area;
  const { heap, product } = makeMatrices(size * size + 2 * size * columns);
  const [waves, stack] = [FREE, FREE + size * size];
  const filtered = stack + size * columns;
  heap.set(cosines(size), waves);
  const placesOf = noisy.map(
    (_, c) => Int32Array.from({ length: size * area }, (__, i) => filtered + Math.floor(i / area) * columns + c * area + i % area)
  );
  const through = { rows: size, columns, channels: size, a: waves, aRow: size, aColumn: 1 };
  const backThrough = { ...through, columns: columns / 2, aRow: 1, aColumn: size };
  for (const corners of alike(planes[noisy.length], high, wide)) {
    corners.forEach((corner, row) => {
      planes.forEach((plane, p) => {
        for (let i = 0; i < area; i++) patch[i] = plane[corner + pixels[i]];
        forward(patch, coefficients);
        heap.set(coefficients, stack + row * columns + p * area);
      });
    });
    product({ ...through, b: stack, bRow: columns, out: filtered, outRow: columns });
    const trust = placesOf.map((places2) => shrink(heap, places2, columns / 2, deviation));
    product({ ...backThrough, b: filtered, bRow: columns, out: stack, outRow: columns });
    corners.forEach((corner, row) => {
      trust.forEach((weight, c) => {
        const from = stack + row * columns + c * area;
        for (let i = 0; i < area; i++) coefficients[i] = heap[from + i];
        back(coefficients, patch);
        for (let i = 0; i < area; i++) {
          sums[c][corner + pixels[i]] += weight * patch[i];
          weights[c][corner + pixels[i]] += weight;
        }
      });
    });
  }
  return sums.map((sum, c) => cropped(sum, weights[c], height, width, wide, 0));
}
function* alike(plane, high, wide) {
  const { side, stride, size, reach } = STACK;
  const nearest2 = new Int32Array(size);
  const differences = new Float64Array(size);
  for (let top = 0; top + side <= high; top += stride) {
    for (let left = 0; left + side <= wide; left += stride) {
      const corner = top * wide + left;
      nearest2[0] = corner;
      differences[0] = -1;
      let found = 1;
      for (let down = -reach; down <= reach; down++) {
        for (let right = -reach; right <= reach; right++) {
          const [y, x] = [top + down, left + right];
          if (!down && !right || y < 0 || x < 0 || y + side > high || x + side > wide) continue;
          const worst = found < size ? Infinity : differences[size - 1];
          const difference = differenceOf(plane, corner, y * wide + x, side, wide, worst);
          if (difference >= worst) continue;
          let place = found < size ? found++ : size - 1;
          for (; differences[place - 1] > difference; place--) {
            differences[place] = differences[place - 1];
            nearest2[place] = nearest2[place - 1];
          }
          differences[place] = difference;
          nearest2[place] = y * wide + x;
        }
      }
      nearest2.fill(corner, found);
      yield nearest2;
    }
  }
}
function differenceOf(plane, first, second, side, wide, enough) {
  let sum = 0;
  for (let row = 0; row < side && sum < enough; row++) {
    for (let i = 0; i < side; i++) sum += (plane[first + row * wide + i] - plane[second + row * wide + i]) ** 2;
  }
  return sum;
}

// guesses.js
function filledFromSmaller(pixels, lost, shape) {
  const weight = lost.map((is) => is ? 0 : 1);
  const sums = pixels.map((value, i) => value * weight[i % weight.length]);
  return fill(sums, weight, shape);
}
function fill(sums, weight, [channels, height, width]) {
  const means = sums.map((sum, i) => sum / Math.max(weight[i % weight.length], 1e-6));
  if (height === 1 && width === 1) return means;
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const smaller = fill(
    halved(sums, [channels, height, width]),
    halved(weight, [1, height, width]),
    [channels, high, wide]
  );
  const larger = doubled(smaller, [channels, high, wide], [height, width], LINEAR);
  return means.map((mean, i) => {
    const trust = Math.min(4 * weight[i % weight.length], 1);
    return trust * mean + (1 - trust) * larger[i];
  });
}
function halved(pixels, [channels, height, width]) {
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const means = new Float32Array(channels * high * wide);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++, i++) {
        let [sum, count2] = [0, 0];
        for (let row = 2 * y; row < Math.min(2 * y + 2, height); row++) {
          for (let column = 2 * x; column < Math.min(2 * x + 2, width); column++, count2++) {
            sum += pixels[(c * height + row) * width + column];
          }
        }
        means[i] = sum / count2;
      }
    }
  }
  return means;
}
function enlarged(pixels, [channels, height, width]) {
  const [high, wide] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const small = new Float32Array(channels * high * wide);
  for (let c = 0, i = 0; c < channels; c++) {
    for (let y = 0; y < high; y++) {
      for (let x = 0; x < wide; x++, i++) small[i] = pixels[(c * height + 2 * y) * width + 2 * x];
    }
  }
  return doubled(small, [channels, high, wide], [height, width], CUBIC);
}
var LINEAR = { first: 0, weights: [0.75, 0.25] };
var CUBIC = { first: -1, weights: [1.25, 0.25, 0.75, 1.75].map(cubic) };
function cubic(distance) {
  const a = -0.75;
  if (distance <= 1) return (a + 2) * distance ** 3 - (a + 3) * distance ** 2 + 1;
  return a * distance ** 3 - 5 * a * distance ** 2 + 8 * a * distance - 4 * a;
}
function doubled(pixels, [channels, high, wide], [height, width], kernel) {
  const alongRows = new Float32Array(channels * high * width);
  for (let row = 0; row < channels * high; row++) {
    double(pixels, row * wide, 1, wide, alongRows, row * width, 1, width, kernel);
  }
  const result = new Float32Array(channels * height * width);
  for (let c = 0; c < channels; c++) {
    for (let x = 0; x < width; x++) {
      double(alongRows, c * high * width + x, width, high, result, c * height * width + x, width, height, kernel);
    }
  }
  return result;
}
function double(from, start, step, count2, to, first, stride, length, { first: offset, weights }) {
  for (let i = 0; i < length; i++) {
    const way = i % 2 ? 1 : -1;
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      const pixel = Math.min(Math.max((i >> 1) + way * (offset + k), 0), count2 - 1);
      sum += weights[k] * from[start + pixel * step];
    }
    to[first + i * stride] = sum;
  }
}

// layers.js
function makePlan(weights) {
  let taken = 0;
  const left = {};
  const plan = { size: 0, scratch: 0, constants: [], steps: [] };
  plan.place = (count2) => {
    if (left[count2]?.length) return left[count2].pop();
    plan.size += count2;
    return FREE + plan.size - count2;
  };
  plan.leave = ({ at, shape }) => (left[count(shape)] ??= []).push(at);
  plan.constant = (values) => {
    plan.size += values.length;
    const at = FREE + plan.size - values.length;
    plan.constants.push([at, values]);
    return at;
  };
  plan.take = (count2) => {
    taken += count2;
    if (taken > weights.length) throw new Error(`The network has more than ${weights.length} weights.`);
    return weights.subarray(taken - count2, taken);
  };
  plan.step = (work, scratch = 0) => {
    plan.scratch = Math.max(plan.scratch, scratch);
    plan.steps.push(work);
  };
  return plan;
}
function build(plan, layers, input) {
  return layers.reduce((value, [name, ...settings]) => {
    if (!LAYERS[name]) throw new Error(`There is no layer ${name}.`);
    const next = LAYERS[name](plan, value, ...settings);
    if (value.at !== input.at && value.at !== next.at) plan.leave(value);
    return next;
  }, input);
}
var count = (shape) => shape.reduce((product, length) => product * length, 1);
function elementwise(activation) {
  return (plan, { at, shape }) => {
    const size = count(shape);
    const to = plan.place(size);
    plan.step(({ heap }) => {
      for (let i = 0; i < size; i++) heap[to + i] = activation(heap[at + i]);
    });
    return { at: to, shape };
  };
}
function moving(plan, { at }, shape, from) {
  const to = plan.place(from.length);
  plan.step(({ heap }) => {
    for (let i = 0; i < from.length; i++) heap[to + i] = heap[at + from[i]];
  });
  return { at: to, shape };
}
function places([channels, height, width], origin) {
  const from = new Int32Array(channels * height * width);
  let i = 0;
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) from[i++] = origin(c, y, x);
  }
  return from;
}
var PANEL = 8;
function linear(plan, { at, shape }, inputs, outputs) {
  if (count(shape) !== inputs) throw new Error(`A dense layer takes ${inputs} numbers; it gets ${shape.join(" × ")}.`);
  const matrix = plan.take(inputs * outputs);
  const bias = plan.take(outputs);
  const wide = Math.min(PANEL, outputs);
  const a = plan.place(inputs + 1);
  const out = plan.place(outputs);
  const panels = [];
  for (let start = 0; start < outputs; start += PANEL) panels.push(makePanel3(Math.min(start, outputs - wide)));
  function makePanel3(first) {
    const panel = new Float32Array((inputs + 1) * wide);
    for (let o = 0; o < wide; o++) {
      for (let i = 0; i < inputs; i++) panel[i * wide + o] = matrix[(first + o) * inputs + i];
      panel[inputs * wide + o] = bias[first + o];
    }
    return { b: plan.constant(panel), out: out + first };
  }
  const sizes = { rows: 1, columns: wide, channels: inputs + 1, aRow: 0, aColumn: 1, bRow: wide, outRow: wide };
  plan.step(({ heap, product }) => {
    heap.copyWithin(a, at, at + inputs);
    heap[a + inputs] = 1;
    for (const panel of panels) product({ ...sizes, a, ...panel });
  });
  return { at: out, shape: [outputs] };
}
function spread([channels, height, width], rim, stride) {
  const wide = Math.ceil((width + 2 * rim) / stride);
  const plane = Math.ceil((height + 2 * rim) / stride) * wide;
  const size = channels * stride * stride * plane;
  function copy(heap, from, to) {
    heap.fill(0, to, to + size);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < height; y++) {
        const down = (y + rim) % stride;
        const row = to + (c * stride + down) * stride * plane + (y + rim - down) / stride * wide;
        const start = from + (c * height + y) * width;
        if (stride === 1) {
          heap.copyWithin(row + rim, start, start + width);
          continue;
        }
        for (let phase = 0; phase < stride; phase++) {
          const first = mod(phase - rim, stride);
          let place = row + phase * plane + (first + rim - phase) / stride;
          for (let pixel = start + first; pixel < start + width; pixel += stride) heap[place++] = heap[pixel];
        }
      }
    }
  }
  return { wide, plane, size, copy };
}
function convolution(plan, { at, shape }, outputs, side, stride, padding) {
  const inputs = shape[0];
  const [height, width] = shape.slice(1).map((length) => Math.floor((length + 2 * padding - side) / stride) + 1);
  const a = plan.constant(plan.take(outputs * inputs * side * side));
  const bias = plan.constant(plan.take(outputs));
  const { wide, plane, size, copy } = spread(shape, padding, stride);
  const taps = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const phase = y % stride * stride + x % stride;
      taps.push(phase * plane + Math.floor(y / stride) * wide + Math.floor(x / stride));
    }
  }
  const columns = (height - 1) * wide + width;
  const to = plan.place(outputs * height * width);
  plan.step(({ heap, product, scratch }) => {
    const out = scratch + size;
    copy(heap, at, scratch);
    const sizes = { rows: outputs, columns, channels: inputs, taps, aRow: inputs * taps.length, aColumn: 1 };
    product({ ...sizes, a, bias, b: scratch, bRow: stride * stride * plane, out, outRow: columns });
    for (let m = 0; m < outputs; m++) {
      for (let y = 0; y < height; y++) {
        const row = out + m * columns + y * wide;
        heap.copyWithin(to + (m * height + y) * width, row, row + width);
      }
    }
  }, size + outputs * columns);
  return { at: to, shape: [outputs, height, width] };
}
function transposedConvolution(plan, { at, shape }, outputs, side, stride, padding, extra) {
  const [inputs, inHeight, inWidth] = shape;
  const [height, width] = [inHeight, inWidth].map((length) => (length - 1) * stride - 2 * padding + side + extra);
  const weights = plan.take(inputs * outputs * side * side);
  const bias = plan.constant(plan.take(outputs));
  const reach = Math.ceil(side / stride) - 1;
  const { wide, plane, size, copy } = spread(shape, reach, 1);
  const columns = (inHeight + reach - 1) * wide + inWidth + reach;
  const to = plan.place(outputs * height * width);
  const phases = [];
  for (let down = 0; down < stride; down++) {
    for (let along = 0; along < stride; along++) phases.push(makePhase(down, along));
  }
  function makePhase(down, along) {
    const [taps, places2] = [[], []];
    for (let y = down; y < side; y += stride) {
      for (let x = along; x < side; x += stride) {
        taps.push((reach - (y - down) / stride) * wide + reach - (x - along) / stride);
        places2.push(y * side + x);
      }
    }
    const matrix = new Float32Array(outputs * inputs * taps.length);
    for (let m = 0, i = 0; m < outputs; m++) {
      for (let c = 0; c < inputs; c++) for (const place of places2) matrix[i++] = weights[(c * outputs + m) * side * side + place];
    }
    return { down, along, taps, a: plan.constant(matrix) };
  }
  plan.step(({ heap, product, scratch }) => {
    const out = scratch + size;
    copy(heap, at, scratch);
    for (const { down, along, taps, a } of phases) {
      const sizes = { rows: outputs, columns, channels: inputs, taps, aRow: inputs * taps.length, aColumn: 1 };
      product({ ...sizes, a, bias, b: scratch, bRow: plane, out, outRow: columns });
      for (let m = 0; m < outputs; m++) {
        for (let y = mod(down - padding, stride); y < height; y += stride) {
          const row = out + m * columns + (y + padding - down) / stride * wide;
          for (let x = mod(along - padding, stride); x < width; x += stride) {
            heap[to + (m * height + y) * width + x] = heap[row + (x + padding - along) / stride];
          }
        }
      }
    }
  }, size + outputs * columns);
  return { at: to, shape: [outputs, height, width] };
}
function normalisation(plan, { at, shape }, eps) {
  const size = count(shape);
  const area = size / shape[0];
  const [scale2, shift] = [plan.take(shape[0]), plan.take(shape[0])];
  const to = plan.place(size);
  plan.step(({ heap }) => {
    let mean = 0;
    for (let i = 0; i < size; i++) mean += heap[at + i] / size;
    let variance = 0;
    for (let i = 0; i < size; i++) variance += (heap[at + i] - mean) ** 2 / size;
    const by = 1 / Math.sqrt(variance + eps);
    for (let i = 0; i < size; i++) {
      const channel = Math.floor(i / area);
      heap[to + i] = (heap[at + i] - mean) * by * scale2[channel] + shift[channel];
    }
  });
  return { at: to, shape };
}
function add(plan, input, layers) {
  const sum = build(plan, layers, input);
  const size = count(sum.shape);
  plan.step(({ heap }) => {
    for (let i = 0; i < size; i++) heap[sum.at + i] += heap[input.at + i];
  });
  return sum;
}
function fill2(plan, input, layers) {
  const guess = build(plan, layers, input);
  const [channels, height, width] = input.shape;
  const area = height * width;
  const to = plan.place(channels * area);
  plan.step(({ heap }) => {
    heap.copyWithin(to, input.at, input.at + channels * area);
    const lost = input.at + (channels - 1) * area;
    for (let i = 0; i < (channels - 1) * area; i++) if (heap[lost + i % area]) heap[to + i] = heap[guess.at + i];
  });
  plan.leave(guess);
  return { at: to, shape: input.shape };
}
function padded(plan, input, multiple, layers) {
  const [channels, height, width] = input.shape;
  const up = (length) => Math.ceil(length / multiple) * multiple;
  const shape = [channels, up(height), up(width)];
  const inside2 = (c, y, x) => (c * height + Math.min(y, height - 1)) * width + Math.min(x, width - 1);
  if (shape.every((length, i) => length === input.shape[i])) return build(plan, layers, input);
  const enough = moving(plan, input, shape, places(shape, inside2));
  const output = build(plan, layers, enough);
  plan.leave(enough);
  const [drawn, high, wide] = output.shape;
  const cut = [drawn, height, width];
  const result = moving(plan, output, cut, places(cut, (c, y, x) => (c * high + y) * wide + x));
  plan.leave(output);
  return result;
}
function pixelShuffle(plan, input, times) {
  const [channels, height, width] = input.shape;
  const shape = [channels / times ** 2, height * times, width * times];
  const origin = (c, y, x) => {
    const channel = (c * times + y % times) * times + x % times;
    return (channel * height + Math.floor(y / times)) * width + Math.floor(x / times);
  };
  return moving(plan, input, shape, places(shape, origin));
}
function pixelUnshuffle(plan, input, times) {
  const [channels, height, width] = input.shape;
  const shape = [channels * times ** 2, height / times, width / times];
  const origin = (c, y, x) => {
    const within = c % times ** 2;
    const row = y * times + Math.floor(within / times);
    return (Math.floor(c / times ** 2) * height + row) * width + x * times + within % times;
  };
  return moving(plan, input, shape, places(shape, origin));
}
function enlarge(plan, input, times) {
  const [channels, height, width] = input.shape;
  const shape = [channels, height * times, width * times];
  const origin = (c, y, x) => (c * height + Math.floor(y / times)) * width + Math.floor(x / times);
  return moving(plan, input, shape, places(shape, origin));
}
function guessed(guess) {
  return (plan, input) => {
    const [channels, height, width] = input.shape;
    const split = input.at + (channels - 1) * height * width;
    const end = split + height * width;
    const to = plan.place(end - input.at);
    plan.step(({ heap }) => {
      const pixels = guess(heap.subarray(input.at, split), heap.subarray(split, end), [channels - 1, height, width]);
      heap.set(pixels, to);
      heap.copyWithin(to + split - input.at, split, end);
    });
    return { at: to, shape: input.shape };
  };
}
function denoise(plan, input, deviations) {
  const [channels, height, width] = input.shape;
  const size = channels * height * width;
  const shape = [3 * deviations.length + channels, height, width];
  const to = plan.place(count(shape));
  plan.step(({ heap }) => {
    const picture = heap.slice(input.at, input.at + 3 * height * width);
    heap.set(denoised(picture, [3, height, width], deviations), to);
    heap.copyWithin(to + count(shape) - size, input.at, input.at + size);
  });
  return { at: to, shape };
}
var LAYERS = {
  linear,
  convolution,
  "transposed convolution": transposedConvolution,
  normalisation,
  flatten: (plan, { at, shape }) => ({ at, shape: [count(shape)] }),
  reshape: (plan, { at }, shape) => ({ at, shape }),
  "pixel shuffle": pixelShuffle,
  "pixel unshuffle": pixelUnshuffle,
  enlarge,
  padded,
  add,
  fill: fill2,
  denoise,
  "first channels": (plan, { at, shape }, channels) => ({ at, shape: [channels, ...shape.slice(1)] }),
  "from smaller": guessed(filledFromSmaller),
  bicubic: guessed((pixels, _, shape) => enlarged(pixels, shape)),
  relu: elementwise((a) => Math.max(a, 0)),
  silu: elementwise((a) => a / (1 + Math.exp(-a))),
  tanh: elementwise(Math.tanh),
  sigmoid: elementwise((a) => 1 / (1 + Math.exp(-a)))
};

// engine.js
function makeNetwork(layers, weights, shape, ways) {
  const plan = makePlan(weights);
  const input = plan.place(count(shape));
  const output = build(plan, layers, { at: input, shape });
  const scratch = plan.place(plan.scratch);
  const matrices = makeMatrices(plan.size, ways);
  const { heap } = matrices;
  plan.constants.forEach(([at, values]) => heap.set(values, at));
  return (values) => {
    if (values.length !== count(shape)) throw new Error(`This network takes ${count(shape)} numbers, not ${values.length}.`);
    heap.set(values, input);
    plan.steps.forEach((step) => step({ ...matrices, scratch }));
    return heap.slice(output.at, output.at + count(output.shape));
  };
}
function makeAutoencoder({ encoder, decoder, code_size }, weights, shape) {
  return {
    encode: makeNetwork(encoder.layers, weights.subarray(0, encoder.weights), shape),
    decode: makeNetwork(decoder.layers, weights.subarray(encoder.weights), [code_size])
  };
}
function nearest(code, codes) {
  let row = 0;
  let least = Infinity;
  for (let first = 0; first < codes.length; first += code.length) {
    let sum = 0;
    for (let unit = 0; unit < code.length && sum < least; unit++) sum += (codes[first + unit] - code[unit]) ** 2;
    if (sum < least) [row, least] = [first / code.length, sum];
  }
  return { row, distance: Math.sqrt(least) };
}

// paint.js
function toScreen(pixels, [channels, height, width]) {
  const size = height * width;
  const white = pixels instanceof Uint8Array ? 1 : 255;
  const shown = new Uint8ClampedArray(4 * size);
  for (let i = 0; i < size; i++) {
    for (let colour = 0; colour < 3; colour++) {
      shown[4 * i + colour] = white * pixels[channels === 3 ? colour * size + i : i];
    }
    shown[4 * i + 3] = 255;
  }
  return shown;
}
function paint(canvas, pixels, shape) {
  const [, height, width] = shape;
  canvas.getContext("2d").putImageData(new ImageData(toScreen(pixels, shape), width, height), 0, 0);
}
function enlargement([, height, width], side) {
  return Math.max(1, Math.floor(side / Math.max(height, width)));
}
function pictureCanvas(shape, side) {
  const [, height, width] = shape;
  const canvas = make("canvas", { className: "aelib-picture", width, height });
  canvas.style.width = `${enlargement(shape, side) * width}px`;
  canvas.setAttribute("role", "img");
  return canvas;
}
function framedCanvas(name, shape, side) {
  const canvas = pictureCanvas(shape, side);
  const title = make("b", { textContent: name });
  const caption = make("output");
  const frame = make("figure", {}, make("figcaption", {}, title), canvas, caption);
  const say = (text) => {
    caption.textContent = text;
    canvas.setAttribute("aria-label", `${title.textContent}: ${text}`);
  };
  return { canvas, title, frame, say };
}
var GAP = 2;
function gridShape([channels, height, width], rows2, columns) {
  return [channels, rows2 * (height + GAP) - GAP, columns * (width + GAP) - GAP];
}
function paintGrid(canvas, pixels, shape, columns) {
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const context = canvas.getContext("2d");
  for (let i = 0; i < pixels.length / size; i++) {
    const image = new ImageData(toScreen(pixels.subarray(i * size, (i + 1) * size), shape), width, height);
    context.putImageData(image, i % columns * (width + GAP), Math.floor(i / columns) * (height + GAP));
  }
}
function lineCanvas(width, height, scale2 = 1) {
  const density = scale2 * (window.devicePixelRatio || 1);
  const canvas = make("canvas", { width: width * density, height: height * density });
  canvas.getContext("2d").scale(density, density);
  return canvas;
}
function drawTwice(context, broad, thin, draw) {
  for (const [strokeStyle, lineWidth] of [["white", broad], ["black", thin]]) {
    Object.assign(context, { strokeStyle, lineWidth });
    draw();
  }
}

// views/anomaly.js
var SIDE = 140;
var AT_REST = { turn: 0, blur: 0, light: 1, noise: 0 };
var CHART = { width: 340, left: 2, right: 338, top: 22, row: 46, bar: 12 };
var REACH2 = 3;
var DIGITS = [4, 2, 2];
async function renderAnomaly({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const [choice, ...changes] = sliders;
  const shape = model.get("image_shape");
  const size = shape[1] * shape[2];
  const pictures = bytes(model.get("pictures"));
  const pattern = floats(model.get("pattern"));
  const [names, lines] = [model.get("scores"), model.get("lines")];
  const look = makeLook(model, shape);
  let shown = null;
  let original, before;
  const picture = framedCanvas("Picture", shape, SIDE);
  const drawn = framedCanvas("Reconstruction", shape, SIDE);
  const alarms = alarmChart(names, lines, model.get("lowest"));
  const told2 = make("output");
  const reset = make("button", {
    textContent: "Reset",
    title: "The picture as it was",
    onclick() {
      changes.forEach((slider) => {
        slider.set("value", AT_REST[slider.get("description")]);
        slider.save_changes();
      });
    }
  });
  const title = make("b", { textContent: "Which alarms ring?" });
  el.replaceChildren(
    make(
      "div",
      { className: "aelib-tools aelib-anomaly" },
      make("div", { className: "aelib-buttons" }, reset),
      make("div", { className: "aelib-frames" }, picture.frame, drawn.frame),
      make("div", { className: "aelib-frames" }, make("figure", {}, make("figcaption", {}, title), alarms.chart, told2))
    )
  );
  return followSliders(sliders, el, () => {
    const which = choice.get("value") - 1;
    if (which !== shown) {
      original = Float32Array.from(pictures.subarray(which * size, (which + 1) * size), (value) => value / 255);
      before = look(original).scores;
      shown = which;
    }
    const settings = changes.map((slider) => [slider.get("description"), slider.get("value")]);
    const spoilt = changed(original, shape, Object.fromEntries(settings), pattern);
    const { reconstruction, scores } = look(spoilt);
    paint(picture.canvas, spoilt, shape);
    paint(drawn.canvas, reconstruction, shape);
    picture.say(`picture ${which + 1}`);
    drawn.say(`error ${written(scores[0], 0)}`);
    alarms.show(scores, before);
    const texts = names.map((name, i) => `${name} ${written(scores[i], i)} (${written(before[i], i)} untouched)`);
    told2.textContent = `${texts.map((text, i) => `${text}: ${verdict(scores[i], lines[i])}`).join("; ")}.`;
  });
}
function makeLook(model, shape) {
  const { encode, decode } = makeAutoencoder(model.get("autoencoder"), floats(model.get("weights")), shape);
  const numbers = ["neighbours", "median", "above", "below"].map((name) => [name, model.get(name)]);
  const detect = makeDetector(bytes(model.get("reference")), shape, Object.fromEntries(numbers));
  return (picture) => {
    const reconstruction = decode(encode(picture));
    const error = reconstruction.reduce((sum, value, i) => sum + (value - picture[i]) ** 2, 0) / picture.length;
    const { distance, score } = detect(picture);
    return { reconstruction, scores: [error, distance, score] };
  };
}
var verdict = (score, line) => score > line ? "alarm" : "quiet";
var written = (score, i) => (Number(score.toFixed(DIGITS[i])) || 0).toFixed(DIGITS[i]);
var barTop = (i) => CHART.top + i * CHART.row + 18;
function alarmChart(names, lines, lowest) {
  const { width, left, right, top, row, bar: bar2 } = CHART;
  const height = top + names.length * row + 20;
  const here = left + (right - left) / REACH2;
  const chart = makeChart(width, height, `Chart of ${names.length} scores beside their alarm lines, told below it.`);
  const rows2 = names.map((name, i) => {
    const toX = scale(lowest[i], lines[i] > lowest[i] ? lines[i] : lowest[i] + 1, left, here);
    return scoreRow(name, i, lines[i], (score) => between(toX(score), left, right));
  });
  const across = names.map((_, i) => `M${here} ${barTop(i) - 2}v${bar2 + 12}`);
  const foot = height - 5;
  chart.append(
    ...rows2.map(({ part }) => part),
    svg("path", { class: "aelib-alarm", d: across.join(""), stroke: "currentColor", "stroke-dasharray": "4 3" }),
    svg("text", { x: here, y: top - 10, "text-anchor": "middle" }, "alarm line"),
    svg("path", { d: SHAPES[2], fill: "currentColor", transform: `translate(${left + 5}, ${foot - 4})` }),
    svg("text", { x: left + 14, y: foot }, "untouched; 1 normal picture in 20 is beyond the line")
  );
  return { chart, show: (scores, before) => rows2.forEach(({ show }, i) => show(scores[i], before[i])) };
}
function scoreRow(name, i, line, toX) {
  const { left, right, bar: bar2 } = CHART;
  const y = barTop(i);
  const text = svg("text", { x: left, y: y - 5 });
  const word = svg("text", { x: right, y: y - 5, "text-anchor": "end", "font-weight": "bold" });
  const shape = svg("path", {});
  const mark = svg("path", { d: SHAPES[2], fill: "currentColor" });
  function show(score, before) {
    const x = toX(score);
    text.textContent = `${name} ${written(score, i)}`;
    word.textContent = verdict(score, line);
    const end = x < right ? `H${x}v${bar2}` : `H${x - 6}l6 ${bar2 / 2}l-6 ${bar2 / 2}`;
    shape.setAttribute("d", `M${left} ${y}${end}H${left}z`);
    shape.setAttribute("fill", COLOURS[Number(score > line)]);
    mark.setAttribute("transform", `translate(${between(toX(before), left + 5, right - 5)}, ${y + bar2 + 6})`);
  }
  return { part: svg("g", {}, text, word, shape, mark), show };
}

// kernel.js
function listenToKernel(model, answered) {
  const problem = make("p", { className: "aelib-problem" });
  problem.setAttribute("role", "alert");
  let timer = 0;
  function receive(message, buffers) {
    clearTimeout(timer);
    problem.textContent = message.error ?? "";
    if (!message.error) answered(message, buffers);
  }
  model.on("msg:custom", receive);
  return {
    problem,
    hurry() {
      clearTimeout(timer);
      timer = setTimeout(() => model.send({}), 16);
    },
    stop() {
      clearTimeout(timer);
      model.off("msg:custom", receive);
    }
  };
}

// loader.js
var PAUSE = 5e3;
function makeLoader(model) {
  const parts = {};
  const networks = {};
  const ask = (weights, part) => model.send({ weights, part });
  function network({ layers, weights }, shape) {
    if (!parts[weights] || performance.now() > parts[weights].again) {
      parts[weights] = [];
      ask(weights, 0);
    }
    if (!parts[weights].numbers) return null;
    networks[weights] ??= makeNetwork(layers, parts[weights].numbers, shape);
    return networks[weights];
  }
  function take({ weights, part, parts: count2, numbers }, buffers) {
    if (weights === void 0) return false;
    if (part !== parts[weights]?.length) return true;
    if (!count2) {
      parts[weights].again = performance.now() + PAUSE;
      return true;
    }
    if (!numbers) parts[weights].push(bytes(buffers[0]));
    if (part + 1 < count2) ask(weights, part + 1);
    else parts[weights] = { numbers: numbers ?? fromHalves(joined(parts[weights])) };
    return true;
  }
  return { network, take };
}

// pen.js
var WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
var inside = ([x, y], [width, height]) => [between(x, 0, width), between(y, 0, height)];
function placeOf(event, element, [width, height]) {
  const box = element.getBoundingClientRect();
  const x = (event.clientX - box.left - element.clientLeft) / element.clientWidth * width;
  const y = (event.clientY - box.top - element.clientTop) / element.clientHeight * height;
  return inside([x, y], [width, height]);
}
function makeSurface(element, { size, point, press, release, arrow, keys }) {
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  const place = (event) => placeOf(event, element, size());
  let held = null;
  const isAnother = (event) => held !== null && event.pointerId !== held;
  element.onpointerdown = (event) => {
    if (event.button || isAnother(event)) return;
    if (release) {
      held = event.pointerId;
      element.setPointerCapture(held);
    }
    press(place(event));
  };
  element.onpointermove = (event) => {
    if (isAnother(event)) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    (passed.length ? passed : [event]).forEach((each) => point(place(each), held !== null));
  };
  const letGo = () => {
    held = null;
    release();
  };
  if (release) {
    element.onpointerup = element.onpointercancel = (event) => isAnother(event) || letGo();
    element.onblur = letGo;
  }
  element.onkeydown = (event) => {
    const way = WAYS[event.key];
    const action = way ? () => arrow(way, event.shiftKey) : keys[event.key];
    if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    action();
  };
}
function makePen({ size, draw, put, changed: changed2 }) {
  const pen = { position: [0, 0], isDown: false };
  pen.moveTo = (place) => {
    const from = pen.position;
    pen.position = inside(place, size());
    if (pen.isDown) draw(from, pen.position);
    changed2();
  };
  pen.follow = (place, isHeld) => {
    if (isHeld || !pen.isDown) pen.moveTo(place);
  };
  pen.moveBy = ([x, y], step) => pen.moveTo([pen.position[0] + step * x, pen.position[1] + step * y]);
  pen.put = (isDown) => {
    pen.isDown = isDown;
    if (isDown) draw(pen.position, pen.position);
    put(isDown);
    changed2();
  };
  pen.press = (place) => {
    pen.isDown = false;
    pen.moveTo(place);
    pen.put(true);
  };
  pen.lift = () => pen.isDown && pen.put(false);
  pen.toggle = () => pen.put(!pen.isDown);
  return pen;
}
function cover(drawn, [width, height], broad, [startX, startY], [endX, endY]) {
  const [acrossX, acrossY] = [endX - startX, endY - startY];
  const length = acrossX ** 2 + acrossY ** 2;
  const reach = broad / 2;
  const [left, right] = [Math.min(startX, endX) - reach, Math.max(startX, endX) + reach];
  const [top, bottom] = [Math.min(startY, endY) - reach, Math.max(startY, endY) + reach];
  for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
    for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
      const [offX, offY] = [x + 0.5 - startX, y + 0.5 - startY];
      const share = length ? between((offX * acrossX + offY * acrossY) / length, 0, 1) : 0;
      const distance = Math.hypot(offX - share * acrossX, offY - share * acrossY);
      if (distance <= reach) drawn[y * width + x] = 1;
    }
  }
}

// views/brush.js
var SIDE2 = 168;
var BROAD = [1, 2, 3, 5, 8];
var HOW = "Draw with a finger, the mouse, or Space and arrow keys.";
var STEP = { near: 1, far: 4 };
function renderBrush({ model, el }) {
  const shape = model.get("image_shape");
  const [channels, height, width] = shape;
  const size = channels * height * width;
  const originals = bytes(model.get("originals"));
  const kinds = model.get("kinds");
  const frames = ["Damaged (draw here)", "Network", "", "Original"].map((name) => framedCanvas(name, shape, SIDE2));
  const [drawing2, ours, rival, original] = frames;
  const isAlone = model.hasKernel === false;
  const allDamaged = fromHalves(model.get("damaged_pictures"));
  const drawn = new Uint8Array(height * width);
  const asText = () => drawn.join("");
  let damaged = null;
  const kind = selectBox("damage", kinds, () => set({ kind: kinds[Number(kind.element.value)] }));
  const names = Array.from({ length: originals.length / size }, (_, i) => `${i + 1}`);
  const picture = selectBox("picture", names, () => {
    drawn.fill(0);
    damaged = null;
    set({ picture: Number(picture.element.value), drawn: asText() });
  });
  const widths = BROAD.filter((broad2) => broad2 < Math.max(height, width) / 2);
  const brush = selectBox("brush", widths.map((broad2) => `${broad2} pixel${broad2 > 1 ? "s" : ""}`), () => update());
  brush.element.value = Math.min(2, widths.length - 1);
  const broad = () => widths[Number(brush.element.value)];
  const clear = make("button", {
    textContent: "Clear",
    onclick: () => {
      drawn.fill(0);
      set({ drawn: asText() });
    }
  });
  const state = make("output", { textContent: HOW });
  const scale2 = enlargement(shape, SIDE2);
  const marks = lineCanvas(width, height, scale2);
  const area = make("div", { className: "aelib-drawing" });
  drawing2.canvas.replaceWith(area);
  area.append(drawing2.canvas, marks);
  area.style.width = `${scale2 * width}px`;
  area.setAttribute("aria-label", "Picture to draw on. Arrow keys move the brush; Space puts it down and lifts it.");
  const loader = makeLoader(model);
  const kernel = listenToKernel(model, (message, buffers) => {
    if (!loader.take(message, buffers)) takePictures(message, buffers);
    update();
  });
  function takePictures({ kind: kind2, picture: picture2, captions }, buffers) {
    if (kind2 !== model.get("kind") || picture2 !== model.get("picture")) return;
    Object.entries(captions).forEach(([name, caption], i) => {
      const pixels = bytes(buffers[i]);
      if (name === "damaged") damaged = pixels;
      else paint(name === "rival" ? rival.canvas : ours.canvas, pixels, shape);
      ({ damaged: drawing2, repaired: ours, rival })[name].say(caption);
    });
  }
  function tell(values) {
    model.set(values);
    model.save_changes();
    kernel.hurry();
  }
  function set(values) {
    tell(values);
    update();
  }
  function follow() {
    if (model.get("drawn") === asText()) return;
    drawn.set([...model.get("drawn")].map(Number));
    update();
  }
  const surface = () => [width, height];
  const pen = makePen({
    size: surface,
    draw: (from, to) => cover(drawn, [width, height], broad(), from, to),
    put: () => state.textContent = HOW,
    changed: () => update()
  });
  pen.position = [width / 2, height / 2];
  makeSurface(area, {
    size: surface,
    point: pen.follow,
    press: pen.press,
    release: pen.lift,
    arrow: (way, far) => pen.moveBy(way, far ? STEP.far : STEP.near),
    keys: { " ": toggle, Enter: toggle }
  });
  function toggle() {
    pen.toggle();
    state.textContent = pen.isDown ? "The brush is down." : "The brush is up.";
  }
  const pictureOf = (pixels, place) => pixels.subarray(place * size, (place + 1) * size);
  const isLost = () => model.get("kind") === "lost pixels";
  const over = (pixels, elsewhere) => pixels.map((value, i) => drawn[i % drawn.length] ? elsewhere(i) : value);
  function paintOriginal() {
    const which = model.get("picture");
    paint(original.canvas, pictureOf(originals, which), shape);
    original.canvas.setAttribute("aria-label", `Original: picture ${which + 1}`);
  }
  function paintDamaged() {
    const whole = pictureOf(originals, model.get("picture"));
    paint(drawing2.canvas, over(whole, (i) => isLost() ? 0 : (damaged ?? whole)[i]), shape);
  }
  function paintWhole() {
    for (const { canvas, say } of [drawing2, ours, rival]) {
      paint(canvas, pictureOf(originals, model.get("picture")), shape);
      say("");
    }
  }
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
    const told2 = isLost() ? drawn : new Uint8Array(drawn.length);
    const input = new Float32Array(size + drawn.length);
    input.set(broken);
    input.set(told2, size);
    const mended = network(input);
    const repaired = over(broken, (i) => between(mended[i], 0, 1));
    for (const [{ canvas, say }, pixels] of [[drawing2, broken], [ours, repaired]]) {
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
    drawTwice(context, 2.5 / scale2, 1 / scale2, () => context.stroke(lines));
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
    alone.textContent = `The classical method, ${rival.title.textContent}, runs in Python alone; the still picture shows it.`;
    paintMarks();
  });
  model.on("change:kind change:picture", update);
  model.on("change:drawn", follow);
  const alone = make("p", { hidden: !isAlone });
  const bar2 = make("div", { className: "aelib-buttons" }, kind.labelled, picture.labelled, brush.labelled, clear, state);
  const shown = isAlone ? [drawing2, ours, original] : frames;
  const pictures = make("div", { className: "aelib-frames" }, ...shown.map(({ frame }) => frame));
  el.replaceChildren(make("div", { className: "aelib-tools aelib-brush" }, bar2, pictures, alone, kernel.problem));
  follow();
  update();
  model.send({ ready: true });
  return () => {
    update.stop();
    kernel.stop();
    model.off("change:kind change:picture", update);
    model.off("change:drawn", follow);
  };
}
function psnrUnderBrush(image, pixels, drawn) {
  let [error, count2] = [0, 0];
  image.forEach((value, i) => {
    if (!drawn[i % drawn.length]) return;
    error += (value - pixels[i]) ** 2;
    count2++;
  });
  if (!count2) return "";
  if (!error) return "as the original under the brush";
  return `${(10 * Math.log10(count2 / error)).toFixed(1)} dB under the brush`;
}
function selectBox(label, options, change) {
  const element = make("select", { onchange: change });
  options.forEach((text, value) => element.append(make("option", { textContent: text, value })));
  return { element, labelled: make("label", {}, `${label} `, element) };
}
function addOutline(lines, drawn, [width, height]) {
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

// costs.js
var BYTES = 4;
var PER_WEIGHT = 4;
var PASSES = 3;
var SIDE3 = 32;
var UNITS2 = [
  ["second", 1, 60],
  ["minute", 60, 3600],
  ["hour", 3600, 48 * 3600],
  ["day", 86400, 730 * 86400],
  ["year", 365.25 * 86400, Infinity]
];
var PREFIXES = ["", "k", "M", "G", "T", "P", "E"];
function costsOf(plan) {
  const { weights, activations, batch, workers, accumulate, sharded } = plan;
  const pixels = (plan.size / SIDE3) ** 2;
  const operations = 2 * PASSES * plan.multiply_adds * pixels;
  const computing = operations * batch * accumulate / plan.speed;
  const rounds = sharded ? 3 * accumulate : 2;
  const sending = rounds * (workers - 1) / workers * BYTES * (weights / plan.bandwidth);
  const rate = batch * accumulate * workers / (computing + sending);
  const hours = plan.pictures * plan.epochs / rate / 3600;
  const kept = PER_WEIGHT * weights / (sharded ? workers : 1);
  return {
    hours,
    money: plan.price * workers * hours,
    memory: BYTES * (kept + activations * pixels * batch),
    rate,
    sending: sending / (computing + sending)
  };
}
var timesAsFast = (plan, workers) => costsOf({ ...plan, workers }).rate / costsOf({ ...plan, workers: 1 }).rate;
var rounded = (value, digits) => Number((value * (1 + 1e-12)).toPrecision(digits));
var grouped = (value) => value.toLocaleString("en", { maximumSignificantDigits: 15 });
var written2 = (value) => value > 0 && value < 1e-3 ? "less than 0.001" : grouped(rounded(value, 2));
function timeOf(hours) {
  const seconds = 3600 * hours;
  const [unit, length] = UNITS2.find(([, , below]) => seconds < below);
  const text = written2(seconds / length);
  return `${text} ${unit}${text === "1" ? "" : "s"}`;
}
function inUnits(value, unit) {
  let number = rounded(value, 3);
  let power = 0;
  for (; number >= 1e3 && power < PREFIXES.length - 1; power++) number /= 1e3;
  return `${grouped(number)} ${PREFIXES[power]}${unit}`;
}

// views/costs.js
var MEASURED = "as measured";
var CHART2 = { width: 340, height: 214, left: 44, right: 332, top: 24, bottom: 174 };
var TOLD = [2, 32];
var GAP2 = 1.5;
var MOST_PRICE = 1e6;
var SLIDERS = [
  ["pictures", "pictures", grouped],
  ["size", "size of each", (value) => `${value} × ${value}`],
  ["workers", "workers", grouped],
  ["batch", "batch of each", grouped],
  ["accumulate", "accumulation", (value) => `× ${value}`]
];
function renderCosts({ model, el }) {
  const plans = model.get("plans");
  const measured = () => plans.find(({ name }) => name === model.get("network"));
  function set(trait, value) {
    model.set(trait, value);
    model.save_changes();
  }
  const choice = (trait, name, entries2) => makeChoice(name, entries2, (value) => set(trait, value));
  const numbers = (trait) => new Map([[MEASURED, measured()[trait]], ...model.get(`${trait}s`)]);
  const entries = (trait, unit) => () => [...numbers(trait)].map(([name, value]) => [name, `: ${inUnits(value, unit)}`]);
  const network = choice("network", "network", () => plans.map(({ name }) => [name, ""]));
  const speed = choice("speed", "speed of each", entries("speed", "FLOP/s"));
  const bandwidth = choice("bandwidth", "bandwidth", entries("bandwidth", "B/s"));
  const [pictures, size, workers, batch, accumulate] = SLIDERS.map(
    ([trait, name, write]) => makeSlider(name, model.get("stops")[trait], write, (value) => set(trait, value))
  );
  const price = makePrice((value) => set("price", value));
  const sharded = makeTick("sharded (FSDP)", (value) => set("sharded", value));
  const controls = { network, pictures, size, workers, speed, bandwidth, price, batch, accumulate, sharded };
  const traits = Object.keys(controls);
  const results = makeResults();
  const shares = sharesChart(model.get("stops").workers);
  const update = oncePerFrame(() => {
    const settings2 = Object.fromEntries(traits.map((trait) => [trait, model.get(trait)]));
    const chosen = (trait) => numbers(trait).get(settings2[trait]);
    const plan = { ...measured(), ...settings2, speed: chosen("speed"), bandwidth: chosen("bandwidth") };
    traits.forEach((trait) => controls[trait].show(settings2[trait]));
    results.show(plan);
    shares.show(plan);
  });
  network.line.hidden = plans.length === 1;
  const settings = group("The plan", "aelib-settings", ...traits.map((trait) => controls[trait].line));
  const chart = make("figure", {}, make("figcaption", {}, shares.title), shares.chart);
  const answers = make("div", { className: "aelib-frames" }, results.list, chart);
  el.replaceChildren(make("div", { className: "aelib-tools aelib-costs" }, settings, answers));
  const changes = traits.map((trait) => `change:${trait}`).join(" ");
  model.on(changes, update);
  update();
  return () => {
    update.stop();
    model.off(changes, update);
  };
}
var makeLine = (name, control, ...after) => make("div", {}, make("label", {}, make("span", { textContent: name }), control), ...after);
function makeChoice(name, entries, choose) {
  const select = make("select", { onchange: () => choose(select.value) });
  function show(chosen) {
    const found = entries();
    while (select.options.length < found.length) select.append(make("option"));
    found.forEach(([value, said], i) => Object.assign(select.options[i], { value, textContent: value + said }));
    select.value = chosen;
  }
  return { line: makeLine(name, select), show };
}
function makeSlider(name, stops, write, choose) {
  const slider = make("input", { type: "range", min: 0, max: stops.length - 1, step: 1 });
  const said = make("span");
  said.setAttribute("aria-hidden", "true");
  slider.oninput = () => choose(stops[slider.value]);
  function show(value) {
    const away = stops.map((stop) => Math.abs(stop - value));
    slider.value = away.indexOf(Math.min(...away));
    said.textContent = write(value);
    slider.setAttribute("aria-valuetext", said.textContent);
  }
  return { line: makeLine(name, slider, said), show };
}
function makePrice(choose) {
  const field = make("input", { type: "number", min: 0, max: MOST_PRICE, step: "any" });
  const isPrice = () => field.valueAsNumber >= 0 && field.valueAsNumber <= MOST_PRICE;
  let shown = 0;
  const mark = () => field.setAttribute("aria-invalid", !isPrice());
  field.oninput = () => {
    mark();
    if (isPrice()) choose(field.valueAsNumber);
  };
  field.onblur = () => show(shown);
  function show(price) {
    shown = price;
    if (isPrice() ? field.valueAsNumber !== price : field !== document.activeElement) field.value = price;
    mark();
  }
  return { line: makeLine("hourly price of each", field), show };
}
function makeTick(name, choose) {
  const box = make("input", { type: "checkbox", onchange: () => choose(box.checked) });
  return { line: makeLine(name, box), show: (isTicked) => box.checked = isTicked };
}
function makeResults() {
  const names = ["", "cost", "memory of each", "pictures a second", "time spent sending"];
  const terms = names.map((textContent) => make("span", { textContent }));
  const texts = names.map(() => make("b"));
  const lines = terms.map((term, i) => make("div", {}, term, " ", texts[i]));
  const list = make("div", { className: "aelib-results" }, ...lines);
  list.setAttribute("role", "status");
  list.setAttribute("aria-atomic", "false");
  function show(plan) {
    const { hours, money, memory, rate, sending } = costsOf(plan);
    const told2 = [timeOf(hours), written2(money), inUnits(memory, "B"), written2(rate), percent(sending)];
    terms[0].textContent = plan.epochs === 1 ? "time" : `time of ${plan.epochs} epochs`;
    told2.forEach((text, i) => {
      if (texts[i].textContent !== text) texts[i].textContent = text;
    });
  }
  return { list, show };
}
function sharesChart(stops) {
  const { width, height, left, right, top, bottom } = CHART2;
  const title = make("b");
  const chart = makeChart(width, height, "");
  const toY = scale(0, 1, bottom, top);
  const upward = [0, 0.25, 0.5, 0.75, 1].map((share) => [toY(share), percent(share)]);
  function show(plan) {
    const { workers } = plan;
    const counts = [.../* @__PURE__ */ new Set([...stops, workers])].sort((some, other) => some - other);
    const room = (right - left) / counts.length;
    const computing = (count2) => 1 - costsOf({ ...plan, workers: count2 }).sending;
    const bar2 = (count2, frame = {}) => {
      const start = left + room * (counts.indexOf(count2) + 0.1);
      const end = toY(computing(count2));
      const part = (from, to, fill3) => {
        return svg("path", { d: `M${start} ${from}h${0.8 * room}V${to}h${-0.8 * room}z`, fill: fill3, ...frame });
      };
      return [part(bottom, end, COLOURS[0]), part(Math.max(end - GAP2, top), top, COLOURS[1])];
    };
    const across = counts.flatMap((count2, i) => {
      return Number.isInteger(Math.log2(count2) / 2) ? [[left + room * (i + 0.5), grouped(count2)]] : [];
    });
    chart.replaceChildren(
      ...entryOf("computing: share of linear speed", COLOURS[0], 7),
      ...entryOf("sending", COLOURS[1], 270),
      axes(CHART2, across, upward),
      svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "workers"),
      ...counts.flatMap((count2) => bar2(count2)),
      ...bar2(workers, { class: "aelib-own-bar", stroke: "currentColor" })
    );
    const told2 = [...TOLD, stops.at(-1)].map((count2) => `${grouped(count2)} workers ${percent(computing(count2))}`);
    chart.setAttribute("aria-label", `Chart of the time that workers compute: ${told2.join(", ")}. The rest they send.`);
    title.textContent = workers === 1 ? "1 worker, who has nobody to send to" : `${grouped(workers)} workers: ${written2(timesAsFast(plan, workers))} times as fast as one`;
  }
  return { chart, title, show };
}
var entryOf = (text, fill3, x) => [
  svg("path", { d: SHAPES[1], fill: fill3, transform: `translate(${x}, 8)` }),
  svg("text", { x: x + 8, y: 12 }, text)
];
var percent = (share) => `${(100 * share + 1e-9).toFixed(0)} %`;

// decoded.js
var SIDE4 = 240;
function decodedPicture(model) {
  const shape = model.get("image_shape");
  const layers = model.get("layers");
  const codes = floats(model.get("codes"));
  const decode = layers.length ? makeNetwork(layers, floats(model.get("weights")), [model.get("code_size")]) : null;
  const canvas = pictureCanvas(shape, SIDE4);
  const distance = make("output");
  const kernel = listenToKernel(model, (_, [pixels]) => paint(canvas, bytes(pixels), shape));
  if (!decode) model.send({ hold: false });
  function show(code) {
    const [ofTheDistance, ofThePicture] = describe(model, nearest(code, codes));
    distance.textContent = ofTheDistance;
    canvas.setAttribute("aria-label", ofThePicture);
    if (decode) paint(canvas, decode(code), shape);
    else kernel.hurry();
  }
  return {
    codes,
    show,
    atOnce(change) {
      model.send({ hold: true });
      change();
      model.send({ hold: false });
    },
    parts: [canvas, distance, kernel.problem],
    stop: kernel.stop
  };
}
function describe(model, { row, distance }) {
  const classes = model.get("classes");
  const name = classes.length ? ` (${classes[bytes(model.get("class_of"))[row]]})` : "";
  return [
    `Distance to the nearest real code${name}: ${distance.toFixed(2)}. From a real code to its nearest neighbour it is ${model.get("usual_distance").toFixed(2)} (median).`,
    `The picture decoded from this code; its nearest real code${name} is ${distance.toFixed(2)} away`
  ];
}

// views/explorer.js
var MAP = { width: 460, height: 340 };
var STEP2 = { near: 0.02, far: 0.1 };
var SECONDS_OF_PLAY = 3;
function renderExplorer({ model, el }) {
  const picture = decodedPicture(model);
  const axes2 = model.get("axes");
  const origin = model.get("origin");
  const [left, right, bottom, top] = model.get("bounds");
  const toCode = ([x, y]) => origin.map((value, unit) => value + x * axes2[0][unit] + y * axes2[1][unit]);
  const toScreen2 = ([x, y]) => [
    (x - left) / (right - left) * MAP.width,
    (top - y) / (top - bottom) * MAP.height
  ];
  const fromScreen = ([x, y]) => [
    left + x / MAP.width * (right - left),
    top - y / MAP.height * (top - bottom)
  ];
  const points = makePoints(model, toScreen2);
  const markLayer = lineCanvas(MAP.width, MAP.height);
  const map = make("div", { className: "aelib-map" }, points.layer, markLayer);
  map.setAttribute("aria-label", "Map of codes. Arrow keys move, with Shift further; Enter marks a point.");
  let marked = [];
  const update = oncePerFrame(() => {
    drawMarks(markLayer.getContext("2d"), toScreen2(model.get("position")), marked.map(toScreen2));
    picture.show(toCode(model.get("position")));
  });
  function moveTo([x, y]) {
    model.set("position", [between(x, left, right), between(y, bottom, top)]);
    model.save_changes();
  }
  const walk = makeWalk(moveTo);
  function mark() {
    walk.stop();
    marked = [...marked.length === 2 ? [] : marked, model.get("position")];
    playButton.disabled = marked.length < 2;
    hint.textContent = ["", "A is marked; click, tap or press Enter for B.", "Play the line from A to B."][marked.length];
    update();
  }
  const hint = make("output", { textContent: "Click or tap two points, or press Enter on them." });
  const playButton = make("button", {
    textContent: "Play A → B",
    disabled: true,
    onclick: () => walk.play(...marked)
  });
  makeSurface(map, {
    size: () => [MAP.width, MAP.height],
    point: (place) => walk.isPlaying() || moveTo(fromScreen(place)),
    press(place) {
      walk.stop();
      moveTo(fromScreen(place));
    },
    arrow([across, down], far) {
      walk.stop();
      const [x, y] = model.get("position");
      const step = far ? STEP2.far : STEP2.near;
      moveTo([x + step * across * (right - left), y - step * down * (top - bottom)]);
    },
    keys: { Enter: mark }
  });
  map.onclick = mark;
  const legend = makeLegend(model.get("classes"), model.get("colours"), points.choose);
  const buttons = make("div", { className: "aelib-buttons" }, playButton, hint);
  el.replaceChildren(
    make(
      "div",
      { className: "aelib-explorer" },
      make("div", {}, map, legend),
      make("div", { className: "aelib-live" }, ...picture.parts, buttons)
    )
  );
  model.on("change:position", update);
  update();
  return () => {
    walk.stop();
    update.stop();
    model.off("change:position", update);
    picture.stop();
  };
}
function makePoints(model, toScreen2) {
  const points = floats(model.get("points"));
  const classOf = bytes(model.get("class_of"));
  const colours = model.get("colours");
  const layer = lineCanvas(MAP.width, MAP.height);
  function choose(chosen) {
    const context = layer.getContext("2d");
    context.clearRect(0, 0, MAP.width, MAP.height);
    for (let i = 0; i < points.length / 2; i++) {
      const [x, y] = toScreen2(points.subarray(2 * i, 2 * i + 2));
      context.globalAlpha = chosen === null || chosen === classOf[i] ? 0.85 : 0.18;
      context.fillStyle = colours[classOf[i] % colours.length];
      context.fillRect(x - 1.5, y - 1.5, 3, 3);
    }
  }
  choose(null);
  return { layer, choose };
}
function drawMarks(context, [x, y], ends) {
  const lines = new Path2D();
  if (ends.length === 2) {
    lines.moveTo(...ends[0]);
    lines.lineTo(...ends[1]);
  }
  ends.forEach(([endX, endY]) => lines.rect(endX - 2.5, endY - 2.5, 5, 5));
  lines.moveTo(x + 7, y);
  lines.arc(x, y, 7, 0, 2 * Math.PI);
  lines.moveTo(x - 12, y);
  lines.lineTo(x + 12, y);
  lines.moveTo(x, y - 12);
  lines.lineTo(x, y + 12);
  context.clearRect(0, 0, MAP.width, MAP.height);
  Object.assign(context, { font: "13px sans-serif", lineJoin: "round" });
  drawTwice(context, 4.5, 1.5, () => {
    context.stroke(lines);
    ends.forEach(([endX, endY], i) => {
      context.strokeText("AB"[i], between(endX + 8, 0, MAP.width - 12), between(endY - 8, 12, MAP.height));
    });
  });
}
function makeWalk(moveTo) {
  let playing = 0;
  function stop() {
    cancelAnimationFrame(playing);
    playing = 0;
  }
  function play([x, y], [endX, endY]) {
    stop();
    let started = null;
    const frame = (now) => {
      started ??= now;
      const share = Math.min((now - started) / (1e3 * SECONDS_OF_PLAY), 1);
      playing = share < 1 ? requestAnimationFrame(frame) : 0;
      moveTo([x + share * (endX - x), y + share * (endY - y)]);
    };
    playing = requestAnimationFrame(frame);
  }
  return { play, stop, isPlaying: () => playing !== 0 };
}
function makeLegend(classes, colours, choose) {
  const legend = group("Classes; press one to make it stand out", "aelib-legend");
  let chosen = null;
  const press = (label) => {
    chosen = chosen === label ? null : label;
    [...legend.children].forEach((entry, i) => entry.setAttribute("aria-pressed", String(i === chosen)));
    choose(chosen);
  };
  classes.forEach((name, label) => {
    const swatch = make("span", { className: "aelib-swatch" });
    swatch.style.backgroundColor = colours[label % colours.length];
    const entry = make("button", { onclick: () => press(label) }, swatch, name);
    entry.setAttribute("aria-pressed", "false");
    legend.append(entry);
  });
  return legend;
}

// views/judge.js
var SIDE5 = 276;
var CHART3 = { width: 340, height: 240, left: 40, top: 10, bottom: 200 };
var LETTERS = 17;
var MANY = 30;
var DASHES = ["none", "7 3", "2 3"];
async function renderJudge({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const shape = model.get("image_shape");
  const stages = model.get("stages");
  const pixels = bytes(model.get("pictures"));
  const size = pixels.length / stages.length;
  const count2 = size / (shape[0] * shape[1] * shape[2]);
  const columns = Math.ceil(Math.sqrt(count2));
  const pictures = framedCanvas("", gridShape(shape, Math.ceil(count2 / columns), columns), SIDE5);
  pictures.canvas.classList.add("aelib-grid");
  const scores = scoreChart(model.get("judges"), model.get("scores"));
  const title = make("b", { textContent: "Score of each stage (log axis); lower is better" });
  const chart = make("figure", {}, make("figcaption", {}, title), scores.chart);
  el.replaceChildren(make("div", { className: "aelib-frames aelib-judge" }, pictures.frame, chart));
  return followSliders(sliders, el, () => {
    const stage = sliders[0].get("value") - 1;
    paintGrid(pictures.canvas, pixels.subarray(stage * size, (stage + 1) * size), shape, columns);
    pictures.title.textContent = stages[stage];
    pictures.say(model.get("captions")[stage]);
    scores.show(stage);
  });
}
function scoreChart(judges, scores) {
  const { width, height, left, top, bottom } = CHART3;
  const names = judges.map((name) => shortened(name, LETTERS));
  const right = width - 16 - 6.2 * Math.max(...names.map((name) => name.length));
  const [low, high] = [Math.min(...scores.flat()) / 1.2, Math.max(...scores.flat()) * 1.2];
  const count2 = scores[0].length;
  const toX = scale(1, count2, left + 10, right - 10);
  const toLogY = scale(Math.log(low), Math.log(high), bottom, top);
  const toY = (score) => toLogY(Math.log(score));
  const across = ticks(1, count2, 8).filter(Number.isInteger);
  const chart = makeChart(
    width,
    height,
    `Chart of the scores of ${count2} stages by ${judges.join(", ")}, on a logarithmic axis. What it shows of a stage is told below the pictures.`
  );
  const here = svg("path", { stroke: "currentColor", "stroke-dasharray": "3 3" });
  const beside = apart(scores.map((values) => toY(values[count2 - 1])), 14, top + 6, bottom - 6);
  const lines = scores.map((values, judge) => {
    const line = scoreLine(values.map((score, i) => [toX(i + 1), toY(score)]), judge);
    line.parts.push(svg("text", { x: right + 4, y: beside[judge] + 4 }, names[judge]));
    return line;
  });
  chart.append(
    axes(
      { left, right, top, bottom },
      across.map((stage) => [toX(stage), stage]),
      logTicks(low, high, 7).map((score) => [toY(score), inShort(score)])
    ),
    svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "stage"),
    here,
    ...lines.flatMap(({ parts }) => parts)
  );
  function show(stage) {
    here.setAttribute("d", `M${toX(stage + 1)} ${top}V${bottom}`);
    lines.forEach(({ mark }) => mark(stage));
  }
  return { chart, show };
}
var inShort = (score) => score >= 1e-3 && score < 1e5 ? score : score.toExponential().replace("+", "");
function scoreLine(places2, judge) {
  const [fill3, d] = [COLOURS[judge], SHAPES[judge]];
  const dashes = { "stroke-width": 2, "stroke-dasharray": DASHES[judge] };
  const line = { d: `M${places2.join("L")}`, fill: "none", stroke: fill3, ...dashes };
  const dots = places2.length > MANY ? [] : places2;
  const large = svg("path", { d, fill: fill3, stroke: "currentColor" });
  return {
    parts: [svg("path", line), ...dots.map((place) => svg("path", { d, fill: fill3, transform: `translate(${place})` })), large],
    mark: (stage) => large.setAttribute("transform", `translate(${places2[stage]}) scale(1.5)`)
  };
}

// words.js
var LONGEST = 16;
var SYMBOLS = "_abcdefghijklmnopqrstuvwxyz";
var LOOKED_AT = 40;
var TOGETHER = 64;
var COLUMNS = 8;
function problemOf(text) {
  if (text === "") return "Type a word.";
  const other = charactersOf(text.slice(0, LOOKED_AT)).find((character) => !/^[a-z]$/.test(character));
  if (other) return `A word has the letters a to z alone, not ${named(other)}.`;
  return text.length > LONGEST ? `A word has ${LONGEST} letters at most; this one has ${text.length}.` : "";
}
function charactersOf(text) {
  if (!Intl.Segmenter) return [...text];
  return Array.from(new Intl.Segmenter("en").segment(text), ({ segment }) => segment);
}
function named(character) {
  if (/^\s$/.test(character)) return "a space";
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return `“${character}”`;
  return `the invisible U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
var rows = [0, 1, 2].map(() => new Uint8Array(LONGEST + 1));
function editDistance(word, other, most = Infinity) {
  let [earlier, before, now] = rows;
  for (let j = 0; j <= other.length; j++) now[j] = j;
  for (let i = 1; i <= word.length; i++) {
    [earlier, before, now] = [before, now, earlier];
    let least = now[0] = i;
    for (let j = 1; j <= other.length; j++) {
      const differs = word.charCodeAt(i - 1) !== other.charCodeAt(j - 1);
      let edits = Math.min(before[j] + 1, now[j - 1] + 1, before[j - 1] + differs);
      if (differs && i > 1 && j > 1 && areSwapped(word, i, other, j)) edits = Math.min(edits, earlier[j - 2] + 1);
      now[j] = edits;
      least = Math.min(least, edits);
    }
    if (least > most) return least;
  }
  return now[other.length];
}
var areSwapped = (word, i, other, j) => word.charCodeAt(i - 1) === other.charCodeAt(j - 2) && word.charCodeAt(i - 2) === other.charCodeAt(j - 1);
function fewestEdits(typed, dictionary) {
  let edits = Infinity;
  let words = [];
  for (const word of dictionary) {
    if (Math.abs(word.length - typed.length) > edits) continue;
    const found = editDistance(typed, word, edits);
    if (found < edits) [edits, words] = [found, []];
    if (found === edits) words.push(word);
  }
  return { edits, words };
}
function makeMender(dictionary, [places2, hidden, codeSize], weights, ways) {
  const words = dictionary.length;
  const inputs = 2 * places2 * SYMBOLS.length;
  const symbols = places2 * SYMBOLS.length;
  let taken = 0;
  const take = (count2) => weights.subarray(taken, taken += count2);
  const firstSums = makeFirstSums(places2, hidden, take(inputs * hidden), take(hidden));
  const second = [take(hidden * codeSize), take(codeSize)];
  const decoder = [["linear", codeSize, hidden], ["silu"], ["linear", hidden, symbols]];
  const decode = makeNetwork(decoder, weights.subarray(taken), [codeSize], ways);
  let size = FREE;
  const place = (count2) => (size += count2) - count2;
  const [matrix, bias] = [place(hidden * codeSize), place(codeSize)];
  const active = place(hidden * TOGETHER);
  const codes = place(codeSize * words);
  const code = place(codeSize * COLUMNS);
  const cosines2 = place(words);
  const { heap, product } = makeMatrices(size - FREE, ways);
  heap.set(second[0], matrix);
  heap.set(second[1], bias);
  const mean = new Float32Array(codeSize);
  let done = 0;
  let isReady = false;
  function encode(some, out, outRow, columns = some.length) {
    some.forEach((word, column) => {
      const sums = firstSums(word);
      for (let i = 0; i < hidden; i++) heap[active + i * TOGETHER + column] = sums[i] / (1 + Math.exp(-sums[i]));
    });
    const [a, b] = [{ a: matrix, aRow: hidden, aColumn: 1 }, { b: active, bRow: TOGETHER }];
    product({ rows: codeSize, columns, channels: hidden, ...a, ...b, bias, out, outRow });
  }
  function work(milliseconds) {
    if (isReady) return true;
    if (done === words) toDirections();
    const end = performance.now() + milliseconds;
    while (done < words && performance.now() < end) {
      const some = dictionary.slice(done, done + TOGETHER);
      encode(some, codes + done, words);
      done += some.length;
    }
    return false;
  }
  function toDirections() {
    const units = Array.from(mean, (_, unit) => heap.subarray(codes + unit * words, codes + (unit + 1) * words));
    const squares2 = new Float32Array(words);
    units.forEach((row, unit) => mean[unit] = centre(row, squares2));
    const scales = squares2.map(scaleOf);
    units.forEach((row) => scaleBy(row, scales));
    isReady = true;
  }
  function look(typed, count2) {
    encode([typed], code, COLUMNS, COLUMNS);
    const typedCode = mean.map((_, unit) => heap[code + unit * COLUMNS]);
    const spelt = spellingOf(decode(typedCode), places2);
    const away = typedCode.map((value, unit) => value - mean[unit]);
    const scale2 = scaleOf(away.reduce((sum, value) => sum + value ** 2, 0));
    away.forEach((value, unit) => heap[code + unit * COLUMNS] = scale2 * value);
    const [a, b] = [{ a: code, aRow: 0, aColumn: COLUMNS }, { b: codes, bRow: words }];
    product({ rows: 1, columns: words, channels: codeSize, ...a, ...b, out: cosines2, outRow: words });
    const nearest2 = greatest(heap.subarray(cosines2, cosines2 + words), count2).map((n) => {
      return { word: dictionary[n], distance: 1 - heap[cosines2 + n] };
    });
    return { nearest: nearest2, spelt };
  }
  return { work, look };
}
function centre(numbers, squares2) {
  let sum = 0;
  for (let n = 0; n < numbers.length; n++) sum += numbers[n];
  const mean = sum / numbers.length;
  for (let n = 0; n < numbers.length; n++) squares2[n] += (numbers[n] -= mean) ** 2;
  return mean;
}
function scaleBy(numbers, scales) {
  for (let n = 0; n < numbers.length; n++) numbers[n] *= scales[n];
}
var scaleOf = (square) => 1 / Math.max(Math.sqrt(square), 1e-12);
function makeFirstSums(places2, hidden, matrix, bias) {
  const inputs = 2 * places2 * SYMBOLS.length;
  const turned = new Float32Array(matrix.length);
  for (let unit = 0; unit < hidden; unit++) {
    for (let input = 0; input < inputs; input++) turned[input * hidden + unit] = matrix[unit * inputs + input];
  }
  function add2(sums2, place, symbol) {
    const row = (place * SYMBOLS.length + symbol) * hidden;
    for (let unit = 0; unit < hidden; unit++) sums2[unit] += turned[row + unit];
  }
  const sums = Float32Array.from(bias);
  const empty = [sums.slice()];
  for (let place = places2 - 1; place >= 0; place--) {
    add2(sums, place, 0);
    add2(sums, places2 + place, 0);
    empty.push(sums.slice());
  }
  return (word) => {
    sums.set(empty[places2 - word.length]);
    for (let i = 0; i < word.length; i++) {
      add2(sums, i, SYMBOLS.indexOf(word[i]));
      add2(sums, places2 + i, SYMBOLS.indexOf(word[word.length - 1 - i]));
    }
    return sums;
  };
}
function spellingOf(scores, places2) {
  const symbols = Array.from({ length: places2 }, (_, place) => {
    const [best2] = greatest(scores.subarray(place * SYMBOLS.length, (place + 1) * SYMBOLS.length), 1);
    return SYMBOLS[best2];
  });
  return symbols.join("").replace(/_+$/, "");
}
function greatest(values, count2) {
  const best2 = [];
  for (let n = 0; n < values.length; n++) {
    if (best2.length === count2 && values[n] <= values[best2[count2 - 1]]) continue;
    const rank = best2.findIndex((other) => values[n] > values[other]);
    best2.splice(rank < 0 ? best2.length : rank, 0, n);
    best2.length = Math.min(best2.length, count2);
  }
  return best2;
}

// views/mender.js
var SLICE = 8;
var SHOWN = 5;
function renderMender({ model, el }) {
  const dictionary = model.get("dictionary").split(" ");
  const mender = makeMender(dictionary, model.get("sizes"), floats(model.get("weights")));
  const field = make("input", { type: "text", value: model.get("typed"), spellcheck: false, autocomplete: "off" });
  field.setAttribute("autocapitalize", "off");
  field.setAttribute("autocorrect", "off");
  const typed = () => field.value.toLowerCase();
  const near = makeList("Nearest codes", "distance: 1 − cosine");
  const spelling = makeSpelling();
  const edited = makeList("Fewest edits", "letters put in, left out, replaced or swapped");
  const state = make("output");
  state.setAttribute("aria-live", "polite");
  function tell(text, isResult = false) {
    if (!isResult) [near, spelling, edited].forEach(({ clear }) => clear());
    if (state.textContent !== text) state.textContent = text;
  }
  function mend(wrong) {
    const { nearest: nearest2, spelt } = mender.look(wrong, SHOWN);
    const { edits, words } = fewestEdits(wrong, dictionary);
    near.show(nearest2.map(({ word, distance }) => [word, makeBar(distance), distance.toFixed(2)]));
    spelling.show(spelt, nearest2[0].word);
    edited.show(words.slice(0, SHOWN).map((word) => [word, counted(edits, "edit")]), words.length - SHOWN);
    tell(
      `${wrong}: the nearest code is that of ${nearest2[0].word}, ${nearest2[0].distance.toFixed(2)} away; the decoder spells ${spelt || "nothing"}; ${counted(edits, "edit")} lead${edits === 1 ? "s" : ""} to ${words[0]}` + (words.length > 1 ? `, or to ${counted(words.length - 1, "other word")}.` : "."),
      true
    );
  }
  const update = oncePerFrame(() => {
    const isReady = mender.work(SLICE);
    if (!isReady) update();
    const problem = problemOf(typed());
    field.setAttribute("aria-invalid", problem !== "" && typed() !== "");
    if (problem) tell(problem);
    else if (isReady) mend(typed());
    else tell(`Working out the codes of ${counted(dictionary.length, "word")} …`);
  });
  function take() {
    if (!problemOf(typed()) && typed() !== model.get("typed")) {
      model.set("typed", typed());
      model.save_changes();
    }
    update();
  }
  function follow() {
    if (typed() !== model.get("typed")) field.value = model.get("typed");
    update();
  }
  field.oninput = take;
  const examples = model.get("examples").map((example) => {
    const fill3 = () => {
      field.value = example;
      take();
    };
    return make("button", { textContent: example, onclick: fill3 });
  });
  const bar2 = group("A word, and examples", "aelib-buttons", make("label", {}, "a word ", field), "such as", ...examples);
  const panels = [near, spelling, edited].map(({ panel }) => panel);
  const lists = make("div", { className: "aelib-frames aelib-mended" }, ...panels);
  el.replaceChildren(make("div", { className: "aelib-tools aelib-mender" }, bar2, state, lists));
  model.on("change:typed", follow);
  update();
  return () => {
    update.stop();
    model.off("change:typed", follow);
  };
}
var counted = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;
function makePanel(title, said, shown) {
  return make("figure", {}, make("figcaption", {}, make("b", { textContent: title })), said, shown);
}
function makeList(title, explanation) {
  const list = make("ol");
  const panel = makePanel(title, make("span", { textContent: explanation }), list);
  function show(lines, more = 0) {
    const others = more > 0 ? [make("li", { textContent: `and ${more.toLocaleString("en")} more` })] : [];
    list.replaceChildren(...lines.map((parts) => make("li", {}, ...parts.map(inSpan))), ...others);
  }
  return { panel, show, clear: () => list.replaceChildren() };
}
var inSpan = (part) => typeof part === "string" ? make("span", { textContent: part }) : part;
function makeBar(distance) {
  const bar2 = make("span", { className: "aelib-bar" }, make("span"));
  bar2.firstChild.style.width = `${100 * Math.min(Math.max(distance, 0), 1)}%`;
  return bar2;
}
function makeSpelling() {
  const said = make("span");
  const word = make("div", { className: "aelib-spelt" });
  word.setAttribute("role", "img");
  function show(spelt, nearest2) {
    const letters = [...spelt].map((letter, i) => make(letter === nearest2[i] ? "span" : "b", { textContent: letter }));
    word.replaceChildren(...letters);
    said.textContent = compared(spelt, nearest2);
    word.setAttribute("aria-label", `${spelt || "no letter"}, ${said.textContent}`);
  }
  function clear() {
    word.replaceChildren();
    said.textContent = "";
    word.setAttribute("aria-label", "nothing yet");
  }
  return { panel: makePanel("The decoder spells", said, word), show, clear };
}
function compared(spelt, nearest2) {
  if (spelt === nearest2) return "as the nearest word";
  if (nearest2.startsWith(spelt)) return `less than all of ${nearest2}`;
  return `framed: not as in ${nearest2}`;
}

// views/photo.js
var COLOUR = { divider: "#E69F00", pen: "#56B4E9" };
var STEP3 = { near: 0.01, far: 0.1 };
var DIVIDER_STEP = 0.02;
function renderPhoto({ model, el }) {
  const before = photograph(model, "before");
  const after = photograph(model, "after");
  const [markLayer, penLayer] = [0, 1].map(() => document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  const area = make("div", { className: "aelib-photo" }, before.image, after.image, markLayer, penLayer);
  const slider = make("input", { type: "range", min: 0, max: 100, step: 1 });
  slider.setAttribute("aria-label", "Divider between before and after");
  slider.oninput = () => divideAt(Number(slider.value) / 100);
  const labelled = make("span", {}, "before ", slider, " after");
  const clear = make("button", { textContent: "Clear marks", onclick: () => set({ marks: [] }) });
  const state = make("output");
  const bar2 = make("div", { className: "aelib-buttons" }, labelled, clear, state);
  const size = () => [...model.get("photo_size")].reverse();
  const longer = () => Math.max(...size());
  const broad = () => Math.max(2, Math.round(longer() / 100));
  const isMarking = () => model.get("marking");
  let stroke = null;
  function set(values) {
    model.set(values);
    model.save_changes();
    update();
  }
  const divideAt = (share) => {
    if (!after.image.hidden) set({ divider: between(share, 0, 1) });
  };
  const pen = makePen({
    size,
    draw(from, to) {
      if (!isMarking()) return divideAt(to[0] / size()[0]);
      stroke ??= [broad(), ...rounded2(from)];
      stroke.push(...rounded2(to));
    },
    put(isDown) {
      if (isDown || !stroke) return;
      const marks = [...model.get("marks"), stroke];
      stroke = null;
      set({ marks });
    },
    changed: () => update()
  });
  makeSurface(area, {
    size,
    point: pen.follow,
    press: pen.press,
    release: pen.lift,
    arrow(way, far) {
      if (isMarking()) pen.moveBy(way, longer() * (far ? STEP3.far : STEP3.near));
      else divideAt(model.get("divider") + way[0] * DIVIDER_STEP);
    },
    keys: { " ": () => isMarking() && pen.toggle() }
  });
  let help = null;
  const update = oncePerFrame(() => {
    const [width, height] = size();
    const share = model.get("divider");
    const marks = isMarking() ? [...model.get("marks"), ...stroke ? [stroke] : []] : [];
    const isMended = !after.image.hidden;
    for (const layer of [markLayer, penLayer]) layer.setAttribute("viewBox", `0 0 ${width} ${height}`);
    area.style.aspectRatio = `${width} / ${height}`;
    slider.value = Math.round(100 * share);
    after.image.style.clipPath = `inset(0 0 0 ${100 * share}%)`;
    markLayer.replaceChildren(...marks.map((mark) => polyline(mark, model.get("mark_colour"))));
    const divider = outlined([width / 300, share * width, 0, share * width, height], COLOUR.divider);
    penLayer.replaceChildren(...isMended ? divider : []);
    if (isMarking()) penLayer.append(...outlined([broad(), ...pen.position], COLOUR.pen));
    clear.hidden = !isMarking();
    area.style.touchAction = isMarking() ? "none" : "pan-y";
    labelled.hidden = !isMended;
    tell(marks.length, isMended);
    if (el.isConnected) help ??= helpControls(el.closest(".widget-vbox"));
  });
  function tell(count2, isMended) {
    const ofPen = "Arrow keys move the pen; Space puts it down and lifts it.";
    const ofDivider = isMended ? "Before and after its repair. Arrow keys move the divider." : "";
    area.setAttribute("aria-label", `Photograph. ${isMarking() ? ofPen : ofDivider}`.trim());
    const how = "Draw with a finger or the mouse, or press Space and arrow keys.";
    state.textContent = isMarking() ? `${count2} mark${count2 === 1 ? "" : "s"}. ${how}` : "";
  }
  const showAfter = () => {
    after.load();
    update();
  };
  const changes = { "change:before": before.load, "change:after": showAfter, "msg:custom": save };
  const others = "change:photo_size change:marking change:marks change:divider";
  for (const [name, follow] of Object.entries(changes)) model.on(name, follow);
  model.on(others, update);
  el.replaceChildren(make("div", { className: "aelib-tools" }, area, bar2));
  before.load();
  showAfter();
  return () => {
    update.stop();
    for (const [name, follow] of Object.entries(changes)) model.off(name, follow);
    model.off(others, update);
    help?.disconnect();
    before.forget();
    after.forget();
  };
}
var rounded2 = (place) => place.map((value) => Math.round(10 * value) / 10);
var pngOf = (bytes2) => new Blob([bytes2], { type: "image/png" });
function photograph(model, name) {
  const image = make("img", { alt: name, draggable: false });
  let address = "";
  const forget = () => URL.revokeObjectURL(address);
  function load() {
    forget();
    const png = bytes(model.get(name));
    image.hidden = !png.length;
    if (!png.length) return;
    address = URL.createObjectURL(pngOf(png));
    image.src = address;
  }
  return { image, load, forget };
}
function save(message, buffers) {
  if (!message.save) return;
  download(pngOf(bytes(buffers[0])), message.save);
}
function polyline([width, ...places2], colour) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  const points = places2.length === 2 ? [...places2, places2[0] + 0.01, places2[1]] : places2;
  for (const [key, value] of Object.entries({
    points: points.join(" "),
    fill: "none",
    stroke: colour,
    "stroke-width": width,
    "stroke-linecap": "round",
    "stroke-linejoin": "round"
  })) {
    element.setAttribute(key, value);
  }
  return element;
}
function outlined([width, ...places2], colour) {
  return [polyline([1.8 * width, ...places2], "black"), polyline([width, ...places2], colour)];
}

// views/plane.js
var CHART4 = { width: 340, height: 310, left: 34, right: 334, top: 26, bottom: 260 };
var STRIP = 62;
var REACH3 = 40;
var SIDE6 = 480;
var LETTERS2 = 24;
function renderPlane({ model, el }) {
  const codes = model.get("codes");
  const labels = model.get("labels");
  const shares = model.get("shares");
  const decibels = model.get("decibels");
  const chart = planeChart(codes, shares, decibels);
  const pictures = makePictures(model);
  function set(values) {
    model.set(values);
    model.save_changes();
  }
  const choose = (code) => code === model.get("chosen") || set({ chosen: code });
  const counts = labels.map((count2, i) => {
    return make("button", { textContent: count2.toLocaleString("en"), onclick: () => set({ count: i }) });
  });
  const entries = codes.map((name, code) => {
    const share = make("span");
    const reached = () => choose(code);
    const handlers = { onpointermove: (event) => hasMoved(event) && reached(), onfocus: reached, onclick: reached };
    const button = make("button", handlers, make("span", { textContent: name }), " ", share);
    return { button, share };
  });
  chart.follow(choose);
  const list = group("Codes, from the one that tells most", "aelib-codes", ...entries.map(({ button }) => button));
  const state = make("output");
  const update = oncePerFrame(() => {
    const [count2, chosen] = [model.get("count"), model.get("chosen")];
    counts.forEach((button, i) => button.setAttribute("aria-pressed", i === count2));
    entries.forEach(({ button, share }, code) => {
      share.textContent = short(shares[code][count2]);
      button.setAttribute("aria-pressed", code === chosen);
    });
    const best2 = codes.map((_, code) => code).sort((some, other) => shares[other][count2] - shares[some][count2]);
    arrange(list, best2.map((code) => entries[code].button));
    chart.show(count2, chosen, told(labels[count2]));
    pictures.show(chosen);
    state.textContent = `${codes[chosen]}: ${drawing(decibels[chosen])}, tells ${short(shares[chosen][count2])} of the test pictures with ${told(labels[count2])}`;
  });
  const bar2 = group("Labels that the probe learns from", "aelib-buttons", "labels to learn from", ...counts);
  const panel = make("div", { className: "aelib-frames aelib-panel" }, state, ...pictures.frames);
  const choice = make("div", { className: "aelib-choice" }, chart.chart, list);
  el.replaceChildren(
    make("div", { className: "aelib-tools" }, bar2, make("div", { className: "aelib-plane" }, choice, panel))
  );
  model.on("change:count change:chosen", update);
  update();
  return () => {
    update.stop();
    model.off("change:count change:chosen", update);
  };
}
var short = (share) => share.toFixed(2).replace(/^0/, "");
var told = (count2) => `${count2.toLocaleString("en")} label${count2 === 1 ? "" : "s"}`;
var drawing = (level) => level === null ? "draws nothing" : `${level.toFixed(1)} dB`;
var hasMoved = ({ movementX, movementY }) => movementX !== 0 || movementY !== 0;
function arrange(element, children) {
  const still = element.querySelector(":focus") ?? children[0];
  const place = children.indexOf(still);
  still.before(...children.slice(0, place));
  still.after(...children.slice(place + 1));
}
function layOut(shares, decibels) {
  const levels = decibels.filter((level) => level !== null);
  const left = CHART4.left + (levels.length < decibels.length ? STRIP : 0);
  const room = 0.06 * (Math.max(...levels) - Math.min(...levels)) || 1;
  const [low, high] = [Math.min(...levels) - room, Math.max(...levels) + room];
  const toX = scale(low, high, left, CHART4.right);
  const floor = Math.max(0, Math.floor(10 * Math.min(...shares.flat()) - 0.1) / 10);
  const ceiling = Math.min(1, Math.ceil(10 * Math.max(...shares.flat()) + 0.1) / 10);
  const toY = scale(floor, ceiling, CHART4.bottom, CHART4.top);
  const places2 = decibels.map((level, code) => {
    const x = level === null ? CHART4.left + STRIP / 2 : toX(level);
    return shares[code].map((share) => [x, toY(share)]);
  });
  const across = ticks(low, high, 6).map((level) => [toX(level), level]);
  const upward = ticks(floor, ceiling, 8).map((share) => [toY(share), short(share).replace(/0$/, "")]);
  return { left, places: places2, across, upward };
}
function planeChart(codes, shares, decibels) {
  const { width, height, top, bottom, right } = CHART4;
  const { left, places: places2, across, upward } = layOut(shares, decibels);
  let shown = 0;
  const chart = makeChart(width, height, "");
  const title = svg("text", { x: 2, y: 12 });
  const ink = { stroke: "currentColor", fill: "none" };
  const strip = svg("path", { d: `M${left} ${top}V${bottom}`, "stroke-dasharray": "3 3", ...ink });
  const words = ["draws", "nothing"].map((word, line) => {
    return svg("text", { x: CHART4.left + STRIP / 2, y: bottom + 16 + 12 * line, "text-anchor": "middle" }, word);
  });
  const points = codes.map((_, code) => {
    const isMute = decibels[code] === null;
    return svg("path", { class: "aelib-moving", d: SHAPES[Number(isMute)], fill: COLOURS[Number(isMute)] });
  });
  const name = svg("text", { class: "aelib-halo" });
  const mark = svg("g", { class: "aelib-moving" }, svg("circle", { r: 7.5, "stroke-width": 2, ...ink }), name);
  chart.append(
    axes(CHART4, across, upward),
    svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, "PSNR of what it draws, in dB"),
    title,
    ...left > CHART4.left ? [strip, ...words] : [],
    ...points,
    mark
  );
  function show(count2, chosen, labels) {
    shown = count2;
    title.textContent = `test pictures told right, with ${labels}`;
    chart.setAttribute("aria-label", `Plane of ${codes.length} codes: ${title.textContent}. The list has their shares.`);
    points.forEach((point, code) => move(point, places2[code][count2]));
    const [x, y] = places2[chosen][count2];
    move(mark, [x, y]);
    name.textContent = shortened(codes[chosen], LETTERS2);
    const isLeft = x > (CHART4.left + right) / 2;
    name.setAttribute("x", isLeft ? -11 : 11);
    name.setAttribute("y", y < top + 20 ? 15 : -7);
    name.setAttribute("text-anchor", isLeft ? "end" : "start");
  }
  function follow(choose) {
    chart.onpointermove = (event) => hasMoved(event) && point(event);
    chart.onpointerdown = point;
    function point({ clientX, clientY }) {
      const box = chart.getBoundingClientRect();
      const pointer = [(clientX - box.left) / box.width * width, (clientY - box.top) / box.height * height];
      const far = places2.map((of) => Math.hypot(of[shown][0] - pointer[0], of[shown][1] - pointer[1]));
      const nearest2 = far.indexOf(Math.min(...far));
      if (far[nearest2] <= REACH3) choose(nearest2);
    }
  }
  return { chart, show, follow };
}
var move = (element, [x, y]) => element.style.transform = `translate(${x}px, ${y}px)`;
function makePictures(model) {
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const [originals, drawn, neighbours] = ["pictures", "drawn", "neighbours"].map((trait) => bytes(model.get(trait)));
  const [columns, rows2] = [originals.length / size, model.get("nearest")];
  const decibels = model.get("decibels");
  const framed = (name, rows3) => {
    const frame = framedCanvas(name, gridShape(shape, rows3, columns), SIDE6);
    frame.canvas.classList.add("aelib-grid");
    return frame;
  };
  const original = framed("Originals", 1);
  const own = framed("What the code draws of them", 1);
  const near = framed("Their nearest training pictures", rows2);
  const part = (pixels, rows3, place) => {
    const length = rows3 * columns * size;
    return pixels.subarray(place * length, (place + 1) * length);
  };
  paintGrid(original.canvas, originals, shape, columns);
  original.say(`${columns} picture${columns === 1 ? "" : "s"}`);
  function show(code) {
    const name = model.get("codes")[code];
    const { canvas } = own;
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    if (decibels[code] !== null) {
      const place = decibels.slice(0, code).filter((level) => level !== null).length;
      paintGrid(canvas, part(drawn, 1, place), shape, columns);
    }
    own.say(`${name}: ${drawing(decibels[code])}`);
    paintGrid(near.canvas, part(neighbours, rows2, code), shape, columns);
    near.say(`by the code of ${name}`);
  }
  return { frames: [original.frame, own.frame, near.frame], show };
}

// views/quality.js
var SIDE7 = 160;
async function renderQuality({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const [quality, picture] = sliders;
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const [originals, drawn, jpegs] = ["originals", "drawn", "jpegs"].map((name) => bytes(model.get(name)));
  const count2 = originals.length / size;
  const frames = ["Original", "Our codec", "JPEG"].map((name) => framedCanvas(name, shape, SIDE7));
  el.replaceChildren(make("div", { className: "aelib-frames" }, ...frames.map(({ frame }) => frame)));
  return followSliders(sliders, el, () => {
    const level = quality.get("value") - 1;
    const which = picture.get("value") - 1;
    const shown = [
      [originals, which, `picture ${which + 1}`],
      [drawn, level * count2 + which, model.get("drawn_captions")[level][which]],
      [jpegs, level * count2 + which, model.get("jpeg_captions")[level][which]]
    ];
    shown.forEach(([pixels, place, text], i) => {
      paint(frames[i].canvas, pixels.subarray(place * size, (place + 1) * size), shape);
      frames[i].say(text);
    });
  });
}

// views/sketch.js
var SIDE8 = 320;
var SMALL2 = 96;
var SAVED = 640;
var PEN = { seen: 1.3, shown: 0.8 };
var RUBBER = 4;
var DOT = 3;
var STEP4 = { near: 0.5, far: 3 };
var PALETTE = {
  red: "#dd2c2c",
  orange: "#f58220",
  yellow: "#fcc21b",
  green: "#5aa746",
  blue: "#2f9bd8",
  navy: "#304a9c",
  purple: "#9356a8",
  pink: "#ee6ea8",
  "light skin": "#f7d7c4",
  "dark skin": "#8d5a3c",
  brown: "#6b4226",
  grey: "#9a9a9a",
  black: "#2b2b2b",
  white: "#ffffff"
};
function renderSketch({ model, el }) {
  const shape = model.get("image_shape");
  const [, height, width] = shape;
  const area = height * width;
  const scale2 = SIDE8 / Math.max(height, width);
  const names = model.get("names");
  const templates = bytes(model.get("templates"));
  const loader = makeLoader(model);
  let tool = "pen";
  let line = null;
  const marks = () => [...model.get("marks"), ...line ? [line] : []];
  const painted = make("canvas", { width, height });
  const drawing2 = lineCanvas(width, height, scale2);
  const paper = make("div", { className: "aelib-drawing aelib-paper" }, painted, drawing2);
  paper.style.width = `${scale2 * width}px`;
  paper.style.aspectRatio = `${width} / ${height}`;
  const small = make("canvas", { width, height });
  const answers = [
    { dots: false, network: 0, ...framedCanvas("Without the dots", shape, SMALL2) },
    { dots: true, network: 0, ...framedCanvas("With your dots", shape, SMALL2) },
    { dots: true, network: 1, ...framedCanvas("Rival", shape, SMALL2) }
  ].filter(({ network }) => network < model.get("networks").length);
  answers.forEach(({ say }) => say(""));
  const beside = make("div", { className: "aelib-frames", hidden: true }, ...answers.map(({ frame }) => frame));
  const tools = [toolButton("pen", "Pencil"), toolButton("rubber", "Rubber")];
  const colours = Object.entries(PALETTE).map(([name, colour]) => toolButton(colour, name));
  const any = make("input", { type: "color", value: "#40c0a0", title: "A dot of any colour" });
  any.setAttribute("aria-label", "A dot of any colour");
  any.oninput = any.onclick = () => choose(any.value);
  function toolButton(name, title) {
    const isColour = name.startsWith("#");
    const button2 = make("button", { textContent: isColour ? "" : title, title: isColour ? `Dot of ${title}` : title });
    if (isColour) {
      button2.className = "aelib-dot";
      button2.style.backgroundColor = name;
      button2.setAttribute("aria-label", button2.title);
    }
    button2.onclick = () => choose(name);
    return { name, button: button2 };
  }
  function choose(name) {
    pen.lift();
    tool = name;
    for (const { name: name2, button: button2 } of [...tools, ...colours]) button2.setAttribute("aria-pressed", name2 === tool);
    update();
  }
  function set(values) {
    model.set(values);
    model.save_changes();
    update();
  }
  const keep = (mark) => set({ marks: [...model.get("marks"), mark] });
  function undo() {
    pen.lift();
    set({ marks: model.get("marks").slice(0, -1) });
  }
  const choice = make("select", {}, ...["blank paper", ...names].map((name, value) => make("option", { textContent: name, value })));
  choice.onchange = () => set({ template: Number(choice.value), marks: [] });
  const showLines = checkBox("lines", true);
  const showAll = checkBox("all answers", false);
  function checkBox(name, checked) {
    const box = make("input", { type: "checkbox", checked, onchange: () => update() });
    return { box, label: make("label", {}, box, ` ${name}`) };
  }
  const button = (textContent, onclick, title = "") => make("button", { textContent, title, onclick });
  const undoing = button("Undo", undo, "Take the last mark back");
  const clear = button("Clear", () => set({ marks: [], template: 0 }), "Blank paper");
  const saving = button("Save as PNG", save2);
  const state = make("output");
  const size = () => [width, height];
  const pen = makePen({
    size,
    draw(from, to) {
      line ??= [tool, ...rounded3(from)];
      line.push(...rounded3(to));
    },
    put(isDown) {
      if (!isDown && line) {
        const mark = line;
        line = null;
        keep(mark);
      }
    },
    changed: () => update()
  });
  pen.position = [width / 2, height / 2];
  const isDot = () => tool.startsWith("#");
  const drop = () => keep([tool, ...rounded3(pen.position)]);
  const act = () => isDot() ? drop() : pen.toggle();
  makeSurface(paper, {
    size,
    point: pen.follow,
    press(place) {
      pen.lift();
      if (!isDot()) return pen.press(place);
      pen.moveTo(place);
      drop();
    },
    release: pen.lift,
    arrow: (way, far) => pen.moveBy(way, far ? STEP4.far : STEP4.near),
    keys: { " ": act, Enter: act, Backspace: undo, Delete: undo }
  });
  const dots = () => marks().filter(([kind]) => kind.startsWith("#"));
  function drawInk(context, broad) {
    context.clearRect(0, 0, width, height);
    if (model.get("template")) context.drawImage(templateCanvas(), 0, 0, width, height);
    for (const [kind, ...places2] of marks()) {
      if (kind.startsWith("#")) continue;
      context.globalCompositeOperation = kind === "rubber" ? "destination-out" : "source-over";
      drawLine(context, places2, kind === "rubber" ? RUBBER : broad);
    }
    context.globalCompositeOperation = "source-over";
  }
  function templateCanvas() {
    const canvas = make("canvas", { width, height });
    const image = new ImageData(width, height);
    const lines = templates.subarray((model.get("template") - 1) * area, model.get("template") * area);
    lines.forEach((isInk, i) => image.data[4 * i + 3] = 255 * isInk);
    canvas.getContext("2d").putImageData(image, 0, 0);
    return canvas;
  }
  function sketch(withDots) {
    const context = small.getContext("2d", { willReadFrequently: true });
    drawInk(context, PEN.seen);
    const { data } = context.getImageData(0, 0, width, height);
    const values = new Uint8Array(4 * area).fill(1, 3 * area);
    for (let i = 0; i < area; i++) values[i] = values[i + area] = values[i + 2 * area] = 255 - data[4 * i + 3];
    for (const [colour, x, y] of withDots ? dots() : []) {
      const left = between(Math.floor(x) - 1, 0, width - DOT);
      const top = between(Math.floor(y) - 1, 0, height - DOT);
      const levels = [...[1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16)), 0];
      for (let i = 0; i < DOT * DOT; i++) {
        const place = (top + Math.floor(i / DOT)) * width + left + i % DOT;
        levels.forEach((level, channel) => values[channel * area + place] = level);
      }
    }
    return values;
  }
  function answer(which, values) {
    const network = loader.network(model.get("networks")[which], [4, height, width]);
    if (!network) return null;
    return network(Float32Array.from(values, (value, i) => i < 3 * area ? value / 255 : value));
  }
  function drawPaper() {
    const context = drawing2.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (showLines.box.checked) drawInk(context, PEN.shown);
    for (const [colour, x2, y2] of dots()) drawDot(context, colour, [x2, y2], scale2);
    const [x, y] = pen.position;
    const cursor = new Path2D();
    cursor.arc(x, y, isDot() ? DOT / 2 : (tool === "rubber" ? RUBBER : PEN.shown) / 2, 0, 2 * Math.PI);
    drawTwice(context, 2.5 / scale2, 1 / scale2, () => context.stroke(cursor));
  }
  const update = oncePerFrame(() => {
    drawPaper();
    const drawn = sketch(true);
    const isBlank = !model.get("template") && !marks().length;
    const picture = isBlank ? new Float32Array(3 * area).fill(1) : answer(0, drawn);
    if (picture) paint(painted, picture, shape);
    beside.hidden = !showAll.box.checked;
    if (!beside.hidden) {
      for (const { dots: dots2, network, canvas } of answers) {
        const isPainted = isBlank || dots2 && !network;
        const own = isPainted ? picture : answer(network, dots2 ? drawn : sketch(false));
        if (own) paint(canvas, own, shape);
      }
    }
    choice.value = model.get("template");
    undoing.disabled = !model.get("marks").length;
    tell(picture);
    if (!line && !same(drawn, model.get("drawn"))) {
      model.set("drawn", new DataView(drawn.buffer));
      model.save_changes();
    }
  });
  function tell(picture) {
    const how = isDot() ? "Click, tap, or press Space, to drop a dot." : "Draw; or press Space, and arrow keys.";
    state.textContent = picture ? how : "The network is on its way.";
    const count2 = model.get("marks").length;
    paper.setAttribute(
      "aria-label",
      `Paper with ${count2} mark${count2 === 1 ? "" : "s"}, coloured by a network. Arrow keys move the ${isDot() ? "dot" : tool}; Space ${isDot() ? "drops it" : "puts it down and lifts it"}; Backspace takes the last mark back.`
    );
  }
  function save2() {
    const factor = SAVED / Math.max(height, width);
    const canvas = make("canvas", { width: factor * width, height: factor * height });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.scale(factor, factor);
    context.drawImage(painted, 0, 0);
    if (showLines.box.checked) {
      const lines = lineCanvas(width, height, factor);
      drawInk(lines.getContext("2d"), PEN.shown);
      context.drawImage(lines, 0, 0, width, height);
    }
    canvas.toBlob((blob) => download(blob, "sketch.png"));
  }
  const kernel = listenToKernel(model, (message, buffers) => loader.take(message, buffers) && update());
  model.on("change:marks change:template", update);
  const drawBar = bar("Draw", ...tools.map(({ button: button2 }) => button2), undoing, clear);
  const palette = bar("Drop a dot of colour", ...colours.map(({ button: button2 }) => button2), any);
  const rest = bar("Picture", make("label", {}, "start from ", choice), showLines.label, showAll.label, saving, state);
  const pictures = make("div", { className: "aelib-sketch" }, paper, beside);
  el.replaceChildren(make("div", { className: "aelib-tools" }, drawBar, palette, pictures, rest, kernel.problem));
  choose("pen");
  return () => {
    update.stop();
    kernel.stop();
    model.off("change:marks change:template", update);
  };
}
var bar = (name, ...parts) => group(name, "aelib-buttons", ...parts);
var rounded3 = (place) => place.map((value) => Math.round(100 * value) / 100);
var same = (values, view) => view?.byteLength === values.length && bytes(view).every((value, i) => value === values[i]);
function drawLine(context, [x, y, ...others], lineWidth) {
  Object.assign(context, { lineWidth, lineCap: "round", lineJoin: "round", strokeStyle: "black" });
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 0.01, y);
  for (let i = 0; i < others.length; i += 2) context.lineTo(others[i], others[i + 1]);
  context.stroke();
}
function drawDot(context, colour, [x, y], scale2) {
  const circle = new Path2D();
  circle.arc(x, y, 0.7, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill(circle);
  drawTwice(context, 2.5 / scale2, 1 / scale2, () => context.stroke(circle));
}

// views/sliders.js
async function renderSliders({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const picture = decodedPicture(model);
  const { codes } = picture;
  const move2 = (code) => picture.atOnce(() => {
    sliders.forEach((slider, unit) => {
      slider.set("value", code[unit]);
      slider.save_changes();
    });
  });
  const button = (text, title, code) => make("button", { textContent: text, title, onclick: () => move2(code()) });
  const anywhere = (slider) => slider.get("min") + Math.random() * (slider.get("max") - slider.get("min"));
  const realCode = () => {
    const first = sliders.length * Math.floor(Math.random() * codes.length / sliders.length);
    return codes.subarray(first, first + sliders.length);
  };
  const buttons = make(
    "div",
    { className: "aelib-buttons" },
    button("Random code", "Each unit anywhere in its range", () => sliders.map(anywhere)),
    button("A real image's code", "The code of a real image, drawn at random", realCode),
    button("Reset", "The mean of the real codes", () => model.get("middle"))
  );
  el.replaceChildren(make("div", { className: "aelib-live" }, ...picture.parts, buttons));
  const stop = followSliders(sliders, el, () => picture.show(sliders.map((slider) => slider.get("value"))));
  return () => {
    stop();
    picture.stop();
  };
}

// suggestions.js
function makeScorer(matrices, scales) {
  const weights = new Int8Array(matrices.buffer, matrices.byteOffset, matrices.length);
  return (ticked) => scales.map((ofRows, method) => {
    const count2 = ofRows.length;
    const scores = new Float64Array(count2);
    for (const row of ticked) {
      const start = (method * count2 + row) * count2;
      for (let i = 0; i < count2; i++) scores[i] += ofRows[row] * weights[start + i] * Math.abs(weights[start + i]);
    }
    return scores;
  });
}
function best(scores, ticked, most) {
  const others = [...scores.keys()].filter((place) => !ticked.includes(place));
  return others.sort((some, other) => scores[other] - scores[some]).slice(0, most);
}
function digitsFor(scores) {
  const largest = Math.max(...scores.map(Math.abs));
  return largest > 0 ? Math.min(Math.max(1 - Math.floor(Math.log10(largest)), 0), 6) : 2;
}

// views/suggestions.js
var OFFERED = 30;
var SHOWN2 = 10;
var fields = 0;
function renderSuggestions({ model, el }) {
  const names = model.get("names");
  const isTicked = (name) => model.get("chosen").includes(name);
  const score = makeScorer(bytes(model.get("matrices")), model.get("scales"));
  const panels = model.get("methods").map((method) => makePanel2(method, toggle));
  const entries = /* @__PURE__ */ new Map();
  const list = group("Words; press one to tick it", "aelib-words");
  const state = make("output");
  const clear = make("button", { textContent: "Clear", title: "No word is ticked", onclick: () => set([]) });
  const typed = names.length > OFFERED ? makeField(names, (name) => isTicked(name) || toggle(name), say) : [];
  function say(text) {
    state.textContent = text;
  }
  function set(chosen) {
    model.set("chosen", chosen);
    model.save_changes();
  }
  function toggle(name) {
    const chosen = model.get("chosen");
    set(isTicked(name) ? chosen.filter((other) => other !== name) : [...chosen, name]);
  }
  function add2(name) {
    const button = make("button", { textContent: name, onclick: () => toggle(name) });
    entries.set(name, button);
    list.append(button);
  }
  names.slice(0, OFFERED).forEach(add2);
  const update = oncePerFrame(() => {
    const chosen = model.get("chosen");
    chosen.filter((name) => !entries.has(name)).forEach(add2);
    entries.forEach((button, name) => button.setAttribute("aria-pressed", chosen.includes(name)));
    say(chosen.length ? `Ticked: ${chosen.join(", ")}` : "Tick a word, and each method suggests others.");
    const ticked = chosen.map((name) => names.indexOf(name));
    score(ticked).forEach((scores, method) => panels[method].show(names, scores, ticked));
  });
  const bar2 = group("Tick other words, or none", "aelib-buttons", ...typed, clear, state);
  const methods = make("div", { className: "aelib-frames" }, ...panels.map(({ panel }) => panel));
  el.replaceChildren(make("div", { className: "aelib-tools aelib-suggestions" }, list, bar2, methods));
  model.on("change:chosen", update);
  update();
  return () => {
    update.stop();
    model.off("change:chosen", update);
  };
}
function makeField(names, tick, say) {
  const id = `names-to-tick-${fields++}`;
  const options = make("datalist", { id }, ...names.map((value) => make("option", { value })));
  const field = make("input", { type: "text", autocomplete: "off", spellcheck: false });
  field.setAttribute("list", id);
  function take() {
    const text = field.value.trim();
    if (!text) return;
    const name = names.find((name2) => name2 === text) ?? names.find((name2) => name2.toLowerCase() === text.toLowerCase());
    if (name === void 0) return say(`“${text}” is none of the ${names.length.toLocaleString("en")} words.`);
    field.value = "";
    tick(name);
  }
  field.onchange = take;
  field.oninput = ({ inputType }) => inputType === "insertReplacementText" && take();
  return [make("label", {}, "another word ", field), options];
}
function makePanel2(method, tick) {
  const own = makeLine2(make("div", { className: "aelib-own" }));
  const lines = Array.from({ length: SHOWN2 }, () => makeLine2(make("button")));
  const others = group(`Suggestions of ${method}; press one to tick it`, "aelib-words", ...lines.map(({ line }) => line));
  const said = make("output");
  const panel = make("figure", {}, make("figcaption", {}, make("b", { textContent: method })), own.line, others, said);
  function show(names, scores, ticked) {
    const found = ticked.length ? best(scores, ticked, SHOWN2) : [];
    const mean = ticked.reduce((sum, place) => sum + scores[place], 0) / (ticked.length || 1);
    const shown = [mean, ...found.map((place) => scores[place])];
    const digits = digitsFor(shown);
    const write = (score) => (Number(score.toFixed(digits)) || 0).toFixed(digits);
    const longest = Math.max(...shown, 0) || 1;
    const fill3 = ({ show: show2 }, name, score) => show2(name, score / longest, write(score));
    fill3(own, "ticked words, mean", mean);
    own.line.hidden = ticked.length === 0;
    lines.forEach((entry, i) => {
      entry.line.hidden = i >= found.length;
      if (i >= found.length) return;
      fill3(entry, names[found[i]], scores[found[i]]);
      entry.line.onclick = () => tick(names[found[i]]);
    });
    said.textContent = ticked.length ? `ticked words score ${write(mean)}; best other ${found.length ? write(scores[found[0]]) : "none"}` : "";
  }
  return { panel, show };
}
function makeLine2(line) {
  const bar2 = make("span");
  const parts = [make("span"), make("span", { className: "aelib-bar" }, bar2), make("span")];
  line.append(...parts);
  function show(name, share, number) {
    parts[0].textContent = name;
    parts[2].textContent = number;
    bar2.style.width = `${100 * between(share, 0, 1)}%`;
  }
  return { line, show };
}

// views/variation.js
var SIDE9 = 128;
var AT_REST2 = { right: 0, down: 0, turn: 0, brightness: 1, hue: 0 };
async function renderVariation({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const [choice, ...changes] = sliders;
  const shape = model.get("image_shape");
  const size = shape[0] * shape[1] * shape[2];
  const originals = bytes(model.get("originals"));
  const networks = readNetworks(model, shape);
  let chosen = null;
  let original, codes;
  const varied = framedCanvas("Picture", shape, SIDE9);
  const frames = networks.map(({ name }) => framedCanvas(name, shape, SIDE9));
  const reset = make("button", {
    textContent: "Reset",
    title: "The picture as it was",
    onclick() {
      changes.forEach((slider) => {
        slider.set("value", AT_REST2[slider.get("description")]);
        slider.save_changes();
      });
    }
  });
  const pictures = make("div", { className: "aelib-frames" }, ...[varied, ...frames].map(({ frame }) => frame));
  el.replaceChildren(make("div", { className: "aelib-tools" }, make("div", { className: "aelib-buttons" }, reset), pictures));
  return followSliders(sliders, el, () => {
    const which = choice.get("value") - 1;
    if (which !== chosen) {
      original = Float32Array.from(originals.subarray(which * size, (which + 1) * size), (value) => value / 255);
      codes = networks.map(({ encode }) => encode(original));
      chosen = which;
    }
    const settings = changes.map((slider) => [slider.get("description"), slider.get("value")]);
    const picture = vary(original, shape, { ...AT_REST2, ...Object.fromEntries(settings) }, model.get("background"));
    paint(varied.canvas, picture, shape);
    varied.say(`picture ${which + 1}`);
    networks.forEach(({ encode, decode, apart: apart2 }, i) => {
      const code = encode(picture);
      const gone = Math.sqrt(squares(code, codes[i])) / apart2;
      const drawn = decode(code).map((value) => between(value, 0, 1));
      const psnr = 10 * Math.log10(size / squares(picture, drawn));
      paint(frames[i].canvas, drawn, shape);
      frames[i].say(`${psnr.toFixed(1)} dB, moved ${gone.toFixed(2)}`);
    });
  });
}
function readNetworks(model, shape) {
  const weights = floats(model.get("weights"));
  let taken = 0;
  const take = (count2) => weights.subarray(taken, taken += count2);
  return model.get("autoencoders").map((described) => {
    const own = take(described.encoder.weights + described.decoder.weights);
    return { name: described.name, apart: described.apart, ...makeAutoencoder(described, own, shape) };
  });
}
var squares = (some, others) => some.reduce((sum, value, i) => sum + (value - others[i]) ** 2, 0);

// host.js
var VIEWS = {
  anomaly: renderAnomaly,
  brush: renderBrush,
  costs: renderCosts,
  explorer: renderExplorer,
  judge: renderJudge,
  mender: renderMender,
  photo: renderPhoto,
  plane: renderPlane,
  quality: renderQuality,
  sketch: renderSketch,
  sliders: renderSliders,
  suggestions: renderSuggestions,
  variation: renderVariation
};
function render({ model, el }) {
  keepKeys(el);
  return VIEWS[model.get("view")]({ model, el });
}
var host_default = { render };
export {
  host_default as default,
  makeNetwork,
  nearest,
  paint
};
