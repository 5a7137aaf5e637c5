"""Train the networks that come with the package, and write them to aelib/assets/*.safetensors.

    python tools/train_weights.py            all of them, about five hours on one CPU core
    python tools/train_weights.py rate-64    one of them

Prints each file's SHA-256, for aelib/training/weights.py. The classifier and the networks for repair need all 60,000
training images (fashion-mnist-full), from Debian's package dataset-fashion-mnist or the network; those for photographs
and sketches need what tools/photographs.py and tools/sketches.py say.
The same machine and seed give the same weights; another kind of CPU may differ in the last digits.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

import photographs
import sketches
from aelib import data, generation, metrics, models, repair, training, translation, variation, words

ASSETS = Path(__file__).parents[1] / "aelib" / "assets"


def train_dense_32() -> None:
    """Train the network of lesson 1 on the embedded 20,000 images of Fashion-MNIST."""
    fashion = data.load("fashion-mnist")
    model = models.DenseAutoencoder(code_size=32, hidden=(512,))
    history = training.fit(
        model, fashion.train, epochs=50, batch_size=64, learning_rate=6e-3, weight_decay=0.1, one_cycle=True
    )
    keep("dense-32", model, history)


def train_codec(code_size: int, bit_price: float) -> None:
    """Train a network for the codecs of lesson 4 on the same images."""
    model = models.RateAutoencoder(code_size, hidden=(512,), bit_price=bit_price)
    history = training.fit(
        model,
        data.load("fashion-mnist").train,
        epochs=200,
        batch_size=128,
        learning_rate=4e-3,
        weight_decay=0.05,
        one_cycle=True,
    )
    keep(f"rate-{code_size}", model, history)


# How the networks for emoji are trained, with half of the pictures mirrored.
EMOJI_RECIPE = {"batch_size": 64, "one_cycle": True, "gradient_limit": 1.0}


def train_conv_128() -> None:
    """Train the network of lesson 7 that takes too long for a learner to train."""
    emoji = data.load("emoji")
    model = models.ConvAutoencoder()
    varied = variation.OnVaried(model, pixels=1, mirror=True)
    history = training.fit(varied, emoji.train, steps=10_000, learning_rate=4e-3, **EMOJI_RECIPE)
    psnr = training.held_out_psnr(model, emoji.test)
    write("conv-128", model, f"{history}; test PSNR {psnr:.2f} dB")


class Discriminator(nn.Sequential):
    """Distinguishes real pictures from drawn ones, patch by patch: a score (N, 1, H/4, W/4), above 0 for real.

    After the PatchGAN of Isola, Zhu, Zhou & Efros 2017, arXiv:1611.07004.
    """

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(3, 32, 4, stride=2, padding=1), nn.LeakyReLU(0.2),  # (N, 32, H/2, W/2)
            nn.Conv2d(32, 64, 4, stride=2, padding=1), nn.BatchNorm2d(64), nn.LeakyReLU(0.2),  # (N, 64, H/4, W/4)
            nn.Conv2d(64, 1, 3, padding=1),
        )  # fmt: skip


def against_discriminator(
    network: nn.Module,
    batch: Callable[[], tuple[tuple[torch.Tensor, ...], torch.Tensor]],
    distance: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    weight: float,
    steps: int,
) -> None:
    """Train a network to draw images that a discriminator, learning alongside, takes for real.

    ``batch`` returns what the network draws from, and the images (N, 3, H, W) that it should draw. The loss is the
    ``distance`` to those, plus ``weight`` times the discriminator's verdict.
    """
    torch.manual_seed(0)
    discriminator = Discriminator()
    drawing, telling = (
        torch.optim.AdamW(each.parameters(), lr=1e-3, betas=(0.5, 0.9)) for each in (network, discriminator)
    )
    network.train()
    for _ in range(steps):
        seen, images = batch()
        drawn = network(*seen)
        told = F.softplus(-discriminator(images)).mean() + F.softplus(discriminator(drawn.detach())).mean()
        telling.zero_grad()
        told.backward()
        telling.step()
        loss = distance(drawn, images) + weight * F.softplus(-discriminator(drawn)).mean()
        drawing.zero_grad()
        loss.backward()
        drawing.step()
    network.eval()


def train_conv_64_patch() -> None:
    """Train lesson 7's network with 64 units much as the lesson does, then against a discriminator."""
    emoji = data.load("emoji")
    train = data.as_float(emoji.train)
    model = models.ConvAutoencoder(64, (16, 32, 64))
    varied = variation.OnVaried(model, mirror=True)
    history = training.fit(varied, emoji.train, steps=1_200, learning_rate=6e-3, **EMOJI_RECIPE)

    def batch() -> tuple[tuple[torch.Tensor], torch.Tensor]:
        images = train[torch.randint(len(train), (64,))]  # (64, 3, 32, 32)
        return (images,), images

    against_discriminator(model, batch, F.mse_loss, weight=0.002, steps=600)
    psnr = training.held_out_psnr(model, emoji.test)
    write("conv-64-patch", model, f"{history}, then 600 steps against a discriminator; test PSNR {psnr:.2f} dB")


