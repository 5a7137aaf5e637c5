"""Train the networks that come with the package, and write them to aelib/assets/*.safetensors.

    python tools/train_weights.py

Takes about three minutes on one CPU core. Prints each file's SHA-256; they stand in aelib/training.py.
The same machine and seed give the same weights; another kind of CPU may differ in the last digits.
"""

import hashlib
from pathlib import Path

import torch

from aelib import data, metrics, models, training

ASSETS = Path(__file__).parents[1] / "aelib" / "assets"


def train_dense_32() -> None:
    """Train the network of lesson 1 on the embedded 20,000 images of Fashion-MNIST."""
    fashion = data.load("fashion-mnist")
    model = models.DenseAutoencoder(code_size=32, hidden=(512,))
    history = training.fit(
        model, fashion.train, epochs=50, batch_size=64, learning_rate=6e-3, weight_decay=0.1, one_cycle=True
    )
    path = ASSETS / "dense-32.safetensors"
    training.save(model, path)
    with torch.no_grad():
        psnr = metrics.psnr(fashion.test, model(data.as_float(fashion.test)))
    print(f"dense-32: {history}; test PSNR {psnr:.2f} dB; SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    torch.set_num_threads(1)  # the same weights whatever the number of cores
    train_dense_32()
