"""Draw images/three-uses.png, the picture in the README, with the network of lesson 1.

python tools/readme_picture.py
"""

from pathlib import Path

import torch
from matplotlib.backends.backend_agg import FigureCanvasAgg

from aelib import data, plots, training

PICTURE = Path(__file__).parents[1] / "images" / "three-uses.png"
COLUMNS = 8


def main() -> None:
    """Draw five rows: originals, compressed, damaged, repaired, and a walk between two codes."""
    network = training.pretrained("dense-32")
    fashion = data.load("fashion-mnist")
    test = data.as_float(fashion.test)
    with torch.no_grad():
        sneaker, boot = (network.encode(test[fashion.test_labels == label][:1]) for label in (7, 9))
        steps = torch.linspace(0, 1, COLUMNS)[:, None]
        walk = network.decode((1 - steps) * sneaker + steps * boot)
        compressed = network(test[30 : 30 + COLUMNS])
    damaged, repaired = repair(network, test[30 : 30 + COLUMNS])
    rows = {
        "a picture,": test[30 : 30 + COLUMNS],
        "from 32 numbers": compressed,
        "damaged": damaged,
        "repaired": repaired,
        "a walk between\ntwo codes": walk,
    }
    figure, axes = plots.subplots(len(rows), COLUMNS, size=(8, 4.6))
    for row, (name, images) in zip(axes, rows.items(), strict=True):
        for panel, image in zip(row, images, strict=True):
            plots.draw_image(panel, image)
        row[0].set_ylabel(name, rotation=0, ha="right", va="center")
    FigureCanvasAgg(figure).print_png(PICTURE, metadata={"Software": None})


def repair(network: torch.nn.Module, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Cut a hole into images (N, C, H, W); search, as lesson 1 does, the codes that fit the pixels that are left."""
    known = torch.ones_like(images)
    known[:, :, 9:19, 9:19] = 0
    damaged = images * known
    codes = network.encode(damaged).detach().requires_grad_()
    optimizer = torch.optim.Adam([codes], lr=0.1)
    for _ in range(200):
        loss = ((network.decode(codes) - damaged) * known).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return damaged, network.decode(codes).detach()


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    main()