# How the networks of lesson 8 are trained, on sketches of emoji.
PAINTER = {"channels": 3, "widths": (24, 48, 96), "patch": 2}
SKETCH_RECIPE = {
    "batch_size": 32,
    "learning_rate": 2e-3,
    "weight_decay": 0.05,
    "one_cycle": True,
    "gradient_limit": 0.3,
}


def train_sketch() -> None:
    """Train the network of lesson 8 that colours sketches, with or without dots of colour: first with L1, then L2."""
    network = models.RepairNet(**PAINTER)
    images, lines = sketches.varied_emoji()
    histories = []
    for compare, by_hand, steps, change in (
        (F.l1_loss, 0.6, 60_000, {}),
        (F.mse_loss, 0.8, 12_000, {"learning_rate": 1e-3, "gradient_limit": 0.1, "seed": 1}),
    ):
        learning = translation.OnSketches(network, by_hand, compare=compare)
        with convolutions_in(torch.float32, network):
            histories.append(training.fit(learning, images, lines, steps=steps, **SKETCH_RECIPE | change))
    write("sketch", network, f"{histories}; {sketch_worth(network)}")


def train_sketch_patch() -> None:
    """Continue training the network that colours sketches, against a discriminator."""
    network = training.pretrained("sketch")
    images, lines = sketches.varied_emoji()
    learning = translation.OnSketches(network).train()

    def batch() -> tuple[tuple[torch.Tensor, torch.Tensor], torch.Tensor]:
        chosen = torch.randint(len(images), (32,))
        sketched, untold, coloured = learning.varied(data.as_float(images[chosen]), lines[chosen])
        return (sketched, untold), coloured

    against_discriminator(network, batch, F.l1_loss, weight=0.02, steps=1_200)
    write("sketch-patch", network, sketch_worth(network))


