// The models of a widget where there is no kernel: what our views use of anywidget's front-end protocol.

/** Return the models of a state, a list of [kind, traits]. A model is named by its place there, and the first one holds
 * all others. kind says what shows it: see browser/page.js. What a view sends, answer(message, reply) gets in place of the
 * kernel; reply(message, buffers) sends something back.
 */
export function makeModels(state, answer = () => {}) {
  const widget_manager = {
    async get_model(name) {
      if (!models[name]) throw new Error(`The state has ${models.length} models, and none is named ${name}.`);
      return models[name];
    },
  };
  const models = state.map(([kind, traits]) => ({ kind, widget_manager, hasKernel: false, ...makeModel(traits, answer) }));
  return models;
}

function makeModel(traits, answer) {
  const listeners = {}; // sets of functions, by what they listen to
  const tell = (name, ...values) => listeners[name]?.forEach((listener) => listener(...values));
  const each = (names, work) => names.split(" ").forEach((name) => work((listeners[name] ??= new Set())));
  return {
    get: (name) => traits[name],
    /** Set a trait, or those of an object, and then tell who listens to those that have changed. */
    set(name, value) {
      const values = typeof name === "string" ? { [name]: value } : name;
      const changed = Object.keys(values).filter((key) => traits[key] !== values[key]);
      Object.assign(traits, values);
      changed.forEach((key) => tell(`change:${key}`));
    },
    on: (names, listener) => each(names, (set) => set.add(listener)),
    off: (names, listener) => each(names, (set) => set.delete(listener)),
    save_changes() {}, // there is no one else to tell
    send: (message) => answer(message, (...reply) => tell("msg:custom", ...reply)),
  };
}
