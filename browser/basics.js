// Small things that every view needs.

/** Return the Float32Array that the kernel sent as bytes, which begin anywhere in a message. */
export const floats = (view) =>
  new Float32Array(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));

/** Return the Uint8Array that the kernel sent. */
export const bytes = (view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/** Return a number, or the bound that it is beyond. */
export const between = (value, low, high) => Math.min(Math.max(value, low), high);

/** Return a new element with properties and children. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Return a function that has work done in the next frame of the screen, once, however often it is called before; its
 * stop() takes that back, and all that would come after it.
 */
export function oncePerFrame(work) {
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
