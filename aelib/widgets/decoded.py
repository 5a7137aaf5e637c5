"""A decoded picture that follows a code: in the browser if it knows the decoder's layers, or else in the kernel."""

from collections.abc import Callable, Sequence

import torch
import traitlets
from torch import nn

from aelib import checks, data, models
from aelib.widgets.networks import MAX_WEIGHTS, Layers, described
from aelib.widgets.shared import Pictures

MAX_CODES = 2000  # real codes sent to the browser, to say how far the nearest is
MAX_UNITS = 128
TRIED = 64  # codes or images on which layers are tried


class LivePicture(Pictures):
    """A decoded picture in the browser; ``browser/decoded.js`` explains the traits where it uses them."""

    code_size = traitlets.Int().tag(sync=True)
    layers = traitlets.List().tag(sync=True)
    weights = traitlets.Bytes().tag(sync=True)
    codes = traitlets.Bytes().tag(sync=True)
    usual_distance = traitlets.Float().tag(sync=True)
    classes = traitlets.List().tag(sync=True)
    class_of = traitlets.Bytes().tag(sync=True)

    def __init__(
        self, model: object, images: torch.Tensor, labels: torch.Tensor | None, classes: Sequence[str], **traits: object
    ) -> None:
        self.model = model
        self.real_codes = real_codes(model, images)  # (N, code_size)
        if labels is None:
            labels, classes = torch.zeros(len(images)), ()
        elif not _are_labels(labels := torch.as_tensor(labels), len(images), classes):
            raise ValueError(
                f"There must be one label for each image, from 0 to the number of classes less one, and at most 256 "
                f"classes; got labels of the shape {tuple(labels.shape)} for {len(images)} images, and {len(classes)} "
                f"classes."
            )
        layers, weights = decoder_for_browser(model, self.real_codes)
        super().__init__(
            image_shape=list(images.shape[1:]),
            code_size=self.real_codes.shape[1],
            layers=layers,
            weights=weights,
            codes=float32(self.real_codes),
            usual_distance=_usual_distance(self.real_codes),
            classes=[str(name) for name in classes],
            class_of=labels[:MAX_CODES].to(torch.uint8).numpy(force=True).tobytes(),
            **traits,
        )
        self._held = False
        self.on_msg(self._hold)

    def decode(self, codes: torch.Tensor) -> torch.Tensor:
        """Return images (N, C, H, W), clamped to [0, 1], of codes (N, code_size).

        Raises ``TypeError`` or ``ValueError`` for anything but images of the shape that went in.
        """
        with torch.no_grad():
            decoded = self.model.decode(codes)
        # Far from the real codes, a decoder may go far beyond black and white.
        if isinstance(decoded, torch.Tensor) and decoded.is_floating_point():
            decoded = decoded.clamp(0, 1)
        checks.drawing(decoded, (len(codes), *self.image_shape), "decode")
        return data.as_float(decoded)

    def _hold(self, _: object, content: dict, buffers: list) -> None:
        """Send no picture while the browser moves several sliders, then one when it is done."""
        if "hold" in content:
            self._held = content["hold"]
            self.send_picture()

    def send_picture(self, _: object = None) -> None:
        """Send the picture of the current code as bytes, or what went wrong; nothing if the browser decodes."""
        if self._held or self.layers:
            return
        try:
            image = self.decode(self.code)
            self.send({}, [data.as_bytes(image).numpy(force=True).tobytes()])
        except Exception as error:  # whatever a learner's own decoder raises is shown next to the picture
            self.send({"error": f"The decoder stopped with {type(error).__name__}: {error}"})


def decoder_for_browser(model: object, codes: torch.Tensor) -> tuple[Layers, bytes]:
    """Return the layers and weights of a decoder if the browser can evaluate it, or else empty ones."""
    return _for_browser(getattr(model, "decoder", None), model.decode, codes[:TRIED])


def encoder_for_browser(model: object, images: torch.Tensor) -> tuple[Layers, bytes]:
    """Return the layers and weights of an encoder if the browser can evaluate it, or else empty ones."""
    return _for_browser(getattr(model, "encoder", None), model.encode, images[:TRIED])


