import { make } from "../basics.js";
import { followSliders, modelsIn } from "../controls.js";
import { decodedPicture } from "../decoded.js";

/** The picture beside sliders: it reads the code off the sliders, without asking the kernel. */
export async function renderSliders({ model, el }) {
  const sliders = await modelsIn(model, "sliders");
  const picture = decodedPicture(model);
  const { codes } = picture;
  const move = (code) =>
    picture.atOnce(() => {
      sliders.forEach((slider, unit) => {
        slider.set("value", code[unit]);
        slider.save_changes();
      });
    });
  const button = (text, title, code) => make("button", { textContent: text, title, onclick: () => move(code()) });
  const anywhere = (slider) => slider.get("min") + Math.random() * (slider.get("max") - slider.get("min"));
  const realCode = () => {
    const first = sliders.length * Math.floor((Math.random() * codes.length) / sliders.length);
    return codes.subarray(first, first + sliders.length);
  };
  const buttons = make(
    "div",
    { className: "aelib-buttons" },
    button("Random code", "Each unit anywhere in its range", () => sliders.map(anywhere)),
    button("A real image's code", "The code of a real image, drawn at random", realCode),
    button("Reset", "The mean of the real codes", () => model.get("middle")),
  );
  el.replaceChildren(make("div", { className: "aelib-live" }, ...picture.parts, buttons));

  const stop = followSliders(sliders, el, () => picture.show(sliders.map((slider) => slider.get("value"))));
  return () => {
    stop();
    picture.stop();
  };
}
