"""Draw images/three-uses.png, the picture in the README, with the network of lesson 1.

python tools/readme_picture.py
"""

from pathlib import Path

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from aelib import data, generation, plots, repair, training

PICTURE = Path(__file__).parents[1] / "images" / "three-uses.png"
COLUMNS = 8


def main() -> None:
    """Draw five rows, originals, compressed, damaged, repaired, and a walk between two codes, with an arrow below."""
    network = training.pretrained("dense-32")
    fashion = data.load("fashion-mnist")
    test = data.as_float(fashion.test)
    images = test[30 : 30 + COLUMNS]
    damaged, lost = repair.damage(images, "centre hole", 10)
    with torch.no_grad():
        sneaker, boot = (network.encode(test[fashion.test_labels == label][:1]) for label in (7, 9))
        steps = torch.linspace(0, 1, COLUMNS)[:, None]
        walk = network.decode((1 - steps) * sneaker + steps * boot)
        compressed = network(images)
    rows = {
        "original": images,
        "from 32 numbers": compressed,
        "damaged": damaged,
        "repaired": repair.search_code(network, generation.encode_all(network, fashion.train), damaged, lost),
        "new, between\ntwo codes": walk,
    }
    figure, axes = plots.subplots(len(rows) + 1, COLUMNS, size=(8, 5.1), gridspec_kw={"height_ratios": [8] * 5 + [2]})
    for row, (name, pictures) in zip(axes, rows.items(), strict=False):
        for panel, picture in zip(row, pictures, strict=True):
            plots.draw_image(panel, picture)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    for panel in axes[-1]:
        panel.remove()
    way = figure.add_subplot(axes[-1, 0].get_gridspec()[-1, :])
    way.annotate("", (0.93, 0), (0.07, 0), arrowprops={"arrowstyle": "->", "color": "#808080", "linewidth": 2})
    way.set(xlim=(0, 1), ylim=(-1, 1))
    way.axis("off")
    FigureCanvasAgg(figure).print_png(PICTURE, metadata={"Software": None})


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    main()
