"""Save networks of ``aelib.models`` and load them, including those that come with the package."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn
from torch.nn.modules.module import register_module_parameter_registration_hook

from aelib import files, models
from aelib.training import storage

# SHA-256 of the shipped weights in aelib/assets, as tools/train_weights.py printed them.
PRETRAINED = {
    "classifier": "059e50c0f792462f048c265df877d4394b6323a8255d9242afd206747dce89e8",
    "contrastive-64": "97ee943cdc82a89a716e68c0bc02dd6496ad979efccadcc9c2edde58e64afb03",
    "conv-128": "0944d720770699322db65024e7043d0100dc50ecf381291765f9e9188cbca2d5",
    "conv-64-patch": "2c956fa822ed323d4cfe15d0d87b52815b98a1bf3b1ff156296c4a5e794cec2f",
    "dense-32": "1080a8b503706d4b342f5985fac9bb2ee9343c9ecead96042cd7ea9ce7322818",
    "photo-lost": "8fc354d90def0522b33f76ad1c4b112f5b1c88955ccae7127e407bf78274a3e5",
    "photo-low-resolution": "15084716533340cb87e52b79e2d37b49f44ec5923fafd6773c804d5a6da49408",
    "photo-noise": "699ec873d2826fafe2453812892925768a8d8444e5ed6c53218552c312b3a3fd",
    "rate-32": "d10ef5091afc649405e245896827f5d5b245161de3b10f292ca0c3686e7bbfbe",
    "rate-64": "904eee44e6fb7ad1497f4ff62243963fdbdc74991618e1bfb453627d220afc73",
    "repair-blur": "1f798bf8950939da70bac076889ed2c7007391ec4af8024c47d948a6c8dcbc8a",
    "repair-lost": "41a3152ecbfa7dcf60828ef2624be2e376f0ab69ea782654c9f07bedb90784c4",
    "repair-low-resolution": "28b240a474801ce1efce3f89e0bb11f630a172fe8dc960546a6b2ba560c2123d",
    "repair-noise": "42057af86c91aecfbbb466de950e010fb2394c835338a27174edd28567260af0",
    "repair-salt-and-pepper": "41103e6e4113b0902e175839278a037cae8095281e90c717eec1b3a3c53ade75",
    "second-classifier": "9d5bca15065232347373a714f7e93423cfc32009c2089d3a39d35538165484db",
    "sketch": "3ad2b4dfe95a3ad77986a78a598ef47504047467eb3489e8b9987f21def4ac8e",
    "sketch-flow": "4345089206a732c0b76c5674841b984e788f3801fb05cd797f2b47a0a34c3d31",
    "sketch-patch": "16b6b0eeb0b206f88c01fb937b6b6894e540a725708c449710b3750995a45fe2",
    "words-128": "b8365be85b7dded7739ecfcff2afa1057a8defd92e9cfe302524f6b57d7f41f2",
}


def save(model: nn.Module, path: str | Path) -> None:
    """Write a network of ``aelib.models`` to one file: safetensors with its sizes as JSON in the header.

    The file appears whole or not at all. Raises ``TypeError`` for a network of another class, which ``load_model``
    could not rebuild, ``ValueError`` for weights that are NaN or infinite, and ``OSError`` if the file cannot be
    written.
    """
    if not _is_ours(model) and _is_ours(getattr(model, "network", None)):
        raise TypeError(f"A {type(model).__name__} only trains a network; keep that one: save(model.network, path).")
    if not _is_ours(model):
        raise TypeError(
            f"save keeps the networks of aelib.models, and {type(model).__name__} is not one. Keep your own with "
            f"safetensors.torch.save_model, or its training with fit(…, checkpoint=…)."
        )
    _check_finite(model.state_dict(), f"This {type(model).__name__}")
    with torch.device("meta"):
        built_again = type(model)(**model.config).state_dict()
    if {name: each.shape for name, each in model.state_dict().items()} != {
        name: each.shape for name, each in built_again.items()
    }:
        raise TypeError(
            f"This {type(model).__name__} has been changed since it was built, so that load_model could not build it "
            f"again from its config. Keep it with safetensors.torch.save_model."
        )
    storage.write(path, model.state_dict(), kind=type(model).__name__, config=model.config)


def _is_ours(model: object) -> bool:
    return models.NETWORKS.get(type(model).__name__) is type(model)


def load_model(path: str | Path) -> nn.Module:
    """Load the network that ``save`` wrote, on the CPU and in evaluation mode.

    Raises ``FileNotFoundError``, or ``ValueError`` for a damaged file or one of another kind.
    """
    return _built(*storage.read(path), path)


def _built(tensors: dict[str, torch.Tensor], description: dict, path: str | Path) -> nn.Module:
    """Return the network that a file describes, with its weights, in evaluation mode."""
    kind = models.NETWORKS.get(str(description.get("kind")))
    if kind is None:
        raise ValueError(f"{path} holds no network that aelib.models knows. Was it written with training.save?")
    try:
        # Take no memory for sizes, or layers, that the file may only pretend to have.
        with torch.device("meta"), _at_most(len(tensors)):
            model = kind(**description["config"])
    except Exception as error:  # a made-up configuration can raise anything; the message says what
        raise ValueError(f"{path} describes its {kind.__name__} in a way that does not work ({error}).") from error
    compare_weights(model, tensors, path)
    types = {tensor.dtype for tensor in tensors.values() if tensor.is_floating_point()}
    if len(types) > 1 or not types <= {torch.float16, torch.bfloat16, torch.float32, torch.float64}:
        raise ValueError(f"The weights in {path} are not of one floating-point type, but {types}.")
    _check_finite(tensors, str(path))
    model.load_state_dict(tensors, assign=True)
    return model.eval()


@contextmanager
def _at_most(count: int) -> Iterator[None]:
    """Prevent this thread from building a network with more than ``count`` weights and biases."""
    registered, thread = itertools.count(1), threading.get_ident()

    def refuse_more(module: nn.Module, name: str, parameter: nn.Parameter) -> None:
        if threading.get_ident() == thread and next(registered) > count:
            raise ValueError(f"it has more weights than the {count} in the file")

    hook = register_module_parameter_registration_hook(refuse_more)
    try:
        yield
    finally:
        hook.remove()


def pretrained(name: str) -> nn.Module:
    """Load a network that comes with the package, trained by ``tools/train_weights.py``.

    For Fashion-MNIST: ``"dense-32"`` is a ``DenseAutoencoder`` with 32 code units and one hidden layer of 512;
    ``"rate-32"`` and ``"rate-64"`` are ``RateAutoencoder`` with the same layer, for fewer and for more bytes per image;
    ``"classifier"`` is a ``Classifier`` for the ten classes, and ``"second-classifier"`` another, trained from other
    initial weights on fewer images. ``"contrastive-64"`` is a ``ConvAutoencoder`` whose encoder learnt, without
    drawing, to give two views of a picture the same code; its decoder learnt to draw those codes afterwards.
    ``"repair-noise"``, ``"repair-salt-and-pepper"``, ``"repair-blur"`` and ``"repair-low-resolution"`` are
    ``RepairNet`` that undo the damage of that name by ``repair.damage``, at its default strength, and the first one
    noise of 0.4 too; ``"repair-lost"`` is a ``FillingNet``.
    For emoji: ``"conv-128"`` is a ``ConvAutoencoder`` with 128 units, ``"conv-64-patch"`` a smaller one, also trained
    against a discriminator of patches. ``"sketch"`` is a ``RepairNet`` that colours sketches like those of
    ``translation.sketch``, with or without dots of colour; ``"sketch-patch"`` was also trained against a discriminator.
    ``"sketch-flow"`` takes a mixture of noise and picture, with the outline as its lost pixels, and says which way
    leads to the picture.
    For photographs: ``"photo-noise"`` is a ``DenoisingNet`` for a standard deviation of 25/255, ``"photo-lost"`` a
    ``ScratchNet``, ``"photo-low-resolution"`` a ``DoublingNet``.
    For words: ``"words-128"`` is a ``WordAutoencoder`` that mends typos like those of ``words.mistyped``.
    The files hold weights in half precision, which costs less than 0.001 dB; the networks compute in float32.
    Raises ``ValueError`` for another name or a damaged file.
    """
    if not isinstance(name, str) or name not in PRETRAINED:
        raise ValueError(f"There is no pretrained network {name!r}; choose from {', '.join(PRETRAINED)}.")
    file = f"{name}.safetensors"
    return _built(*storage.parse(files.asset(file, PRETRAINED[name]), file), file).float()


def compare_weights(model: nn.Module, weights: dict[str, torch.Tensor], path: str | Path) -> None:
    """Refuse weights of other names or shapes; load_state_dict complains only after overwriting what fits.

    Raises ``ValueError``.
    """
    wanted = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in weights.items()}
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            raise ValueError(
                f"The weights in {path} are those of another network: {name} has the shape "
                f"{found.get(name, 'of nothing')} there and {wanted.get(name, 'of nothing')} here."
            )
    for name, tensor in model.state_dict().items():
        # A weight may have another precision; a count, as in batch normalisation, must keep its type and be ≥ 0.
        found = weights[name]
        if found.is_floating_point() != tensor.is_floating_point() or not (
            found.is_floating_point() or (found.dtype == tensor.dtype and (found >= 0).all())
        ):
            raise ValueError(f"{path} holds {found.dtype} for {name} where {tensor.dtype} belongs, or counts below 0.")


def _check_finite(weights: dict[str, torch.Tensor], holder: str) -> None:
    """Refuse weights that are not finite: such a network draws nothing but NaN."""
    for name, tensor in weights.items():
        if not tensor.isfinite().all():
            raise ValueError(f"{holder} has NaN or infinite weights in {name}: they were lost in training. Train anew.")
