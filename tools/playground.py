"""Write the playground: a page in which an autoencoder learns while you watch.

    python tools/playground.py build/site

The page is ``site/playground.html``, its script comes from ``browser/playground/`` by ``make browser``. The pictures it
learns from are written here, from the course's own data, rather than committed: they are in the repository already.
"""

import base64
import gzip
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from aelib import data

ROOT = Path(__file__).parents[1]
LOADED = ("site/static/playground.css", "site/static/playground.js")
LICENCES = ("LICENSES/Fashion-MNIST-MIT.txt", "LICENSES/Noto-Emoji-Apache-2.0.txt")
SIDE = 28  # side of a grey picture, in pixels
# How many pictures to learn from, and how many are held out.
CLOTHES, EMOJI = (4000, 1000), (2000, 400)


def write(folder: Path) -> None:
    """Write the page into a folder, and what it loads into ``_static`` in it."""
    static = folder / "_static"
    static.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "site" / "playground.html", folder)
    for name in (*LOADED, *LICENCES):
        shutil.copy(ROOT / name, static)
    for name, sheet in (("clothes", clothes()), ("emoji", emoji())):
        # A classic script, which a page can load from a disk too; fetch and modules cannot.
        text = f"(window.playgroundSheets ??= {{}}).{name} = {json.dumps(sheet, ensure_ascii=False)};\n"
        (static / f"playground-{name}.js").write_text(text, encoding="utf-8")


def clothes() -> dict:
    """Return pictures of Fashion-MNIST, and the classes of the held-out ones."""
    fashion = data.load("fashion-mnist")
    train, test = CLOTHES
    labels = fashion.test_labels[:test].tolist()
    return sheet(fashion.train[:train], fashion.test[:test], labels, fashion.classes)


def emoji() -> dict:
    """Return grey emoji; each is a class of its own, so classes would say nothing."""
    noto = data.load("emoji")
    train, test = EMOJI
    return sheet(_in_grey(_spread(noto.train, train)), _in_grey(_spread(noto.test, test)), [], ())


def sheet(train: torch.Tensor, test: torch.Tensor, labels: list[int], classes: tuple[str, ...]) -> dict:
    """Return what the page reads: pictures (N, 1, 28, 28), ``uint8``, packed into text, and what is known of them."""
    packed = gzip.compress(torch.cat([train, test]).numpy().tobytes(), mtime=0)
    return {
        "side": SIDE,
        "learnt": len(train),
        "labels": labels,
        "classes": list(classes),
        "packed": base64.b64encode(packed).decode(),
    }


def _spread(images: torch.Tensor, count: int) -> torch.Tensor:
    """Return ``count`` images from the whole of a set, which is in the order of their names."""
    return images[torch.linspace(0, len(images) - 1, count).long()]


def _in_grey(images: torch.Tensor) -> torch.Tensor:
    """Turn colour images (N, 3, H, W) into grey ones (N, 1, 28, 28)."""
    grey = [
        np.asarray(Image.fromarray(image).convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS))
        for image in images.permute(0, 2, 3, 1).numpy()
    ]
    return torch.from_numpy(np.stack(grey))[:, None]


if __name__ == "__main__":
    write(Path(sys.argv[1]))
