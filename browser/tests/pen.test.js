import assert from "node:assert/strict";
import { test } from "node:test";
import { cover, makePen, makeSurface } from "../pen.js";
import { addOutline } from "../views/brush.js";

/** Return a pen on a surface of 10 × 5, and what it tells its view. */
function somePen() {
  const told = { lines: [], puts: [], changes: 0 };
  const pen = makePen({
    size: () => [10, 5],
    draw: (from, to) => told.lines.push([from, to]),
    put: (isDown) => told.puts.push(isDown),
    changed: () => told.changes++,
  });
  return { pen, told };
}

test("a pen draws only while it is down, a dot first, and stays on its surface", () => {
  const { pen, told } = somePen();
  pen.moveTo([2, 2]);
  assert.deepEqual(told, { lines: [], puts: [], changes: 1 });
  pen.toggle();
  pen.moveBy([1, 0], 4);
  pen.moveBy([0, -1], 99);
  pen.toggle();
  pen.moveTo([-3, 9]);
  assert.deepEqual(told.lines, [[[2, 2], [2, 2]], [[2, 2], [6, 2]], [[6, 2], [6, 0]]]);
  assert.deepEqual([told.puts, pen.position, told.changes], [[true, false], [0, 5], 6]);
});

test("a pen that is pressed elsewhere draws no line to there, and is lifted once", () => {
  const { pen, told } = somePen();
  pen.press([1, 1]);
  pen.press([9, 4]);
  pen.lift();
  pen.lift();
  assert.deepEqual(told.lines, [[[1, 1], [1, 1]], [[9, 4], [9, 4]]]);
  assert.deepEqual(told.puts, [true, true, false]);
});

test("a pen that a key has put down draws to where keys move it, and not to where a pointer passes by", () => {
  const { pen, told } = somePen();
  pen.follow([2, 2], false);
  pen.toggle();
  pen.follow([9, 4], false);
  pen.moveBy([1, 0], 1);
  pen.press([5, 5]);
  pen.follow([6, 5], true);
  assert.deepEqual(told.lines, [[[2, 2], [2, 2]], [[2, 2], [3, 2]], [[5, 5], [5, 5]], [[5, 5], [6, 5]]]);
});

/** Return an element of 200 × 100 pixels within a border of 1, at (50, 20) of the window, and what its surface tells. */
function someSurface(release = true) {
  const told = [];
  const tell = (name) => (...given) => told.push([name, ...given]);
  const element = {
    clientLeft: 1,
    clientTop: 1,
    clientWidth: 200,
    clientHeight: 100,
    getBoundingClientRect: () => ({ left: 50, top: 20 }),
    setAttribute() {},
    addEventListener() {},
    setPointerCapture: tell("capture"),
  };
  makeSurface(element, {
    size: () => [20, 10],
    point: tell("point"),
    press: tell("press"),
    release: release ? () => told.push(["release"]) : undefined,
    arrow: tell("arrow"),
    keys: { Enter: () => told.push(["enter"]) },
  });
  return { element, told };
}

const at = (x, y, more = {}) => ({ clientX: x, clientY: y, button: 0, pointerId: 7, ...more });

test("a pointer is at a place of the surface, in its units, within the border", () => {
  const { element, told } = someSurface();
  element.onpointerdown(at(51, 21));
  element.onpointermove(at(251, 121));
  element.onpointermove(at(0, 71, { getCoalescedEvents: () => [at(151, 71), at(0, 71)] }));
  element.onpointerup(at(0, 71));
  element.onpointermove(at(151, 71));
  assert.deepEqual(told, [
    ["capture", 7], ["press", [0, 0]], ["point", [20, 10], true], ["point", [10, 5], true], ["point", [0, 5], true],
    ["release"], ["point", [10, 5], false],
  ]);
});

test("while one pointer is held no other one counts, until it is let go or the focus is lost", () => {
  for (const letGo of ["onpointerup", "onpointercancel", "onblur"]) {
    const { element, told } = someSurface();
    const second = at(251, 121, { pointerId: 8 });
    element.onpointerdown(at(51, 21));
    element.onpointerdown(second);
    element.onpointermove(second);
    element.onpointerup(second);
    assert.deepEqual(told.splice(0), [["capture", 7], ["press", [0, 0]]]);
    element[letGo](letGo === "onblur" ? {} : at(51, 21));
    element.onpointerdown(second);
    assert.deepEqual(told, [["release"], ["capture", 8], ["press", [20, 10]]]);
  }
});

test("only the first button presses, and a view that waits for no release does not hold the pointer", () => {
  const { element, told } = someSurface(false);
  element.onpointerdown(at(51, 21, { button: 2 }));
  assert.deepEqual(told, []);
  element.onpointerdown(at(51, 21));
  assert.deepEqual([told, element.onblur], [[["press", [0, 0]]], undefined]);
});

test("keys are taken from the page where the view understands them, and no others", () => {
  const { element, told } = someSurface();
  const pressed = (key, more = {}) => {
    let taken = false;
    element.onkeydown({ key, shiftKey: false, preventDefault: () => (taken = true), ...more });
    return taken;
  };
  assert.ok(pressed("ArrowLeft") && pressed("ArrowDown", { shiftKey: true }) && pressed("Enter"));
  assert.ok(!pressed("a") && !pressed("Tab") && !pressed("ArrowUp", { ctrlKey: true }) && !pressed("Enter", { metaKey: true }));
  assert.deepEqual(told, [["arrow", [-1, 0], false], ["arrow", [0, 1], true], ["enter"]]);
});

/** Return what a stroke covers of a surface, row by row. */
function covered([width, height], broad, from, to) {
  const drawn = new Uint8Array(height * width);
  cover(drawn, [width, height], broad, from, to);
  return Array.from({ length: height }, (_, y) => drawn.subarray(y * width, (y + 1) * width).join(""));
}

test("a stroke covers the pixels whose middles it reaches", () => {
  assert.deepEqual(covered([6, 3], 1, [1.5, 1.5], [4.5, 1.5]), ["000000", "011110", "000000"]);
  assert.deepEqual(covered([5, 5], 3, [2.5, 2.5], [2.5, 2.5]), ["00000", "01110", "01110", "01110", "00000"]);
  assert.deepEqual(covered([4, 4], 1, [0, 0], [4, 4]), ["1000", "0100", "0010", "0001"]);
  assert.deepEqual(covered([4, 2], 1, [9, 9], [12, 9]), ["0000", "0000"]);
});

test("the outline runs between what is covered and what is not, and along the edge", () => {
  const sides = [];
  let from;
  const lines = { moveTo: (...place) => (from = place), lineTo: (...place) => sides.push([from, place].join(" ")) };
  addOutline(lines, Uint8Array.from([1, 1, 0, 0, 0, 0]), [3, 2]);
  assert.deepEqual(sides.sort(), ["0,0 0,1", "0,0 1,0", "0,1 1,1", "1,0 2,0", "1,1 2,1", "2,0 2,1"].sort());
});
