import { floats, group, make, oncePerFrame } from "../basics.js";
import { fewestEdits, makeMender, problemOf } from "../words.js";

const SLICE = 8; // milliseconds of a frame that go into the codes of the dictionary
const SHOWN = 5; // words of a list

/** A field for a word, and with each letter typed: the words with the nearest codes, what the decoder spells, and the words
 * that the fewest edits lead to.
 */
export function renderMender({ model, el }) {
  const dictionary = model.get("dictionary").split(" ");
  const mender = makeMender(dictionary, model.get("sizes"), floats(model.get("weights")));
  const field = make("input", { type: "text", value: model.get("typed"), spellcheck: false, autocomplete: "off" });
  field.setAttribute("autocapitalize", "off"); // on a phone
  field.setAttribute("autocorrect", "off"); // in Safari
  const typed = () => field.value.toLowerCase();
  const near = makeList("Nearest codes", "distance: 1 − cosine");
  const spelling = makeSpelling();
  const edited = makeList("Fewest edits", "letters put in, left out, replaced or swapped");
  const state = make("output");
  state.setAttribute("aria-live", "polite");

  function tell(text, isResult = false) {
    if (!isResult) [near, spelling, edited].forEach(({ clear }) => clear());
    if (state.textContent !== text) state.textContent = text; // or a screen reader would say it again
  }
  function mend(wrong) {
    const { nearest, spelt } = mender.look(wrong, SHOWN);
    const { edits, words } = fewestEdits(wrong, dictionary);
    near.show(nearest.map(({ word, distance }) => [word, makeBar(distance), distance.toFixed(2)]));
    spelling.show(spelt, nearest[0].word);
    edited.show(words.slice(0, SHOWN).map((word) => [word, counted(edits, "edit")]), words.length - SHOWN);
    tell(
      `${wrong}: the nearest code is that of ${nearest[0].word}, ${nearest[0].distance.toFixed(2)} away; the decoder ` +
        `spells ${spelt || "nothing"}; ${counted(edits, "edit")} lead${edits === 1 ? "s" : ""} to ${words[0]}` +
        (words.length > 1 ? `, or to ${counted(words.length - 1, "other word")}.` : "."),
      true,
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
  /** Hand on what is in the field, if it is a word. */
  function take() {
    if (!problemOf(typed()) && typed() !== model.get("typed")) {
      model.set("typed", typed());
      model.save_changes();
    }
    update();
  }
  /** Take up what somebody else has set. */
  function follow() {
    if (typed() !== model.get("typed")) field.value = model.get("typed");
    update();
  }
  field.oninput = take;
  const examples = model.get("examples").map((example) => {
    const fill = () => {
      field.value = example;
      take();
    };
    return make("button", { textContent: example, onclick: fill });
  });
  const bar = group("A word, and examples", "aelib-buttons", make("label", {}, "a word ", field), "such as", ...examples);
  const panels = [near, spelling, edited].map(({ panel }) => panel);
  const lists = make("div", { className: "aelib-frames aelib-mended" }, ...panels);
  el.replaceChildren(make("div", { className: "aelib-tools aelib-mender" }, bar, state, lists));
  model.on("change:typed", follow);
  update();
  return () => {
    update.stop();
    model.off("change:typed", follow);
  };
}

const counted = (number, thing) => `${number.toLocaleString("en")} ${thing}${number === 1 ? "" : "s"}`;

/** Return a panel with a title, and a line that explains it. */
function makePanel(title, said, shown) {
  return make("figure", {}, make("figcaption", {}, make("b", { textContent: title })), said, shown);
}

/** Return a panel with a list of words; show(lines, more) fills it, each line a word and what is said of it, and tells how
 * many more there are.
 */
function makeList(title, explanation) {
  const list = make("ol");
  const panel = makePanel(title, make("span", { textContent: explanation }), list);
  function show(lines, more = 0) {
    const others = more > 0 ? [make("li", { textContent: `and ${more.toLocaleString("en")} more` })] : [];
    list.replaceChildren(...lines.map((parts) => make("li", {}, ...parts.map(inSpan))), ...others);
  }
  return { panel, show, clear: () => list.replaceChildren() };
}

const inSpan = (part) => (typeof part === "string" ? make("span", { textContent: part }) : part);

/** Return a bar as long as a distance; half a turn away, at 2, is no farther than a quarter. */
function makeBar(distance) {
  const bar = make("span", { className: "aelib-bar" }, make("span"));
  bar.firstChild.style.width = `${100 * Math.min(Math.max(distance, 0), 1)}%`;
  return bar;
}

/** Return a panel for what the decoder spells; show(spelt, nearest) frames the letters that the nearest word has not. */
function makeSpelling() {
  const said = make("span");
  const word = make("div", { className: "aelib-spelt" });
  word.setAttribute("role", "img");
  function show(spelt, nearest) {
    const letters = [...spelt].map((letter, i) => make(letter === nearest[i] ? "span" : "b", { textContent: letter }));
    word.replaceChildren(...letters);
    said.textContent = compared(spelt, nearest);
    word.setAttribute("aria-label", `${spelt || "no letter"}, ${said.textContent}`);
  }
  function clear() {
    word.replaceChildren();
    said.textContent = "";
    word.setAttribute("aria-label", "nothing yet");
  }
  return { panel: makePanel("The decoder spells", said, word), show, clear };
}

function compared(spelt, nearest) {
  if (spelt === nearest) return "as the nearest word";
  if (nearest.startsWith(spelt)) return `less than all of ${nearest}`;
  return `framed: not as in ${nearest}`;
}
