import { between, bytes, group, make, oncePerFrame } from "../basics.js";
import { best, digitsFor, makeScorer } from "../suggestions.js";

const OFFERED = 30; // names that stand there to be ticked; others can be typed
const SHOWN = 10; // suggestions of a method
let fields = 0; // in the page, each with a list of its own

/** Words to tick, and the words that each method suggests beside them; one ticks these by a click. */
export function renderSuggestions({ model, el }) {
  const names = model.get("names");
  const isTicked = (name) => model.get("chosen").includes(name);
  const score = makeScorer(bytes(model.get("matrices")), model.get("scales"));
  const panels = model.get("methods").map((method) => makePanel(method, toggle));
  const entries = new Map(); // the buttons of the words that stand there, in their order
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
  function add(name) {
    const button = make("button", { textContent: name, onclick: () => toggle(name) });
    entries.set(name, button);
    list.append(button);
  }
  names.slice(0, OFFERED).forEach(add);

  const update = oncePerFrame(() => {
    const chosen = model.get("chosen");
    chosen.filter((name) => !entries.has(name)).forEach(add); // and there it stays, to be ticked again
    entries.forEach((button, name) => button.setAttribute("aria-pressed", chosen.includes(name)));
    say(chosen.length ? `Ticked: ${chosen.join(", ")}` : "Tick a word, and each method suggests others.");
    const ticked = chosen.map((name) => names.indexOf(name));
    score(ticked).forEach((scores, method) => panels[method].show(names, scores, ticked));
  });

  const bar = group("Tick other words, or none", "aelib-buttons", ...typed, clear, state);
  const methods = make("div", { className: "aelib-frames" }, ...panels.map(({ panel }) => panel));
  el.replaceChildren(make("div", { className: "aelib-tools aelib-suggestions" }, list, bar, methods));
  model.on("change:chosen", update);
  update();
  return () => {
    update.stop();
    model.off("change:chosen", update);
  };
}

/** Return a field, with its name and a list to choose from, where one types one of the names to tick it. */
function makeField(names, tick, say) {
  const id = `names-to-tick-${fields++}`;
  const options = make("datalist", { id }, ...names.map((value) => make("option", { value })));
  const field = make("input", { type: "text", autocomplete: "off", spellcheck: false });
  field.setAttribute("list", id);
  function take() {
    const text = field.value.trim();
    if (!text) return;
    const name = names.find((name) => name === text) ?? names.find((name) => name.toLowerCase() === text.toLowerCase());
    if (name === undefined) return say(`“${text}” is none of the ${names.length.toLocaleString("en")} words.`);
    field.value = "";
    tick(name);
  }
  field.onchange = take;
  field.oninput = ({ inputType }) => inputType === "insertReplacementText" && take(); // chosen from the list
  return [make("label", {}, "another word ", field), options];
}

/** Return a panel for what a method suggests, and show(names, scores, ticked), which fills it. */
function makePanel(method, tick) {
  const own = makeLine(make("div", { className: "aelib-own" }));
  const lines = Array.from({ length: SHOWN }, () => makeLine(make("button")));
  const others = group(`Suggestions of ${method}; press one to tick it`, "aelib-words", ...lines.map(({ line }) => line));
  const said = make("output");
  const panel = make("figure", {}, make("figcaption", {}, make("b", { textContent: method })), own.line, others, said);

  function show(names, scores, ticked) {
    const found = ticked.length ? best(scores, ticked, SHOWN) : [];
    const mean = ticked.reduce((sum, place) => sum + scores[place], 0) / (ticked.length || 1);
    const shown = [mean, ...found.map((place) => scores[place])];
    const digits = digitsFor(shown);
    const write = (score) => (Number(score.toFixed(digits)) || 0).toFixed(digits); // never "-0.00"
    const longest = Math.max(...shown, 0) || 1;
    const fill = ({ show }, name, score) => show(name, score / longest, write(score));
    fill(own, "ticked words, mean", mean);
    own.line.hidden = ticked.length === 0;
    lines.forEach((entry, i) => {
      entry.line.hidden = i >= found.length;
      if (i >= found.length) return;
      fill(entry, names[found[i]], scores[found[i]]);
      entry.line.onclick = () => tick(names[found[i]]);
    });
    said.textContent = ticked.length
      ? `ticked words score ${write(mean)}; best other ${found.length ? write(scores[found[0]]) : "none"}`
      : "";
  }
  return { panel, show };
}

/** Return a line with a name, a bar and a number in an element; and show(name, share, number). */
function makeLine(line) {
  const bar = make("span");
  const parts = [make("span"), make("span", { className: "aelib-bar" }, bar), make("span")];
  line.append(...parts);
  function show(name, share, number) {
    parts[0].textContent = name;
    parts[2].textContent = number;
    bar.style.width = `${100 * between(share, 0, 1)}%`;
  }
  return { line, show };
}
