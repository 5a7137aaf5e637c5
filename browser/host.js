// What a notebook and a page import, as aelib/assets/widgets.js: makeNetwork, nearest and paint know nothing of Jupyter,
// and a plain page can use them. render is what anywidget calls.

import { keepKeys } from "./controls.js";
import { renderAnomaly } from "./views/anomaly.js";
import { renderBrush } from "./views/brush.js";
import { renderCosts } from "./views/costs.js";
import { renderExplorer } from "./views/explorer.js";
import { renderJudge } from "./views/judge.js";
import { renderMender } from "./views/mender.js";
import { renderPhoto } from "./views/photo.js";
import { renderPlane } from "./views/plane.js";
import { renderQuality } from "./views/quality.js";
import { renderSketch } from "./views/sketch.js";
import { renderSliders } from "./views/sliders.js";
import { renderSuggestions } from "./views/suggestions.js";
import { renderVariation } from "./views/variation.js";

export { makeNetwork, nearest } from "./engine.js";
export { paint } from "./paint.js";

// By the names that the trait view has in aelib/widgets/.
const VIEWS = {
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
  variation: renderVariation,
};

/** Fill el, a place where a widget is shown; return what is to be called when that place goes away. */
function render({ model, el }) {
  keepKeys(el);
  return VIEWS[model.get("view")]({ model, el });
}

export default { render };