class LearningFlow(nn.Module):
    """A network to be trained to lead from noise to pictures, given their outlines.

    What it adds to a mixture of noise and picture is the way from one to the other: flow matching (Lipman et al. 2023,
    arXiv:2210.02747; Liu et al. 2023, arXiv:2209.03003). It is not told how much noise there is.
    """

    def __init__(self, network: models.RepairNet) -> None:
        super().__init__()
        self.network = network

    def loss(self, images: torch.Tensor, lines: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error of the ways to images (N, 3, H, W) with outlines (N, 1, H, W), bool."""
        mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
        images, lines = (torch.where(mirrored, each.flip(3), each) for each in (images, lines))
        noise = 0.5 + 0.5 * torch.randn_like(images)
        time = torch.rand(len(images), 1, 1, 1, device=images.device)
        mixed = torch.lerp(noise, images, time)
        return F.mse_loss(self.network(mixed, lines) - mixed, images - noise)


def train_sketch_flow() -> None:
    """Train the network of lesson 8 that draws one of many colourings."""
    network = models.RepairNet(**PAINTER)
    images, lines = sketches.varied_emoji()
    with convolutions_in(torch.float32, network):
        history = training.fit(LearningFlow(network), images, lines, steps=20_000, **SKETCH_RECIPE)
    write("sketch-flow", network, str(history))


def sketch_worth(network: nn.Module) -> str:
    """Return the PSNR of a network that colours the test pictures' outlines, with dots or without."""
    emoji = data.load("emoji")
    images = data.as_float(emoji.test)
    lines = translation.family_outlines(emoji.test, [emoji.classes[label] for label in emoji.test_labels])
    worth = []
    for count in (0, 5, 20):
        told = translation.dots(count, images)
        with torch.no_grad():
            painted = network(translation.sketch(lines, images, told), ~told).clamp(0, 1)
        worth.append(f"{count} dots: {metrics.psnr(images, painted):.2f} dB")
    return "; ".join(worth)


def train_repair(name: str, damages: list[tuple[str, float]], steps: int) -> None:
    """Train a network that mends damage, on the first 50,000 training images."""
    network = models.RepairNet(1, widths=(24, 48, 96))
    images = data.load("fashion-mnist-full").train
    history = training.fit(
        repair.OnDamage(network, damages, sees_lost=True),
        images[:50_000],
        steps=steps,
        batch_size=32,
        learning_rate=1.5e-3,
        one_cycle=True,
        gradient_limit=0.1,
    )
    undamaged = data.as_float(images[50_000:50_300])  # held out, to choose recipes by instead of test images
    worth = [str(history)]
    for kind, strength in damages:
        damaged, _ = repair.damage(undamaged, kind, strength)
        with torch.no_grad():
            psnr = metrics.psnr(undamaged, network(damaged))
        worth.append(f"{kind} {strength}: {psnr:.2f} dB on held-out images")
    write(name, network, "; ".join(worth))


def round_weights(network: torch.nn.Module, bits: int) -> None:
    """Leave so many significant bits of each weight, in place.

    Its file is as large as before, but what git and pip make of it is smaller: with 6 bits of the 11 that half
    precision has, by 28 % for ``repair-lost``, which costs it 0.002 dB.
    """
    for weights in network.parameters():
        mantissas, exponents = torch.frexp(weights.data)
        weights.data = torch.ldexp((mantissas * 2**bits).round() / 2**bits, exponents)


def train_filling() -> None:
    """Train the network that fills lost pixels: its dense layers first, then the convolutions that refine them.

    The last of the three trainings sees 9,000 more images; all three hold out 1,000.
    """
    network = models.FillingNet()
    images = data.load("fashion-mnist-full").train
    damages = [("hole", 10), ("centre hole", 14), ("strokes", 3)]
    fit = partial(training.fit, one_cycle=True, gradient_limit=0.1)
    dense = repair.OnDamage(network.dense, damages, sees_lost=True)
    histories = [fit(dense, images[:50_000], steps=24_550, learning_rate=1.5e-3, weight_decay=0.05)]
    network.dense.requires_grad_(False)
    whole = repair.OnDamage(network, damages, sees_lost=True)
    histories.append(fit(whole, images[:50_000], steps=10_879, batch_size=32, learning_rate=1.5e-3))
    with convolutions_in(torch.bfloat16, network.refine):
        histories.append(fit(whole, images[:59_000], steps=44_959, batch_size=32, learning_rate=1e-3, seed=1))
    round_weights(network, 6)
    undamaged = data.as_float(images[59_000:])
    worth = [str(history) for history in histories]
    for kind, strength in damages:
        damaged, lost = repair.damage(undamaged, kind, strength)
        with torch.no_grad():
            psnr = metrics.psnr(undamaged, network(damaged, lost), lost)
        worth.append(f"{kind} {strength}: {psnr:.2f} dB of lost pixels of held-out images")
    write("repair-lost", network, "; ".join(worth))


def train_photo(
    name: str,
    build: Callable[[], torch.nn.Module],
    damages: list[tuple[str, float]],
    side: int,
    steps: int,
    learning_rate: float,
    gradient_limit: float,
    number_type: torch.dtype,
) -> None:
    """Train a network on patches, ``side`` pixels wide, of the free photographs that tools/photographs.py lists.

    Its convolutions compute in ``number_type``.
    """
    network = build()
    with convolutions_in(number_type, network.refine):
        history = training.fit(
            repair.OnDamage(network, damages, sees_lost=True),
            photographs.patches(60_000 * 64**2 // side**2, side),
            steps=steps,
            batch_size=16 * 64**2 // side**2,
            learning_rate=learning_rate,
            one_cycle=True,
            gradient_limit=gradient_limit,
        )
    round_weights(network, 6)
    worth = [str(history)]
    kind, strength = damages[0]
    for photo_name, photo in photographs.measured(photographs.VALIDATION).items():
        undamaged = data.as_float(photo[:, :, : photo.shape[2] // 2 * 2, : photo.shape[3] // 2 * 2])
        damaged, lost = repair.damage(undamaged, kind, strength)
        with torch.no_grad():
            repaired = network(damaged, lost).clamp(0, 1)
        if lost is not None:
            repaired = repair.keep_known(damaged, repaired, lost)
        worth.append(f"{photo_name}, {kind} {strength:.2f}: {metrics.psnr(undamaged, repaired):.2f} dB")
    write(name, network, "; ".join(worth))


class LearningClassifier(torch.nn.Module):
    """A classifier to be trained on images, half of them mirrored, with a fifth of their features dropped."""

    def __init__(self, classifier: models.Classifier) -> None:
        super().__init__()
        self.classifier = classifier

    def loss(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Return the mean cross-entropy of images (N, 1, 28, 28) with labels (N,)."""
        mirrored = torch.rand(len(images), 1, 1, 1, device=images.device) < 0.5
        features = self.classifier.features(torch.where(mirrored, images.flip(3), images))
        return F.cross_entropy(self.classifier.head(F.dropout(features, 0.2)), labels)


def train_classifier(name: str, images: str, seed: int) -> None:
    """Train a judge of generated images, for lessons 5 and 9, on all training images of a data set."""
    fashion = data.load(images)
    model = models.Classifier(len(fashion.classes), seed=seed)
    training.fit(
        LearningClassifier(model),
        fashion.train,
        fashion.train_labels,
        epochs=12,
        batch_size=128,
        learning_rate=2e-3,
        weight_decay=0.05,
        one_cycle=True,
        seed=seed,
    )
    with torch.no_grad():
        right = model(data.as_float(fashion.test)).argmax(1) == fashion.test_labels
    write(name, model, f"test accuracy {right.float().mean().item():.2%}")


class LearningToCompare(nn.Module):
    """An encoder to be trained to give two views of a picture the same code, with units that say different things.

    VICReg (Bardes, Ponce & LeCun 2022, arXiv:2105.04906): invariance, variance and covariance, 25 : 25 : 1.
    """

    def __init__(self, encoder: nn.Module, code_size: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.expander = nn.Sequential(nn.Linear(code_size, 256), nn.BatchNorm1d(256), nn.SiLU(), nn.Linear(256, 128))

    def loss(self, images: torch.Tensor) -> torch.Tensor:
        """Return the loss of images (N, 1, H, W), each seen twice."""
        first, second = (self.expander(self.encoder(view(images))) for _ in range(2))  # (N, 128) each
        return 25 * F.mse_loss(first, second) + sum(self._apart(codes) for codes in (first, second))

    @staticmethod
    def _apart(codes: torch.Tensor) -> torch.Tensor:
        """Return how far the units of codes (N, D) are from varying by 1, and from varying independently."""
        covariance = torch.cov(codes.T)  # (D, D)
        variances = covariance.diagonal()
        narrow = F.relu(1 - (variances + 1e-4).sqrt()).mean()
        return 12.5 * narrow + (covariance.square().sum() - variances.square().sum()) / len(variances)


def view(images: torch.Tensor) -> torch.Tensor:
    """Return an enlarged piece of each of images (N, C, H, W), some mirrored, with varied light and contrast."""
    count, device = len(images), images.device
    scale = 0.55 + 0.45 * torch.rand(count, device=device)
    stretch = 0.9 + 0.2 * torch.rand(count, device=device)
    mirror = torch.where(torch.rand(count, device=device) < 0.5, -1.0, 1.0)
    where = torch.zeros(count, 2, 3, device=device)
    where[:, 0, 0], where[:, 1, 1] = scale * mirror * stretch, scale / stretch
    where[:, :, 2] = (1 - scale)[:, None] * (2 * torch.rand(count, 2, device=device) - 1)
    grid = F.affine_grid(where, images.shape, align_corners=False)
    pieces = F.grid_sample(images, grid, align_corners=False)
    light, contrast = torch.rand(2, count, 1, 1, 1, device=device)
    return ((0.6 + 0.8 * light) * pieces).clamp(0, 1) ** (1.6 * contrast - 0.8).exp()


class LearningDecoder(nn.Module):
    """A decoder to be trained, for codes that stay as they are."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def loss(self, codes: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
        """Return the mean squared error per pixel of images (N, C, H, W) drawn from codes (N, code_size)."""
        return F.mse_loss(self.decoder(codes), images)


def train_contrastive_64() -> None:
    """Train the encoder of lesson 9 that learns without drawing, and only then a decoder for its codes."""
    fashion = data.load("fashion-mnist")
    model = models.ConvAutoencoder(64, (16, 48), (1, 28, 28))
    learning = LearningToCompare(model.encoder, 64)
    recipe = {"batch_size": 256, "learning_rate": 2e-3, "weight_decay": 0.02, "one_cycle": True}
    training.fit(learning, fashion.train, steps=12_000, **recipe)
    codes = generation.encode_all(model, fashion.train)
    history = training.fit(LearningDecoder(model.decoder), codes, fashion.train, steps=4_000, **recipe)
    keep("contrastive-64", model, history)


def train_words_128() -> None:
    """Train lesson 10's mender of typos on slips made by a program, none by a person."""
    vocabulary = words.load()
    meant = vocabulary.dictionary * 200
    model = models.WordAutoencoder()
    training.fit(
        model,
        words.as_letters(words.mistyped(meant)),
        words.as_letters(meant),
        epochs=8,
        batch_size=256,
        learning_rate=4e-3,
        weight_decay=0.02,
        one_cycle=True,
    )
    mended = words.Mender(model, vocabulary.dictionary).mend([typed for typed, _ in vocabulary.typos])
    right = sum(word == meant for word, (_, meant) in zip(mended, vocabulary.typos, strict=True))
    write("words-128", model, f"{right / len(mended):.1%} of the test typos mended by the nearest code")


@contextmanager
def convolutions_in(number_type: torch.dtype, network: torch.nn.Module) -> Iterator[None]:
    """Let a network calculate with numbers of a type; its weights keep their 24 bits of precision.

    In ``torch.bfloat16``, 8 bits of precision, training takes half the time where the processor has instructions for
    it, and ten times as long where it has not.
    """
    network.to(memory_format=torch.channels_last)
    # Not around the whole training: autocast keeps the rounded weights until it ends.
    network.forward = torch.autocast("cpu", number_type, enabled=number_type != torch.float32)(network.forward)
    yield
    del network.forward
    network.to(memory_format=torch.contiguous_format)


def keep(name: str, model: torch.nn.Module, history: training.History) -> None:
    """Write an autoencoder's file, and print how good it is."""
    psnr = training.held_out_psnr(model, data.load("fashion-mnist").test)
    write(name, model, f"{history}; test PSNR {psnr:.2f} dB")


def write(name: str, model: torch.nn.Module, worth: str) -> None:
    """Write a network's file, and print how good it is and the file's checksum."""
    path = ASSETS / f"{name}.safetensors"
    training.save(model.half(), path)  # half the size, and float32 again in training.pretrained
    print(f"{name}: {worth}; SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


# For each network that mends damage: what it mends, and how many steps it trains.
REPAIRS = {
    "repair-noise": ([("noise", 0.2), ("noise", 0.4)], 3000),
    "repair-salt-and-pepper": ([("salt and pepper", 0.2)], 1500),
    "repair-blur": ([("blur", 1.5)], 2000),
    "repair-low-resolution": ([("low resolution", 2)], 2500),
}
# How each network for photographs is trained. With few lost pixels, gradients are small: with a limit of 0.1,
# photo-lost diverged.
PHOTOS = {
    "photo-noise": {
        "build": models.DenoisingNet,
        "damages": [("noise", 25 / 255)] * 3 + [("noise", 0.05)],
        "side": 64,
        "steps": 1_300,
        "learning_rate": 6e-4,
        "gradient_limit": 0.1,
        "number_type": torch.float32,
    },
    "photo-lost": {
        "build": models.ScratchNet,
        "damages": [("strokes", 3), ("strokes", 5), ("scratches", 8)],
        "side": 128,
        "steps": 2_800,
        "learning_rate": 5e-4,
        "gradient_limit": 0.002,
        "number_type": torch.bfloat16,
    },
    "photo-low-resolution": {
        "build": models.DoublingNet,
        "damages": [("low resolution", 2)],
        "side": 64,
        "steps": 2_400,
        "learning_rate": 6e-4,
        "gradient_limit": 0.1,
        "number_type": torch.bfloat16,
    },
}
# For three of them the weights come out close to the shipped ones, but not equal: the classifier was trained by a loop
# of its own, which drew other batches; repair-lost was trained by the clock, and train_filling has the steps that this
# came to; photo-noise learnt while its guess had stacks of 16 patches, one every 3 pixels, from up to 10 pixels away.
TRAINERS = {
    "dense-32": train_dense_32,
    "conv-128": train_conv_128,
    "conv-64-patch": train_conv_64_patch,
    "sketch": train_sketch,
    "sketch-patch": train_sketch_patch,
    "sketch-flow": train_sketch_flow,
    "rate-32": lambda: train_codec(32, bit_price=0.125),  # for about 3 to 6 bytes an image
    "rate-64": lambda: train_codec(64, bit_price=0.025),  # for about 8 to 16
    "classifier": lambda: train_classifier("classifier", "fashion-mnist-full", seed=0),
    "second-classifier": lambda: train_classifier("second-classifier", "fashion-mnist", seed=1),
    "contrastive-64": train_contrastive_64,
    "words-128": train_words_128,
    **{name: partial(train_repair, name, *recipe) for name, recipe in REPAIRS.items()},
    "repair-lost": train_filling,
    **{name: partial(train_photo, name, **recipe) for name, recipe in PHOTOS.items()},
}

if __name__ == "__main__":
    torch.set_num_threads(1)  # the same weights for any number of cores
    for name in sys.argv[1:] or TRAINERS:
        TRAINERS[name]()
