// Pictures that are moved, turned and recoloured, as vary in aelib/variation.py does it.

/** Return an image (C, H, W), numbers from 0 to 1, that is turned, then moved, and changed in brightness and hue. right and
 * down are pixels, turn is in degrees, clockwise, hue in turns of the circle of hues; background comes in from the rim.
 */
export function vary(image, shape, { right, down, turn, brightness, hue }, background) {
  const moved = right || down || turn ? resampled(image, shape, [right, down], (turn * Math.PI) / 180, background) : image;
  const lit = moved.map((value) => Math.min(brightness * value, 1));
  return hue && shape[0] === 3 ? withHue(lit, hue) : lit;
}

/** Return the image turned by an angle and moved, each pixel being interpolated between the four nearest. */
function resampled(image, [channels, height, width], [right, down], angle, background) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const at = (c, y, x) =>
    x < 0 || y < 0 || x >= width || y >= height ? background : image[(c * height + y) * width + x];
  const moved = new Float32Array(image.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [x - middleX - right, y - middleY - down];
      const [sourceX, sourceY] = [cos * fromX + sin * fromY + middleX, cos * fromY - sin * fromX + middleY];
      const [left, top] = [Math.floor(sourceX), Math.floor(sourceY)];
      const [alongX, alongY] = [sourceX - left, sourceY - top];
      for (let c = 0; c < channels; c++) {
        const above = (1 - alongX) * at(c, top, left) + alongX * at(c, top, left + 1);
        const below = (1 - alongX) * at(c, top + 1, left) + alongX * at(c, top + 1, left + 1);
        moved[(c * height + y) * width + x] = (1 - alongY) * above + alongY * below;
      }
    }
  }
  return moved;
}

/** Return a colour image whose hues are turned, where brightest and darkest channel of each pixel stay what they are. */
function withHue(image, turn) {
  const size = image.length / 3;
  const turned = new Float32Array(image.length);
  for (let i = 0; i < size; i++) {
    const [red, green, blue] = [image[i], image[size + i], image[2 * size + i]];
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const hue = chroma && hueOf(red, green, blue, value, chroma) + 6 * turn; // in sixths of the circle
    [5, 3, 1].forEach((place, channel) => {
      const k = (((place + hue) % 6) + 6) % 6;
      turned[channel * size + i] = value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
    });
  }
  return turned;
}

function hueOf(red, green, blue, value, chroma) {
  if (value === red) return (green - blue) / chroma;
  return value === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
}
