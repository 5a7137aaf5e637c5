// Bundled from browser/ by `make browser`; change it there.
(() => {
  // basics.js
  function joined(views2) {
    const whole = new Uint8Array(views2.reduce((length, view) => length + view.length, 0));
    let start = 0;
    for (const view of views2) {
      whole.set(view, start);
      start += view.length;
    }
    return whole;
  }
  var UNITS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25));
  var mod = (value, divisor) => (value % divisor + divisor) % divisor;
  var between = (value, low, high) => Math.min(Math.max(value, low), high);
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
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

  // paint.js
  function toScreen(pixels, [channels, height, width]) {
    const size2 = height * width;
    const white = pixels instanceof Uint8Array ? 1 : 255;
    const shown = new Uint8ClampedArray(4 * size2);
    for (let i = 0; i < size2; i++) {
      for (let colour = 0; colour < 3; colour++) {
        shown[4 * i + colour] = white * pixels[channels === 3 ? colour * size2 + i : i];
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
  function lineCanvas(width, height, scale = 1) {
    const density = scale * (window.devicePixelRatio || 1);
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

  // playground/curve.js
  var SIZE = [520, 250];
  var [LEFT, RIGHT, TOP, BOTTOM] = [56, 16, 14, 40];
  var TICKS = 5;
  function showCurve(element) {
    const canvas = make("canvas");
    canvas.setAttribute("role", "img");
    element.replaceChildren(canvas);
    return {
      draw(content) {
        const width = Math.min(SIZE[0], element.clientWidth || SIZE[0]);
        const fresh = lineCanvas(width, SIZE[1]);
        Object.assign(canvas, { width: fresh.width, height: fresh.height });
        canvas.style.width = `${width}px`;
        const context = canvas.getContext("2d");
        context.scale(fresh.width / width, fresh.height / SIZE[1]);
        paintCurve(context, width, getComputedStyle(element), content);
        canvas.setAttribute("aria-label", describe(content));
      }
    };
  }
  function describe({ points, average, name }) {
    if (!points.length) return "An empty chart: the network has not begun to learn.";
    const [first, last] = [points[0], points.at(-1)];
    return `The ${name} on held-out pictures, over the number of pictures seen. It began at ${first.heldOut.toFixed(4)} and is ${last.heldOut.toFixed(4)} after ${last.seen.toLocaleString("en")} pictures. Drawing the average picture each time would have ${average.toFixed(4)}.`;
  }
  function paintCurve(context, width, style, { points, average, before: before2, name }) {
    const colour = (which) => style.getPropertyValue(`--${which}`);
    const all = [...points.slice(1), ...before2?.slice(1) ?? []];
    const mostSeen = Math.max(1e3, ...all.map(({ seen }) => seen));
    const highest = 1.15 * Math.max(average ?? 0.1, ...all.map(({ heldOut }) => heldOut));
    const toX = (seen) => LEFT + seen / mostSeen * (width - LEFT - RIGHT);
    const toY = (loss) => SIZE[1] - BOTTOM - loss / highest * (SIZE[1] - TOP - BOTTOM);
    Object.assign(context, { font: "13px system-ui, sans-serif", textBaseline: "middle" });
    Object.assign(context, { fillStyle: colour("text"), strokeStyle: colour("grid") });
    context.textAlign = "right";
    for (const loss of ticks(highest)) {
      line(context, [[LEFT, toY(loss)], [width - RIGHT, toY(loss)]]);
      context.fillText(String(loss), LEFT - 6, toY(loss));
    }
    context.textAlign = "center";
    for (const seen of ticks(mostSeen)) context.fillText(seen.toLocaleString("en"), toX(seen), SIZE[1] - BOTTOM + 12);
    context.fillText("pictures seen", (LEFT + width - RIGHT) / 2, SIZE[1] - 10);
    context.textAlign = "left";
    context.fillText(name, LEFT + 6, TOP / 2 + 2);
    context.textAlign = "right";
    if (average) {
      context.strokeStyle = colour("text");
      context.setLineDash([2, 3]);
      line(context, [[LEFT, toY(average)], [width - RIGHT, toY(average)]]);
      context.setLineDash([]);
      context.fillText("the average picture, each time", width - RIGHT - 4, toY(average) - 9);
    }
    context.beginPath();
    context.rect(LEFT, TOP, width - LEFT - RIGHT, SIZE[1] - TOP - BOTTOM);
    context.clip();
    const curve2 = (of, which) => of.filter((point) => point[which] !== null).map((point) => [toX(point.seen), toY(point[which])]);
    context.lineWidth = 2;
    context.strokeStyle = colour("faint");
    if (before2) line(context, curve2(before2, "heldOut"));
    context.strokeStyle = colour("class-1");
    context.setLineDash([6, 4]);
    line(context, curve2(points, "learnt"));
    context.setLineDash([]);
    context.strokeStyle = colour("class-0");
    line(context, curve2(points, "heldOut"));
  }
  function line(context, places2) {
    context.beginPath();
    places2.forEach(([x, y]) => context.lineTo(x, y));
    context.stroke();
  }
  function ticks(highest) {
    const rough = highest / TICKS;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
    return Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
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
  function makeSurface(element, { size: size2, point, press, release, arrow, keys }) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    const place = (event) => placeOf(event, element, size2());
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
    const letGo2 = () => {
      held = null;
      release();
    };
    if (release) {
      element.onpointerup = element.onpointercancel = (event) => isAnother(event) || letGo2();
      element.onblur = letGo2;
    }
    element.onkeydown = (event) => {
      const way = WAYS[event.key];
      const action = way ? () => arrow(way, event.shiftKey) : keys[event.key];
      if (!action || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      action();
    };
  }
  function makePen({ size: size2, draw, put, changed }) {
    const pen = { position: [0, 0], isDown: false };
    pen.moveTo = (place) => {
      const from = pen.position;
      pen.position = inside(place, size2());
      if (pen.isDown) draw(from, pen.position);
      changed();
    };
    pen.follow = (place, isHeld) => {
      if (isHeld || !pen.isDown) pen.moveTo(place);
    };
    pen.moveBy = ([x, y], step) => pen.moveTo([pen.position[0] + step * x, pen.position[1] + step * y]);
    pen.put = (isDown) => {
      pen.isDown = isDown;
      if (isDown) draw(pen.position, pen.position);
      put(isDown);
      changed();
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
    const reach2 = broad / 2;
    const [left, right] = [Math.min(startX, endX) - reach2, Math.max(startX, endX) + reach2];
    const [top, bottom] = [Math.min(startY, endY) - reach2, Math.max(startY, endY) + reach2];
    for (let y = Math.max(0, Math.floor(top)); y < Math.min(height, bottom); y++) {
      for (let x = Math.max(0, Math.floor(left)); x < Math.min(width, right); x++) {
        const [offX, offY] = [x + 0.5 - startX, y + 0.5 - startY];
        const share = length ? between((offX * acrossX + offY * acrossY) / length, 0, 1) : 0;
        const distance = Math.hypot(offX - share * acrossX, offY - share * acrossY);
        if (distance <= reach2) drawn[y * width + x] = 1;
      }
    }
  }

  // playground/drawings.js
  var SIDE = 28;
  var FEWEST = 10;
  var SCALE = 8;
  var BROAD = 3;
  var STEP = { near: 1, far: 4 };
  var REMEMBERED = "autoencoder-playground-drawings";
  function makeDrawings({ pad, keep, wipe, forget, kept, tell: tell2, changed }) {
    const drawings2 = recall();
    const drawn = new Uint8Array(SIDE * SIDE);
    const paper = make("canvas", { width: SIDE, height: SIDE });
    const marks = lineCanvas(SIDE, SIDE, SCALE);
    const surface = make("div", { className: "surface" }, paper, marks);
    surface.setAttribute("aria-label", "Pad to draw on. Arrow keys move the pen; Space puts it down and lifts it.");
    pad.replaceChildren(surface);
    const update = oncePerFrame(() => {
      paint(paper, drawn.map((ink) => 255 * ink), [1, SIDE, SIDE]);
      const context = marks.getContext("2d");
      context.clearRect(0, 0, SIDE, SIDE);
      const ring = new Path2D();
      ring.arc(...pen.position, BROAD / 2, 0, 2 * Math.PI);
      drawTwice(context, 2.5 / SCALE, 1 / SCALE, () => context.stroke(ring));
    });
    const size2 = () => [SIDE, SIDE];
    const pen = makePen({
      size: size2,
      draw: (from, to) => cover(drawn, [SIDE, SIDE], BROAD, from, to),
      put: (isDown) => tell2(isDown ? "The pen is down." : ""),
      changed: update
    });
    pen.position = [SIDE / 2, SIDE / 2];
    makeSurface(surface, {
      size: size2,
      point: pen.follow,
      press: pen.press,
      release: pen.lift,
      arrow: (way, far) => pen.moveBy(way, far ? STEP.far : STEP.near),
      keys: { " ": pen.toggle, Enter: pen.toggle }
    });
    function renew() {
      remember(drawings2);
      kept.replaceChildren(...drawings2.map(thumbnail));
      changed();
    }
    wipe.onclick = () => {
      drawn.fill(0);
      update();
    };
    keep.onclick = () => {
      if (!drawn.includes(1)) return tell2("There is nothing on the pad yet: draw something first.");
      drawings2.push(drawn.map((ink) => 255 * ink));
      wipe.onclick();
      renew();
    };
    forget.onclick = () => {
      drawings2.pop();
      renew();
    };
    kept.replaceChildren(...drawings2.map(thumbnail));
    update();
    return drawings2;
  }
  function thumbnail(drawing) {
    const canvas = make("canvas", { width: SIDE, height: SIDE });
    paint(canvas, drawing, [1, SIDE, SIDE]);
    return canvas;
  }
  function recall() {
    try {
      const rows = JSON.parse(localStorage.getItem(REMEMBERED)) ?? [];
      return rows.map((row) => Uint8Array.from(row, (ink) => 255 * Number(ink)));
    } catch {
      return [];
    }
  }
  function remember(drawings2) {
    try {
      const rows = drawings2.map((drawing) => drawing.map((ink) => ink / 255).join(""));
      localStorage.setItem(REMEMBERED, JSON.stringify(rows));
    } catch {
    }
  }

  // playground/directions.js
  var ROUNDS = 60;
  function planeOf(codes, size2, before2) {
    if (size2 <= 2) return { middle: new Array(size2).fill(0), axes: size2 === 1 ? [[1]] : [[1, 0], [0, 1]] };
    const middle = meanOf(codes, size2);
    const spread2 = covariances(codes, size2, middle);
    let axes = before2?.axes ?? [0, 1].map((turn) => middle.map((_, unit) => Math.cos(unit * (1 + turn)) + 0.1));
    for (let round = 0; round < ROUNDS; round++) axes = atRightAngles(axes.map((axis) => times(spread2, axis)));
    return { middle, axes };
  }
  function placeOn({ middle, axes }, codes, first = 0) {
    return [0, 1].map((which) => {
      let sum = 0;
      axes[which]?.forEach((part2, unit) => sum += part2 * (codes[first + unit] - middle[unit]));
      return sum;
    });
  }
  function codeAt({ middle, axes }, [x, y]) {
    return middle.map((value, unit) => value + x * axes[0][unit] + (axes[1] ? y * axes[1][unit] : 0));
  }
  function meanOf(codes, size2) {
    const sum = new Array(size2).fill(0);
    codes.forEach((value, i) => sum[i % size2] += value);
    return sum.map((value) => value * size2 / codes.length);
  }
  function covariances(codes, size2, middle) {
    const spread2 = middle.map(() => new Array(size2).fill(0));
    for (let first = 0; first < codes.length; first += size2) {
      for (let row = 0; row < size2; row++) {
        const off = codes[first + row] - middle[row];
        for (let column = 0; column < size2; column++) {
          spread2[row][column] += off * (codes[first + column] - middle[column]);
        }
      }
    }
    return spread2;
  }
  var dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  var times = (matrix, vector) => matrix.map((row) => dot(row, vector));
  var ofLengthOne = (vector) => vector.map((value) => value / (Math.sqrt(dot(vector, vector)) || 1));
  function atRightAngles([first, second]) {
    const one = ofLengthOne(first);
    const along = dot(one, second);
    return [one, ofLengthOne(second.map((value, i) => value - along * one[i]))];
  }

  // playground/map.js
  var SIZE2 = [480, 360];
  var MARGIN = 0.06;
  var STEP2 = { near: 0.02, far: 0.1 };
  var THUMBNAILS = 150;
  var NEARER = 0.2;
  var COLOURS = 5;
  var SHAPES = "●✕";
  var calm = matchMedia("(prefers-reduced-motion: reduce)");
  function showMap(element, legend, sheet2, go) {
    const count2 = sheet2.heldOut.length / sheet2.side ** 2;
    const canvas = lineCanvas(...SIZE2);
    const surface = make("div", { className: "surface" }, canvas);
    surface.setAttribute("aria-label", "Map of codes. Arrow keys move the marker, with Shift further.");
    element.replaceChildren(surface);
    const thumbnails = sheet2.classes.length ? null : makeThumbnails(sheet2, count2);
    let plane = null;
    let wanted = null;
    let dots = null;
    let bounds = null;
    let marker = null;
    let chosenClass = null;
    const toScreen2 = ([x, y]) => {
      const [left, right, bottom, top] = bounds;
      return [(x - left) / (right - left) * SIZE2[0], (top - y) / (top - bottom) * SIZE2[1]];
    };
    const fromScreen = ([x, y]) => {
      const [left, right, bottom, top] = bounds;
      return [left + x / SIZE2[0] * (right - left), top - y / SIZE2[1] * (top - bottom)];
    };
    const draw = oncePerFrame(() => {
      if (!dots) return;
      const moving2 = approach(dots, wanted);
      bounds = boundsOf(dots);
      const context = canvas.getContext("2d");
      context.clearRect(0, 0, ...SIZE2);
      if (thumbnails) drawThumbnails(context, thumbnails, dots, toScreen2);
      else drawDots(context, coloursOf(element), sheet2.labels, chosenClass, dots, toScreen2);
      if (marker) drawMarker(context, toScreen2(marker), plane.axes.length === 1);
      if (moving2) draw();
    });
    function moveTo(place) {
      if (dots) go(codeAt(plane, place.map((value, axis) => between(value, bounds[2 * axis], bounds[2 * axis + 1]))));
    }
    makeSurface(surface, {
      size: () => SIZE2,
      point: (place, isHeld) => isHeld && dots && moveTo(fromScreen(place)),
      press: (place) => dots && moveTo(fromScreen(place)),
      release() {
      },
      // so that a finger that slides off the map still moves the marker
      arrow([across, down], far) {
        if (!dots) return;
        const step = far ? STEP2.far : STEP2.near;
        const [x, y] = toScreen2(marker ?? plane.middle);
        moveTo(fromScreen([x + step * across * SIZE2[0], y + step * down * SIZE2[1]]));
      },
      keys: {}
    });
    showLegend(legend, sheet2.classes, (label) => {
      chosenClass = label;
      draw();
    });
    draw();
    return {
      show(codes, size2) {
        plane = planeOf(codes, size2, plane);
        wanted = placesOf(codes, size2, plane, sheet2);
        dots ??= Float32Array.from(wanted);
        draw();
      },
      mark(code) {
        marker = placeOn(plane, code);
        draw();
      },
      draw
    };
  }
  function placesOf(codes, size2, plane, { labels, classes }) {
    const places2 = new Float32Array(2 * codes.length / size2);
    for (let i = 0; i < codes.length / size2; i++) {
      places2.set(placeOn(plane, codes, i * size2), 2 * i);
      if (size2 === 1) places2[2 * i + 1] = (classes.length ? -labels[i] : 0) + 0.7 * (i * 0.618 % 1) - 0.35;
    }
    return places2;
  }
  function approach(dots, wanted) {
    let farthest = 0;
    let reach2 = 0;
    for (let i = 0; i < dots.length; i++) {
      const way = wanted[i] - dots[i];
      dots[i] = calm.matches ? wanted[i] : dots[i] + NEARER * way;
      farthest = Math.max(farthest, Math.abs(way));
      reach2 = Math.max(reach2, Math.abs(wanted[i]));
    }
    return !calm.matches && farthest > 1e-3 * reach2;
  }
  function boundsOf(dots) {
    return [0, 1].flatMap((axis) => {
      let [low, high] = [Infinity, -Infinity];
      for (let i = axis; i < dots.length; i += 2) [low, high] = [Math.min(low, dots[i]), Math.max(high, dots[i])];
      const margin = MARGIN * (high - low) + 1e-6;
      return [low - margin, high + margin];
    });
  }
  function coloursOf(element) {
    const style = getComputedStyle(element);
    return Array.from({ length: COLOURS }, (_, i) => style.getPropertyValue(`--class-${i}`));
  }
  function drawDots(context, colours, labels, chosen, dots, toScreen2) {
    context.lineWidth = 1.6;
    labels.forEach((label, i) => {
      const [x, y] = toScreen2([dots[2 * i], dots[2 * i + 1]]);
      context.globalAlpha = chosen === null || chosen === label ? 0.9 : 0.1;
      context.fillStyle = context.strokeStyle = colours[label % COLOURS];
      context.beginPath();
      if (label < COLOURS) {
        context.arc(x, y, 2.4, 0, 2 * Math.PI);
        context.fill();
      } else {
        for (const tilt of [-1, 1]) {
          context.moveTo(x - 2.6, y - 2.6 * tilt);
          context.lineTo(x + 2.6, y + 2.6 * tilt);
        }
        context.stroke();
      }
    });
    context.globalAlpha = 1;
  }
  function makeThumbnails({ heldOut, side }, count2) {
    const pixels = side * side;
    return Array.from({ length: Math.min(count2, THUMBNAILS) }, (_, i) => {
      const number = Math.floor(i * count2 / Math.min(count2, THUMBNAILS));
      const canvas = make("canvas", { width: side, height: side });
      paint(canvas, heldOut.subarray(number * pixels, (number + 1) * pixels), [1, side, side]);
      return { number, canvas };
    });
  }
  function drawThumbnails(context, thumbnails, dots, toScreen2) {
    thumbnails.forEach(({ number, canvas }) => {
      const [x, y] = toScreen2([dots[2 * number], dots[2 * number + 1]]);
      context.drawImage(canvas, x - 10, y - 10, 20, 20);
    });
  }
  function drawMarker(context, [x, y], isLine) {
    const lines = new Path2D();
    if (isLine) {
      lines.moveTo(x, 0);
      lines.lineTo(x, SIZE2[1]);
    } else {
      lines.moveTo(x + 8, y);
      lines.arc(x, y, 8, 0, 2 * Math.PI);
      lines.moveTo(x - 13, y);
      lines.lineTo(x + 13, y);
      lines.moveTo(x, y - 13);
      lines.lineTo(x, y + 13);
    }
    drawTwice(context, 4.5, 1.8, () => context.stroke(lines));
  }
  function showLegend(element, classes, choose2) {
    let chosen = null;
    const buttons = classes.map((name, label) => {
      const swatch = make("span", { textContent: SHAPES[Math.floor(label / COLOURS)] });
      swatch.style.color = `var(--class-${label % COLOURS})`;
      swatch.setAttribute("aria-hidden", "true");
      const button = make("button", { type: "button" }, swatch, ` ${name}`);
      button.setAttribute("aria-pressed", "false");
      button.onclick = () => {
        chosen = chosen === label ? null : label;
        buttons.forEach((each, i) => each.setAttribute("aria-pressed", String(i === chosen)));
        choose2(chosen);
      };
      return button;
    });
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", "Classes; press one to make it stand out");
    element.hidden = !classes.length;
    element.replaceChildren(...buttons);
  }

  // playground/pairs.js
  function showPairs(element, sheet2, choose2) {
    const { side } = sheet2;
    const pixels = side * side;
    const redrawn = [];
    const buttons = sheet2.shown.map((number, place) => {
      const [real, drawn] = [0, 1].map(() => make("canvas", { width: side, height: side }));
      paint(real, sheet2.heldOut.subarray(number * pixels, (number + 1) * pixels), [1, side, side]);
      redrawn.push(drawn);
      const button = make("button", { type: "button", onclick: () => choose2(place) }, real, drawn);
      const name = sheet2.classes[sheet2.labels[number]] ?? `picture ${place + 1}`;
      button.title = name;
      button.setAttribute("aria-label", `${name}, and below it the same redrawn`);
      button.setAttribute("aria-pressed", "false");
      return button;
    });
    element.replaceChildren(...buttons);
    return {
      show(pictures) {
        redrawn.forEach((canvas, place) => {
          paint(canvas, pictures.subarray(place * pixels, (place + 1) * pixels), [1, side, side]);
        });
      },
      mark(chosen) {
        buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(place === chosen)));
      }
    };
  }

  // playground/sheets.js
  var SHOWN = 10;
  var HELD_BACK = 5;
  var PLACES = [-2, 0, 2];
  var sheets = {};
  function loadSheet(name) {
    sheets[name] ??= readSheet(name).catch((error) => {
      delete sheets[name];
      throw error;
    });
    return sheets[name];
  }
  async function readSheet(name) {
    await loadScript(`_static/playground-${name}.js`);
    const { packed, learnt, ...sheet2 } = window.playgroundSheets[name];
    const all = await unpack(packed);
    const end = learnt * sheet2.side ** 2;
    const heldOut = all.subarray(end);
    const count2 = heldOut.length / sheet2.side ** 2;
    return { ...sheet2, images: all.subarray(0, end), heldOut, shift: 0, shown: choose(sheet2.labels, count2) };
  }
  function sheetOfDrawings(drawings2, side) {
    const images = joined(drawings2.filter((_, i) => i % HELD_BACK !== HELD_BACK - 1));
    const heldBack = drawings2.filter((_, i) => i % HELD_BACK === HELD_BACK - 1);
    const places2 = PLACES.flatMap((down) => PLACES.map((right) => [right, down])).sort((a, b) => size(a) - size(b));
    const heldOut = joined(places2.flatMap((place) => heldBack.map((drawing) => moved(drawing, side, place))));
    const shown = Array.from({ length: Math.min(SHOWN, heldOut.length / side ** 2) }, (_, i) => i);
    return { side, images, heldOut, labels: [], classes: [], shift: Math.max(...PLACES), shown };
  }
  var size = ([right, down]) => right ** 2 + down ** 2;
  function loadScript(address) {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = resolve;
      script.onerror = () => {
        script.remove();
        reject(new Error("The pictures could not be loaded. Is the connection lost? Press Start to try again."));
      };
      document.head.append(script);
    });
  }
  async function unpack(text) {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }
  function choose(labels, count2) {
    if (!labels.length) return Array.from({ length: SHOWN }, (_, i) => Math.floor(i * count2 / SHOWN));
    return labels.flatMap((label, i) => labels.indexOf(label) === i ? [i] : []);
  }
  function moved(drawing, side, [right, down]) {
    return drawing.map((_, i) => {
      const [x, y] = [i % side - right, Math.floor(i / side) - down];
      return x >= 0 && x < side && y >= 0 && y < side ? drawing[y * side + x] : 0;
    });
  }

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
    const size2 = FREE + numbers;
    const kernel = makeKernel(size2, ways);
    const heap = kernel ? new Float32Array(kernel.memory.buffer) : new Float32Array(size2);
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
        const bytes = Uint8Array.from(atob(product_wasm_default[way]), (letter) => letter.charCodeAt(0));
        const memory = new WebAssembly.Memory({ initial: Math.ceil(4 * numbers / PAGE) });
        const { product } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
        return { memory, product, way };
      } catch {
      }
    }
    return null;
  }
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
  function cosines(size2) {
    const waves = new Float64Array(size2 * size2);
    for (let frequency = 0; frequency < size2; frequency++) {
      const length = Math.sqrt((frequency ? 1 : 2) * (size2 / 2));
      for (let place = 0; place < size2; place++) {
        waves[frequency * size2 + place] = Math.cos(Math.PI * frequency * (2 * place + 1) / (2 * size2)) / length;
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
  function shrink(values, places2, apart, deviation) {
    let squares = 1;
    for (let i = 1; i < places2.length; i++) {
      const energy = values[places2[i] + apart] ** 2;
      const share = energy / (energy + deviation ** 2);
      values[places2[i]] *= share;
      squares += share ** 2;
    }
    return 1 / squares;
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
    const { side, stride, size: size2 } = STACK;
    const area = side * side;
    const [high, wide] = [height, width].map((length) => length + Math.max(side - length, mod(side - length, stride)));
    const planes = [...noisy, ...guess].map((plane) => edged(plane, height, width, high, wide, 0));
    const { forward, back } = makeTransform(side);
    const [patch, coefficients] = [new Float64Array(area), new Float64Array(area)];
    const pixels = Array.from({ length: area }, (_, i) => Math.floor(i / side) * wide + i % side);
    const sums = noisy.map(() => new Float64Array(high * wide));
    const weights = noisy.map(() => new Float64Array(high * wide));
    const columns = planes.length * area;
    const { heap, product } = makeMatrices(size2 * size2 + 2 * size2 * columns);
    const [waves, stack] = [FREE, FREE + size2 * size2];
    const filtered = stack + size2 * columns;
    heap.set(cosines(size2), waves);
    const placesOf2 = noisy.map(
      (_, c) => Int32Array.from({ length: size2 * area }, (__, i) => filtered + Math.floor(i / area) * columns + c * area + i % area)
    );
    const through = { rows: size2, columns, channels: size2, a: waves, aRow: size2, aColumn: 1 };
    const backThrough = { ...through, columns: columns / 2, aRow: 1, aColumn: size2 };
    for (const corners of alike(planes[noisy.length], high, wide)) {
      corners.forEach((corner, row) => {
        planes.forEach((plane, p) => {
          for (let i = 0; i < area; i++) patch[i] = plane[corner + pixels[i]];
          forward(patch, coefficients);
          heap.set(coefficients, stack + row * columns + p * area);
        });
      });
      product({ ...through, b: stack, bRow: columns, out: filtered, outRow: columns });
      const trust = placesOf2.map((places2) => shrink(heap, places2, columns / 2, deviation));
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
    const { side, stride, size: size2, reach: reach2 } = STACK;
    const nearest2 = new Int32Array(size2);
    const differences = new Float64Array(size2);
    for (let top = 0; top + side <= high; top += stride) {
      for (let left = 0; left + side <= wide; left += stride) {
        const corner = top * wide + left;
        nearest2[0] = corner;
        differences[0] = -1;
        let found = 1;
        for (let down = -reach2; down <= reach2; down++) {
          for (let right = -reach2; right <= reach2; right++) {
            const [y, x] = [top + down, left + right];
            if (!down && !right || y < 0 || x < 0 || y + side > high || x + side > wide) continue;
            const worst = found < size2 ? Infinity : differences[size2 - 1];
            const difference = differenceOf(plane, corner, y * wide + x, side, wide, worst);
            if (difference >= worst) continue;
            let place = found < size2 ? found++ : size2 - 1;
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
    return layers.reduce((value, [name, ...settings2]) => {
      if (!LAYERS[name]) throw new Error(`There is no layer ${name}.`);
      const next = LAYERS[name](plan, value, ...settings2);
      if (value.at !== input.at && value.at !== next.at) plan.leave(value);
      return next;
    }, input);
  }
  var count = (shape) => shape.reduce((product, length) => product * length, 1);
  function elementwise(activation) {
    return (plan, { at, shape }) => {
      const size2 = count(shape);
      const to = plan.place(size2);
      plan.step(({ heap }) => {
        for (let i = 0; i < size2; i++) heap[to + i] = activation(heap[at + i]);
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
    for (let start = 0; start < outputs; start += PANEL) panels.push(makePanel(Math.min(start, outputs - wide)));
    function makePanel(first) {
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
    const size2 = channels * stride * stride * plane;
    function copy(heap, from, to) {
      heap.fill(0, to, to + size2);
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
    return { wide, plane, size: size2, copy };
  }
  function convolution(plan, { at, shape }, outputs, side, stride, padding) {
    const inputs = shape[0];
    const [height, width] = shape.slice(1).map((length) => Math.floor((length + 2 * padding - side) / stride) + 1);
    const a = plan.constant(plan.take(outputs * inputs * side * side));
    const bias = plan.constant(plan.take(outputs));
    const { wide, plane, size: size2, copy } = spread(shape, padding, stride);
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
      const out = scratch + size2;
      copy(heap, at, scratch);
      const sizes = { rows: outputs, columns, channels: inputs, taps, aRow: inputs * taps.length, aColumn: 1 };
      product({ ...sizes, a, bias, b: scratch, bRow: stride * stride * plane, out, outRow: columns });
      for (let m = 0; m < outputs; m++) {
        for (let y = 0; y < height; y++) {
          const row = out + m * columns + y * wide;
          heap.copyWithin(to + (m * height + y) * width, row, row + width);
        }
      }
    }, size2 + outputs * columns);
    return { at: to, shape: [outputs, height, width] };
  }
  function transposedConvolution(plan, { at, shape }, outputs, side, stride, padding, extra) {
    const [inputs, inHeight, inWidth] = shape;
    const [height, width] = [inHeight, inWidth].map((length) => (length - 1) * stride - 2 * padding + side + extra);
    const weights = plan.take(inputs * outputs * side * side);
    const bias = plan.constant(plan.take(outputs));
    const reach2 = Math.ceil(side / stride) - 1;
    const { wide, plane, size: size2, copy } = spread(shape, reach2, 1);
    const columns = (inHeight + reach2 - 1) * wide + inWidth + reach2;
    const to = plan.place(outputs * height * width);
    const phases = [];
    for (let down = 0; down < stride; down++) {
      for (let along = 0; along < stride; along++) phases.push(makePhase(down, along));
    }
    function makePhase(down, along) {
      const [taps, places2] = [[], []];
      for (let y = down; y < side; y += stride) {
        for (let x = along; x < side; x += stride) {
          taps.push((reach2 - (y - down) / stride) * wide + reach2 - (x - along) / stride);
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
      const out = scratch + size2;
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
    }, size2 + outputs * columns);
    return { at: to, shape: [outputs, height, width] };
  }
  function add(plan, input, layers) {
    const sum = build(plan, layers, input);
    const size2 = count(sum.shape);
    plan.step(({ heap }) => {
      for (let i = 0; i < size2; i++) heap[sum.at + i] += heap[input.at + i];
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
  function pixelShuffle(plan, input, times2) {
    const [channels, height, width] = input.shape;
    const shape = [channels / times2 ** 2, height * times2, width * times2];
    const origin = (c, y, x) => {
      const channel = (c * times2 + y % times2) * times2 + x % times2;
      return (channel * height + Math.floor(y / times2)) * width + Math.floor(x / times2);
    };
    return moving(plan, input, shape, places(shape, origin));
  }
  function pixelUnshuffle(plan, input, times2) {
    const [channels, height, width] = input.shape;
    const shape = [channels * times2 ** 2, height / times2, width / times2];
    const origin = (c, y, x) => {
      const within = c % times2 ** 2;
      const row = y * times2 + Math.floor(within / times2);
      return (Math.floor(c / times2 ** 2) * height + row) * width + x * times2 + within % times2;
    };
    return moving(plan, input, shape, places(shape, origin));
  }
  function enlarge(plan, input, times2) {
    const [channels, height, width] = input.shape;
    const shape = [channels, height * times2, width * times2];
    const origin = (c, y, x) => (c * height + Math.floor(y / times2)) * width + Math.floor(x / times2);
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
    const size2 = channels * height * width;
    const shape = [3 * deviations.length + channels, height, width];
    const to = plan.place(count(shape));
    plan.step(({ heap }) => {
      const picture = heap.slice(input.at, input.at + 3 * height * width);
      heap.set(denoised(picture, [3, height, width], deviations), to);
      heap.copyWithin(to + count(shape) - size2, input.at, input.at + size2);
    });
    return { at: to, shape };
  }
  var LAYERS = {
    linear,
    convolution,
    "transposed convolution": transposedConvolution,
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

  // playground/sliders.js
  var FEW = 8;
  var LARGE2 = 196;
  function showSliders(picture, element, { side, labels, classes }, size2, moved2) {
    const shape = [1, side, side];
    const canvas = pictureCanvas(shape, LARGE2);
    const caption = make("output");
    picture.replaceChildren(canvas, caption);
    let decode = null;
    let known = null;
    let code = new Array(size2).fill(0);
    const sliders = code.map((_, unit) => {
      const input = make("input", { type: "range", disabled: true });
      const value = make("output");
      const label = make("label", {}, make("span", {}, `number ${unit + 1} `, value), input);
      input.oninput = () => {
        code[unit] = Number(input.value);
        update();
        moved2(code);
      };
      return { input, value, label };
    });
    element.classList.toggle("many", size2 > FEW);
    element.replaceChildren(...sliders.map(({ label }) => label));
    const update = oncePerFrame(() => {
      sliders.forEach(({ input, value }, unit) => {
        input.value = code[unit];
        value.textContent = code[unit].toFixed(2).replace("-", "−");
      });
      if (decode) paint(canvas, decode(code), shape);
      if (decode && classes.length) caption.textContent = `Nearest dot: ${classes[labels[nearest(code, known).row]]}`;
      canvas.setAttribute("aria-label", `The picture drawn from the sliders' code. ${caption.textContent}`);
    });
    update();
    return {
      learn(decoder, codes) {
        known = codes;
        decode = makeNetwork(decoder.layers, decoder.weights, [size2], []);
        sliders.forEach(({ input }, unit) => {
          const [low, high] = reach(codes, size2, unit);
          Object.assign(input, { min: low, max: high, step: (high - low) / 200, disabled: false });
        });
        update();
      },
      go(to) {
        code = [...to];
        update();
      },
      code: () => code
    };
  }
  function reach(codes, size2, unit) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = unit; i < codes.length; i += size2) [low, high] = [Math.min(low, codes[i]), Math.max(high, codes[i])];
    return low < high ? [low, high] : [low - 1, high + 1];
  }

  // playground/page.js
  var LOSS_NAMES = {
    squared: "mean squared error per pixel",
    absolute: "mean absolute error per pixel",
    "cross-entropy": "mean cross-entropy per pixel, in nats"
  };
  var SOON = 300;
  var calm2 = matchMedia("(prefers-reduced-motion: reduce)");
  var HOW_MANY = ["no", "one number", "two numbers"];
  var part = (id) => document.getElementById(id);
  var form = part("settings");
  var curve = showCurve(part("curve"));
  var drawings = makeDrawings({
    pad: part("pad"),
    keep: part("keep"),
    wipe: part("wipe"),
    forget: part("forget"),
    kept: part("kept"),
    tell,
    changed: prepare
  });
  var sheet = null;
  var views = null;
  var training = null;
  var before = null;
  var trainings = 0;
  var asked = 0;
  var followed = 0;
  function settings() {
    const { pictures, codeSize, hidden, loss } = Object.fromEntries(new FormData(form));
    return { pictures, codeSize: Number(codeSize), hidden: hidden ? hidden.split(",").map(Number) : [], loss };
  }
  async function prepare() {
    const chosen = settings();
    endTraining(chosen);
    describe2(chosen);
    sheet = null;
    const turn = ++asked;
    const waiting = setTimeout(() => tell("The pictures are loading."), SOON);
    try {
      const loaded = await sheetFor(chosen);
      if (turn !== asked) return;
      sheet = loaded;
      showSheet(chosen);
      tell("Ready. It has learnt nothing yet.");
    } catch (error) {
      if (turn !== asked) return;
      views = null;
      for (const id of ["pairs", "map", "legend", "decoded", "sliders"]) part(id).replaceChildren();
      tell(error.message);
    } finally {
      clearTimeout(waiting);
    }
  }
  async function sheetFor({ pictures }) {
    if (pictures !== "drawings") return loadSheet(pictures);
    const missing = FEWEST - drawings.length;
    if (missing > 0) throw new Error(`Draw ${missing} more, to have something to learn from. Twenty are better.`);
    return sheetOfDrawings(drawings, SIDE);
  }
  function showSheet({ codeSize }) {
    followed = 0;
    const pairs = showPairs(part("pairs"), sheet, follow);
    const map = showMap(part("map"), part("legend"), sheet, (code) => {
      letGo();
      views.sliders.go(code);
      map.mark(code);
    });
    const sliders = showSliders(part("decoded"), part("sliders"), sheet, codeSize, (code) => {
      letGo();
      map.mark(code);
    });
    views = { pairs, map, sliders };
    pairs.mark(followed);
  }
  function follow(place) {
    followed = place;
    views.pairs.mark(place);
    if (training?.last) showCode();
  }
  function letGo() {
    followed = null;
    views.pairs.mark(null);
  }
  function showCode() {
    const { codes, codeSize } = training.last;
    const first = sheet.shown[followed] * codeSize;
    const code = [...codes.subarray(first, first + codeSize)];
    views.sliders.go(code);
    views.map.mark(code);
  }
  function describe2({ pictures, codeSize, hidden, loss }) {
    part("codeSize").value = codeSize;
    const sizes = [SIDE ** 2, ...hidden, codeSize, ...[...hidden].reverse(), SIDE ** 2];
    const weights = sizes.slice(1).reduce((sum, outputs, i) => sum + (sizes[i] + 1) * outputs, 0);
    part("sizes").textContent = `From picture to code and back: ${sizes.join(" → ")} numbers, joined by ${weights.toLocaleString("en")} weights. They begin at random, and they are what it learns.`;
    part("drawing").hidden = pictures !== "drawings";
    part("drawn").textContent = `${drawings.length || "No"} drawing${drawings.length === 1 ? "" : "s"} so far.`;
    document.querySelectorAll(".howMany").forEach((text) => {
      text.textContent = HOW_MANY[codeSize] ?? `${codeSize} numbers`;
    });
    part("aboutMap").textContent = aboutMap(pictures, codeSize);
    part("aboutLoss").textContent = `The solid curve is the loss, a ${LOSS_NAMES[loss]}, on pictures that the network never learns from; the dashed one, on those it has just learnt from. The dotted line is what you would reach by drawing the average picture every time. ` + (loss === "cross-entropy" ? "Lower is better, but by this measure even a perfect copy of a grey pixel costs something. " : "At zero, every copy would be perfect. ") + "A round, or epoch, is once through all pictures to learn from.";
    drawCurve(loss);
  }
  function aboutMap(pictures, codeSize) {
    const place = {
      1: "One number is a line: a picture's number says how far to the right it lies. Up and down only spreads them out.",
      2: "Each picture that the network never learns from lies where its two numbers say."
    };
    const whose = pictures === "clothes" ? "Nobody tells the network what a picture shows; the colours are for you. Will the shoes find each other?" : "Which pictures will become neighbours?";
    return (place[codeSize] ?? `A code of ${codeSize} numbers has no flat map. Here you look at it from the side on which the codes spread most: along their two principal directions.`) + ` ${whose} Move the marker, and the network draws what belongs there.`;
  }
  function endTraining(chosen) {
    if (training) {
      training.worker.terminate();
      if (training.points.length > 1) before = training;
      training = null;
    }
    if (before && (before.pictures !== chosen.pictures || before.loss !== chosen.loss)) before = null;
    part("start").textContent = "Start";
    for (const figure of ["epochs", "speed", "loss"]) part(figure).textContent = "–";
    part("left").textContent = "";
  }
  async function startOrPause() {
    if (training) return run(!training.running);
    if (!sheet) await prepare();
    if (!sheet || training) return;
    const chosen = settings();
    const address = URL.createObjectURL(new Blob(['(()=>{var W={fused:"AGFzbQEAAAABEQFgDX9/f39/f39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxQCB3Byb2R1Y3QAAAZtZW1vcnkCAAqMBQGJBQIOfwt7A0AgASAQSgRAIBAgAUEIayINIA0gEEobQQJ0IRZBACEOA0AgACAOSgRAIAQgBSAObGohDyAEIA5BAWoiDSAAQQFrIhMgDSATSBsiGCAFbGohESAEIA5BAmoiDSATIA0gE0gbIhkgBWxqIRIgBCAOQQNqIg0gEyANIBNIGyIaIAVsaiETIAoEeyAKIA5BAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIhshHCAKBHsgCiAYQQJ0av0JAgAF/QwAAAAAAAAAAAAAAAAAAAAACyIdIR4gCgR7IAogGUECdGr9CQIABf0MAAAAAAAAAAAAAAAAAAAAAAsiHyEgIAoEeyAKIBpBAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIiEhIiAHIBZqIRRBACEVA0AgAiAVSgRAQQAhDQNAIAMgDUoEQCAUIAkgDUECdGooAgBqIhf9AAQAIiQgD/0JAgAiJSAb/YUCIRsgF/0ABBAiIyAlIBz9hQIhHCAkIBH9CQIAIiUgHf2FAiEdICMgJSAe/YUCIR4gJCAS/QkCACIlIB/9hQIhHyAjICUgIP2FAiEgICQgE/0JAgAiJCAh/YUCISEgIyAkICL9hQIhIiAGIA9qIQ8gBiARaiERIAYgEmohEiAGIBNqIRMgDUEBaiENDAELCyAIIBRqIRQgFUEBaiEVDAELCyALIBZqIg0gDCAObGoiDyAb/QsEACAPIBz9CwQQIA0gDCAYbGoiDyAd/QsEACAPIB79CwQQIA0gDCAZbGoiDyAf/QsEACAPICD9CwQQIA0gDCAabGoiDSAh/QsEACANICL9CwQQIA5BBGohDgwBCwsgEEEIaiEQDAELCws=",simd:"AGFzbQEAAAABEQFgDX9/f39/f39/f39/f38AAg8BA2VudgZtZW1vcnkCAAADAgEABxQCB3Byb2R1Y3QAAAZtZW1vcnkCAAqkBQGhBQIOfwt7A0AgASAQSgRAIBAgAUEIayINIA0gEEobQQJ0IRZBACEOA0AgACAOSgRAIAQgBSAObGohDyAEIA5BAWoiDSAAQQFrIhMgDSATSBsiGCAFbGohESAEIA5BAmoiDSATIA0gE0gbIhkgBWxqIRIgBCAOQQNqIg0gEyANIBNIGyIaIAVsaiETIAoEeyAKIA5BAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIhshHCAKBHsgCiAYQQJ0av0JAgAF/QwAAAAAAAAAAAAAAAAAAAAACyIdIR4gCgR7IAogGUECdGr9CQIABf0MAAAAAAAAAAAAAAAAAAAAAAsiHyEgIAoEeyAKIBpBAnRq/QkCAAX9DAAAAAAAAAAAAAAAAAAAAAALIiEhIiAHIBZqIRRBACEVA0AgAiAVSgRAQQAhDQNAIAMgDUoEQCAbIBQgCSANQQJ0aigCAGoiF/0ABAAiJCAP/QkCACIl/eYB/eQBIRsgHCAX/QAEECIjICX95gH95AEhHCAdICQgEf0JAgAiJf3mAf3kASEdIB4gIyAl/eYB/eQBIR4gHyAkIBL9CQIAIiX95gH95AEhHyAgICMgJf3mAf3kASEgICEgJCAT/QkCACIk/eYB/eQBISEgIiAjICT95gH95AEhIiAGIA9qIQ8gBiARaiERIAYgEmohEiAGIBNqIRMgDUEBaiENDAELCyAIIBRqIRQgFUEBaiEVDAELCyALIBZqIg0gDCAObGoiDyAb/QsEACAPIBz9CwQQIA0gDCAYbGoiDyAd/QsEACAPIB79CwQQIA0gDCAZbGoiDyAf/QsEACAPICD9CwQQIA0gDCAabGoiDSAh/QsEACANICL9CwQQIA5BBGohDgwBCwsgEEEIaiEQDAELCws="};var BA=65536,V=64,Z=960,X=V+Z;function sA(A,o=Object.keys(W)){let t=X+A,a=hA(t,o),I=a?new Float32Array(a.memory.buffer):new Float32Array(t),i=new Int32Array(I.buffer,4*V,Z);function c({taps:s=[0],bias:C=0,...e}){if(s.length>Z)throw new Error(`A convolution may have ${Z} taps; this one has ${s.length}.`);if(!a||e.columns<8)return mA(I,{taps:s,bias:C,...e});i.set(s.map(Q=>4*Q));let E=[e.a,e.aRow,e.aColumn,e.b,e.bRow,V,C,e.out,e.outRow];a.product(e.rows,e.columns,e.channels,s.length,...E.map(Q=>4*Q))}return{heap:I,product:c,way:a?.way??""}}function hA(A,o){for(let t of o)try{let a=Uint8Array.from(atob(W[t]),c=>c.charCodeAt(0)),I=new WebAssembly.Memory({initial:Math.ceil(4*A/BA)}),{product:i}=new WebAssembly.Instance(new WebAssembly.Module(a),{env:{memory:I}}).exports;return{memory:I,product:i,way:t}}catch{}return null}function mA(A,{rows:o,columns:t,channels:a,taps:I,a:i,aRow:c,aColumn:s,b:C,bRow:e,bias:E,out:Q,outRow:H}){let f=b=>A.subarray(b,b+t),G=Array.from({length:o},(b,w)=>f(Q+w*H).fill(E?A[E+w]:0));for(let b=0;b<o;b+=4){let[w,...m]=G.slice(b,b+4),y=i+b*c;for(let M=0;M<a;M++)for(let u of I){let R=f(C+M*e+u);m.length===3?yA(w,...m,R,A[y],A[y+c],A[y+2*c],A[y+3*c]):(eA(w,R,A[y]),m.forEach((k,F)=>eA(k,R,A[y+(F+1)*c]))),y+=s}}}function eA(A,o,t){for(let a=0;a<o.length;a++)A[a]+=t*o[a]}function yA(A,o,t,a,I,i,c,s,C){for(let e=0;e<I.length;e++){let E=I[e];A[e]+=i*E,o[e]+=c*E,t[e]+=s*E,a[e]+=C*E}}var[v,K,bA,pA]=[.9,.999,1e-8,.01],cA=A=>Math.max(Math.log(A),-100),$={squared:{of:(A,o)=>(A-o)**2,slope:(A,o)=>2*(A-o)*A*(1-A)},absolute:{of:(A,o)=>Math.abs(A-o),slope:(A,o)=>Math.sign(A-o)*A*(1-A)},"cross-entropy":{of:(A,o)=>-o*cA(A)-(1-o)*cA(1-A),slope:(A,o)=>A-o}},_=A=>1/(1+Math.exp(-A));function aA({sizes:A,loss:o,most:t,ways:a}){let{of:I,slope:i}=$[o],c=A[0],s=A.length-1,C=s/2,e=wA(A),E=e.at(-1).bias+c,Q=Math.max(...A),H=3*A.reduce((n,g)=>n+g)+Q+c,{heap:f,product:G,way:b}=sA(2*E+t*H,a),w=X;function m(n){return w+=n,w-n}let[y,M]=[m(E),m(E)],u=A.map(n=>m(t*n)),R=A.map((n,g)=>U(g)?m(t*n):u[g]),k=A.map(n=>m(t*n)),F=m(t*Q),L=m(t*c),q=f.subarray(y,y+E),D=f.subarray(M,M+E),S=new Float32Array(E),O=new Float32Array(E),p=0;function U(n){return n!==0&&n!==C&&n!==s}function tA(n){j(f,L,n,c,u[0]),e.forEach(({matrix:r,bias:h,inputs:l,outputs:B},d)=>{G({rows:B,columns:n,channels:l,a:y+r,aRow:l,aColumn:1,b:u[d],bRow:n,bias:y+h,out:R[d+1],outRow:n}),uA(d+1,B*n)});let g=0;for(let r=0;r<c*n;r++)g+=I(f[u[s]+r],f[u[0]+r]);return g/(c*n)}function uA(n,g){let[r,h]=[R[n],u[n]];if(n===s)for(let l=0;l<g;l++)f[h+l]=_(f[r+l]);else if(U(n))for(let l=0;l<g;l++)f[h+l]=f[r+l]*_(f[r+l])}function oA(n){let g=1/(c*n);for(let r=0;r<c*n;r++)f[k[s]+r]=g*i(f[u[s]+r],f[u[0]+r]);for(let r=s-1;r>=0;r--){let{matrix:h,bias:l,inputs:B,outputs:d}=e[r],T=k[r+1];j(f,u[r],B,n,F),G({rows:d,columns:B,channels:n,a:T,aRow:n,aColumn:1,b:F,bRow:B,out:M+h,outRow:B});for(let P=0;P<d;P++){let rA=0;for(let Y=0;Y<n;Y++)rA+=f[T+P*n+Y];D[l+P]=rA}if(r===0)return;G({rows:B,columns:n,channels:d,a:y+h,aRow:1,aColumn:B,b:T,bRow:n,out:k[r],outRow:n}),U(r)&&CA(r,B*n)}}function CA(n,g){for(let r=0;r<g;r++){let h=f[R[n]+r],l=_(h);f[k[n]+r]*=l*(1+h*(1-l))}}function QA(n){p++;let g=n/(1-v**p),r=1/(1-K**p),h=1-n*pA;for(let l=0;l<E;l++){let B=D[l],d=v*S[l]+(1-v)*B,T=K*O[l]+(1-K)*B*B;S[l]=d,O[l]=T,q[l]=h*q[l]-g*d/(Math.sqrt(T*r)+bA)}}return{isFast:b!=="",parameters:q,gradients:D,rows:f.subarray(L,L+t*c),measure:tA,goBack:oA,learn(n,g){let r=tA(n);return oA(n),QA(g),r},drawParameters(n){e.forEach(({matrix:g,inputs:r,outputs:h})=>{let l=1/Math.sqrt(r);for(let B=0;B<(r+1)*h;B++)q[g+B]=l*(2*n()-1)})},codes:n=>nA(u[C],A[C],n),pictures:n=>nA(u[s],c,n),decoder:()=>({layers:e.slice(C).flatMap(({inputs:n,outputs:g},r)=>[["linear",n,g],[C+r+1===s?"sigmoid":"silu"]]),weights:q.slice(e[C].matrix)})};function nA(n,g,r){let h=new Float32Array(g*r);return j(f.subarray(n,n+g*r),0,g,r,0,h),h}}function wA(A){let o=0;return A.slice(1).map((t,a)=>{let I=A[a],i={inputs:I,outputs:t,matrix:o,bias:o+I*t};return o=i.bias+t,i})}function j(A,o,t,a,I,i=A){for(let c=0;c<t;c++)for(let s=0;s<a;s++)i[I+s*t+c]=A[o+c*a+s]}var x=64,RA=.004;function DA(A){let o=A|0;return()=>{o=o+1831565813|0;let t=Math.imul(o^o>>>15,1|o);return t=t+Math.imul(t^t>>>7,61|t)^t,((t^t>>>14)>>>0)/2**32}}function lA({images:A,heldOut:o,side:t,codeSize:a,hidden:I,loss:i,shift:c,shown:s,seed:C}){let e=t*t,E=DA(C),Q=aA({sizes:[e,...I,a,...[...I].reverse(),e],loss:i,most:x});Q.drawParameters(E);let H=SA(A.length/e,E),f=()=>Math.floor(E()*(2*c+1))-c,G=dA(A,o,e,i),b=0,w=0,m=0;function y(){for(let u=0;u<x;u++){let R=N(A,H(),e);iA(N(Q.rows,u,e),R,t,c?f():0,c?f():0)}w+=Q.learn(x,RA),m++,b+=x}function M(){let u=o.length/e,R=new Float32Array(u*a),k=new Float32Array(s.length*e),F=0;for(let D=0;D<u;D+=x){let S=Math.min(x,u-D);for(let p=0;p<S;p++)iA(N(Q.rows,p,e),N(o,D+p,e),t,0,0);F+=S*Q.measure(S),R.set(Q.codes(S),D*a);let O=s.some(p=>IA(p,D,S))&&Q.pictures(S);s.forEach((p,U)=>{IA(p,D,S)&&k.set(N(O,p-D,e),U*e)})}let L=m?w/m:null;[w,m]=[0,0];let{isFast:q}=Q;return{seen:b,learnt:L,heldOut:F/u,average:G,codes:R,pictures:k,decoder:Q.decoder(),isFast:q}}return{step:y,report:M}}var IA=(A,o,t)=>A>=o&&A<o+t,N=(A,o,t)=>A.subarray(o*t,(o+1)*t);function SA(A,o){let t=Uint32Array.from({length:A},(I,i)=>i),a=A;return()=>{if(a===A){for(let I=A-1;I>0;I--){let i=Math.floor(o()*(I+1));[t[I],t[i]]=[t[i],t[I]]}a=0}return t[a++]}}function iA(A,o,t,a,I){for(let i=0,c=0;i<t;i++){let s=t*Math.min(Math.max(i-I,0),t-1);for(let C=0;C<t;C++,c++)A[c]=o[s+Math.min(Math.max(C-a,0),t-1)]/255}}function dA(A,o,t,a){let I=new Float32Array(t);for(let s=0;s<A.length;s++)I[s%t]+=A[s]/255;let i=A.length/t,c=0;for(let s=0;s<o.length;s++)c+=$[a].of(I[s%t]/i,o[s]/255);return c/o.length}var MA=25,kA=150,GA=1/6,AA=null,J=!1,gA=0,fA=0,{port1:EA,port2:FA}=new MessageChannel;FA.onmessage=qA;self.onmessage=({data:A})=>{A.begin&&(AA=lA(A.begin),z()),A.run&&!J&&EA.postMessage(null),A.run===!1&&J&&z(),J=A.run??J};function qA(){if(!J)return;let A=performance.now();for(;performance.now()-A<MA;)AA.step();gA+=(performance.now()-A)/1e3,performance.now()>=fA&&z(),EA.postMessage(null)}function z(){let A=performance.now(),o=AA.report(),t=performance.now()-A;fA=A+Math.max(kA,t/GA);let{codes:a,pictures:I,decoder:i}=o;self.postMessage({...o,seconds:gA},[a.buffer,I.buffer,i.weights.buffer])}})();\n'], { type: "text/javascript" }));
    const worker = new Worker(address);
    training = { ...chosen, worker, running: false, points: [], last: null };
    const mine = training;
    worker.onmessage = ({ data }) => training === mine && show(data);
    worker.onerror = () => tell("The network stopped with an error. Press Reset to try again.");
    const { images, heldOut, side, shift, shown } = sheet;
    worker.postMessage({ begin: { ...chosen, images, heldOut, side, shift, shown, seed: ++trainings } });
    run(true);
    const below = part("pairs").getBoundingClientRect().bottom > window.innerHeight;
    if (below) part("redrawn").scrollIntoView({ behavior: calm2.matches ? "auto" : "smooth" });
  }
  function run(running) {
    training.running = running;
    training.worker.postMessage({ run: running });
    part("start").textContent = running ? "Pause" : "Go on";
    tell(running ? "Learning." : "Paused. Pull its numbers, or go on.");
  }
  function show({ seen, seconds, learnt, heldOut, average, codes, pictures, decoder, isFast }) {
    const { points, codeSize, loss } = training;
    training.last = { codes, codeSize };
    training.average = average;
    points.push({ seen, heldOut, learnt });
    part("epochs").textContent = (seen * sheet.side ** 2 / sheet.images.length).toFixed(1);
    part("speed").textContent = seconds ? Math.round(seen / seconds).toLocaleString("en") : "–";
    part("loss").textContent = heldOut.toFixed(4);
    const share = `${Math.round(100 * heldOut / average)} %`;
    if (loss !== "cross-entropy") part("left").textContent = `Of the error of the average picture, ${share} is left.`;
    if (!isFast) part("slow").hidden = false;
    views.pairs.show(pictures);
    views.map.show(codes, codeSize);
    views.sliders.learn(decoder, codes);
    if (followed === null) views.map.mark(views.sliders.code());
    else showCode();
    drawCurve(loss);
  }
  function drawCurve(loss) {
    curve.draw({
      points: training?.points ?? [],
      average: training?.average ?? before?.average,
      before: before?.points,
      name: LOSS_NAMES[loss]
    });
  }
  function tell(text) {
    if (part("said").textContent !== text) part("said").textContent = text;
  }
  function redraw() {
    drawCurve(settings().loss);
    views?.map.draw();
  }
  function begin() {
    part("playground").hidden = false;
    form.oninput = prepare;
    form.onsubmit = (event) => event.preventDefault();
    part("start").onclick = startOrPause;
    part("reset").onclick = prepare;
    let wasRunning = false;
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) wasRunning = Boolean(training?.running);
      if (wasRunning) run(!document.hidden);
    });
    window.addEventListener("resize", redraw);
    new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    if (navigator.connection?.saveData) describe2(settings());
    else prepare();
  }
  if (window.Worker && window.DecompressionStream) begin();
})();
