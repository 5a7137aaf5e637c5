// Pictures that the kernel is asked for.

import { make } from "./basics.js";

/** Listen to what the kernel answers: answered(message, buffers) is called, unless it is an error.
 *
 * Return problem, the element that says what went wrong until the next answer; hurry(), to be called after each change
 * that the kernel is to answer; and stop(), for when the view goes away.
 *
 * The kernel answers when a trait has a new value there. ipywidgets keeps one message of each model on its way, and then
 * sends the newest values, so that a slow kernel skips what has passed.
 */
export function listenToKernel(model, answered) {
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
      // Jupyter's server sends small answers by Nagle's algorithm: after the first one, which only says that the kernel
      // is busy, the others wait until the browser acknowledges it, in up to 40 ms. An empty message does so at once.
      clearTimeout(timer);
      timer = setTimeout(() => model.send({}), 16);
    },
    stop() {
      clearTimeout(timer);
      model.off("msg:custom", receive);
    },
  };
}
