import assert from "node:assert/strict";
import { test } from "node:test";
import { makeModels } from "../model.js";

test("who listens to a trait is told once of each change, when all traits have their new values", () => {
  const [model] = makeModels([["view", { left: 1, right: 2 }]]);
  const told = [];
  const tell = () => told.push([model.get("left"), model.get("right")]);
  model.on("change:left change:right", tell);
  model.set({ left: 3, right: 4 });
  model.set("left", 3);
  model.set("left", 5);
  assert.deepEqual(told, [[3, 4], [3, 4], [5, 4]]);
  model.off("change:left change:right", tell);
  model.set("left", 6);
  model.off("change:unheard", tell);
  assert.equal(told.length, 3);
});

test("a kernel is neither told nor waited for", () => {
  const [model] = makeModels([["view", {}]]);
  model.on("msg:custom", assert.fail);
  model.save_changes();
  model.send({ hold: true });
});

test("models are found by their places, and one that is not there is an error", async () => {
  const [row, slider] = makeModels([["row", { children: ["IPY_MODEL_1"] }], ["slider", { value: 1 }]]);
  assert.equal(await row.widget_manager.get_model("1"), slider);
  assert.deepEqual([row.kind, slider.kind], ["row", "slider"]);
  await assert.rejects(row.widget_manager.get_model("2"), /has 2 models, and none is named 2/);
});