def autoencoder_for_browser(
    network: object, images: torch.Tensor, codes: torch.Tensor, name: str
) -> tuple[dict, bytes]:
    """Return what the browser needs to evaluate both parts of an autoencoder, and their weights.

    Raises ``ValueError``, which mentions the ``name``, if the browser cannot evaluate it.
    """
    parts = {
        "encoder": encoder_for_browser(network, data.as_float(images)),
        "decoder": decoder_for_browser(network, codes),
    }
    for part, (layers, _) in parts.items():
        if not layers:
            raise ValueError(
                f"The browser cannot evaluate {name}: its {part} must be a torch.nn.Module of dense layers and "
                f"convolutions, with at most {MAX_WEIGHTS:,} weights, and do all that is done."
            )
    sizes = {part: {"layers": layers, "weights": len(weights) // 4} for part, (layers, weights) in parts.items()}
    return {"code_size": codes.shape[1]} | sizes, b"".join(weights for _, weights in parts.values())


def _for_browser(layered: object, whole: Callable, inputs: torch.Tensor) -> tuple[Layers, bytes]:
    """Return the layers and weights of a network if that is all that ``whole`` does, or else empty ones."""
    found = described(layered) if isinstance(layered, nn.Module) else None
    if not found or not found[0]:
        return [], b""
    layers, weights = found
    with torch.no_grad():  # whole may do more than the layers, even before they start
        made, shown = whole(inputs), _tried(layered, inputs)
    if shown is None or made.dtype != torch.float32 or shown.numel() != made.numel():
        return [], b""
    if not torch.allclose(shown.flatten(1), made.flatten(1), atol=1e-6):
        return [], b""
    return layers, b"".join(map(float32, weights))


def _tried(layered: nn.Module, inputs: torch.Tensor) -> torch.Tensor | None:
    """Return what the layers alone make of codes or images, flattened if need be; None if they take neither."""
    for given in (inputs, inputs.flatten(1)):
        try:
            return layered(given)
        except RuntimeError:
            continue
    return None


def float32(tensor: torch.Tensor) -> bytes:
    """Return numbers as the browser reads them into a Float32Array."""
    return tensor.detach().numpy(force=True).astype("<f4").tobytes()


def real_codes(model: object, images: torch.Tensor) -> torch.Tensor:
    """Return the codes (N, code_size) of the first images; refuse any that the widgets cannot show."""
    for name in ("encode", "decode"):
        if not callable(getattr(model, name, None)):
            raise TypeError(f"A {type(model).__name__} has no {name}; the widgets need a model with encode and decode.")
    checks.batch(images, least=2)
    if images.shape[1] not in (1, 3):
        raise ValueError(f"images must be (N, 1, H, W) or (N, 3, H, W); these are {tuple(images.shape)}.")
    shown = images[:MAX_CODES]
    models.evaluation_mode(model)
    with torch.no_grad():
        codes = model.encode(data.as_float(shown))
        checks.encoded(codes, len(shown))
        if codes.shape[1] > MAX_UNITS:
            raise ValueError(f"The widgets show codes of 1 to {MAX_UNITS} units; these have {codes.shape[1]}.")
        if not codes.isfinite().all():
            raise ValueError("Some codes are NaN or infinite. Was the network trained with too high a learning rate?")
        checks.drawing(model.decode(codes[:1]), (1, *images.shape[1:]), "decode")
    return codes.float().cpu()


def _are_labels(labels: torch.Tensor, count: int, classes: Sequence[str]) -> bool:
    """Return whether there are ``count`` labels, each of them that of a class."""
    return labels.shape == (count,) and 0 <= labels.min() <= labels.max() < len(classes) <= 256


def _usual_distance(codes: torch.Tensor) -> float:
    """Return the median distance from a code to the nearest other one."""
    distances = torch.cdist(codes, codes)  # (N, N)
    return distances.fill_diagonal_(float("inf")).min(1).values.median().item()
