// The script of the course's web pages. A page has places for widgets,
//
//     <div class="aelib-host" data-state="01-sliders-2-0" data-bytes="240000"><div class="aelib-still">…</div></div>
//
// each with a still picture, which stays until the state of its widget has been loaded: states/NAME.js beside this
// script, of so many bytes. They are classic scripts, as this is one, for neither modules nor fetch work from file://.

import { fromBlocks, make } from "./basics.js";
import { makeModels } from "./model.js";
import { elementOf } from "./page.js";
import { fromBase64, readState } from "./state.js";

const STATES = new URL("states/", document.currentScript.src);
const FIRST =
  ".aelib-live button, .aelib-map, .aelib-plane button, .aelib-words button, .aelib-settings select, input"; // to use
const NEAR = "1000px"; // from the edge of the window: what comes so near is loaded
window.aelibStates = {}; // which the files of states fill

/** Return the state, or the weights, of a name, once they have been loaded; or null where they cannot be. */
function load(name) {
  return new Promise((resolve) => {
    const script = make("script", { src: new URL(`${name}.js`, STATES) });
    script.onload = script.onerror = () => {
      script.remove();
      resolve(window.aelibStates[name] ?? null);
    };
    document.head.append(script);
  });
}

/** Answer a view that asks for the weights of a network: they are in a file beside the states. */
async function sendWeights({ weights }, reply) {
  if (weights === undefined) return;
  const blocks = await load(weights);
  if (blocks) return reply({ weights, part: 0, parts: 1, numbers: fromBlocks(fromBase64(blocks)) });
  reply({ weights, part: 0, parts: 0 });
  reply({ error: "The network could not be loaded. Is there a connection? Draw again in some seconds to try again." });
}

/** Put the live widget of a place before its still picture, which is folded away; return it, or null where it did not load. */
async function enliven(place) {
  const state = await load(place.dataset.state);
  if (!state) {
    offer(place, "Try again", "The live version did not load. Are you still online?");
    return null;
  }
  const [root] = makeModels(readState(state), sendWeights);
  const live = await elementOf(root);
  const summary = make("summary", { textContent: "The same as a still picture" });
  const fold = make("details", { className: "aelib-fold" }, summary, place.querySelector(".aelib-still"));
  place.append(live, fold);
  return live;
}

/** Put before the still picture of a place a button that makes it live, and a sentence that says why it is not. */
function offer(place, text, why = "") {
  const reason = make("span", { textContent: why });
  reason.setAttribute("role", "alert");
  const button = make("button", { textContent: text });
  const bar = make("p", { className: "aelib-offer" }, reason, button);
  button.onclick = async () => {
    button.disabled = true;
    const live = await enliven(place);
    bar.remove();
    (place.querySelector(live ? FIRST : "button") ?? live.querySelector(":enabled")).focus();
  };
  place.prepend(bar);
}

const places = document.querySelectorAll(".aelib-host");
if (navigator.connection?.saveData) {
  for (const place of places) offer(place, `Make it live (${(place.dataset.bytes / 1e6).toFixed(1)} MB)`);
} else {
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        observer.unobserve(target);
        enliven(target);
      }
    },
    { rootMargin: NEAR },
  );
  for (const place of places) observer.observe(place);
}
