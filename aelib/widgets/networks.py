"""Describe networks for the browser: lists of layers, and their weights, which ``browser/layers.js`` reads."""

import hashlib
from collections.abc import Callable

import torch
from torch import nn

from aelib import models
from aelib.models.unet import Residual

# A layer is its name in browser/layers.js, and its settings.
Layers = list[list]
# Networks whose input is an image with a last channel that says which pixels are lost.
MENDING = (models.RepairNet, models.FillingNet, models.DenoisingNet, models.ScratchNet, models.DoublingNet)
MAX_WEIGHTS = 4_000_000  # in a network that the browser evaluates; larger ones stay in the kernel
_ACTIVATIONS = {activation: name for name, activation in models.ACTIVATIONS.items() if name != "linear"}


def described(network: nn.Module) -> tuple[Layers, list[torch.Tensor]] | None:
    """Return a network's layers, and their weights layer by layer; None if the browser cannot evaluate it.

    The browser knows dense layers, convolutions, transposed ones, what follows them in the course's networks, and the
    networks that mend: ``RepairNet``, ``FillingNet``, ``DenoisingNet``, ``ScratchNet`` and ``DoublingNet``. There,
    these take an image with a last channel that says which pixels are lost. The network is assumed to be in evaluation
    mode. Only these exact classes count, because a subclass may do more.
    """
    weights = []
    try:
        layers = _layers(network, weights)
    except NotImplementedError:
        return None
    return (layers, weights) if sum(weight.numel() for weight in weights) <= MAX_WEIGHTS else None


def in_half_precision(weights: list[torch.Tensor]) -> bytes | None:
    """Return weights as the browser reads them; None if one is too large for half precision."""
    numbers = torch.cat([weight.detach().flatten().cpu() for weight in weights]).half()
    return numbers.numpy().astype("<f2").tobytes() if numbers.isfinite().all() else None


def for_loading(network: Callable) -> tuple[dict, bytes] | tuple[None, None]:
    """Return what the browser needs to load a network that mends, and the weights, in half precision.

    That is the layers, the name of the weights, and their number of bytes; None if it cannot evaluate the network.
    """
    found = described(network) if type(network) in MENDING else None
    weights = in_half_precision(found[1]) if found else None
    if weights is None:
        return None, None
    name = f"network-{hashlib.sha256(weights).hexdigest()[:16]}"
    return {"layers": found[0], "weights": name, "bytes": len(weights)}, weights


def _layers(module: nn.Module, weights: list[torch.Tensor]) -> Layers:
    """Return the layers of a module, and add their weights. Raises ``NotImplementedError`` for an unknown one."""
    kind = type(module)
    if kind in _ACTIVATIONS:
        return [[_ACTIVATIONS[kind]]]
    if kind not in _KINDS:
        raise NotImplementedError
    return _KINDS[kind](module, weights)


def _need(condition: bool) -> None:
    if not condition:
        raise NotImplementedError


def _sequential(module: nn.Sequential, weights: list[torch.Tensor]) -> Layers:
    layers = []
    before = None
    for child in module:
        if type(child) in _NORMALISED:
            _need(type(before) in _NORMALISED[type(child)])
            weights[-2:] = _normalised(child, before, *weights[-2:])
        else:
            layers += _layers(child, weights)
        before = child
    return layers


# The layers that each kind of batch normalisation may follow, to be merged into them.
_NORMALISED = {nn.BatchNorm1d: (nn.Linear,), nn.BatchNorm2d: (nn.Conv2d, nn.ConvTranspose2d)}


def _normalised(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, layer: nn.Module, weight: torch.Tensor, bias: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights with which a layer also does the work of the batch normalisation after it."""
    _need(norm.track_running_stats)
    scale = 1 / (norm.running_var + norm.eps).sqrt()  # (channels,)
    shift = -norm.running_mean * scale
    if norm.affine:
        scale, shift = norm.weight * scale, norm.weight * shift + norm.bias
    outputs = 1 if type(layer) is nn.ConvTranspose2d else 0  # the weights' dimension for outputs
    shape = [-1 if dimension == outputs else 1 for dimension in range(weight.ndim)]
    return weight * scale.reshape(shape), bias * scale + shift


def _weighted(module: nn.Module, outputs: int, weights: list[torch.Tensor]) -> None:
    weights += [module.weight, module.weight.new_zeros(outputs) if module.bias is None else module.bias]


def _linear(module: nn.Linear, weights: list[torch.Tensor]) -> Layers:
    _weighted(module, module.out_features, weights)
    return [["linear", module.in_features, module.out_features]]


def _group_norm(module: nn.GroupNorm, weights: list[torch.Tensor]) -> Layers:
    _need(module.num_groups == 1 and module.affine)
    weights += [module.weight, module.bias]
    return [["normalisation", module.eps]]


def _square(module: nn.Conv2d | nn.ConvTranspose2d) -> list[int]:
    """Return kernel size, stride and padding of a convolution that treats both directions and all channels equally."""
    settings = [module.kernel_size, module.stride, module.padding]
    _need(module.groups == 1 and module.dilation == (1, 1) and module.padding_mode == "zeros")
    _need(all(isinstance(setting, tuple) and setting[0] == setting[1] for setting in settings))
    return [setting[0] for setting in settings]


def _convolution(module: nn.Conv2d, weights: list[torch.Tensor]) -> Layers:
    _weighted(module, module.out_channels, weights)
    return [["convolution", module.out_channels, *_square(module)]]


def _transposed(module: nn.ConvTranspose2d, weights: list[torch.Tensor]) -> Layers:
    _need(module.output_padding[0] == module.output_padding[1])
    _weighted(module, module.out_channels, weights)
    return [["transposed convolution", module.out_channels, *_square(module), module.output_padding[0]]]


def _flatten(module: nn.Flatten, _: list[torch.Tensor]) -> Layers:
    _need((module.start_dim, module.end_dim) == (1, -1))
    return [["flatten"]]


def _unflatten(module: nn.Unflatten, _: list[torch.Tensor]) -> Layers:
    _need(module.dim == 1 and all(isinstance(length, int) and length > 0 for length in module.unflattened_size))
    return [["reshape", list(module.unflattened_size)]]


def _upsample(module: nn.Upsample, _: list[torch.Tensor]) -> Layers:
    _need(module.mode == "nearest" and module.size is None and module.scale_factor == round(module.scale_factor))
    return [["enlarge", int(module.scale_factor)]]


def _repair_net(module: models.RepairNet, weights: list[torch.Tensor]) -> Layers:
    def level(index: int) -> Layers:
        """Return what happens at one resolution, and at those below it."""
        layers = _layers(module.encoder[index], weights)
        if index + 1 < len(module.widths):
            down = _layers(module.down[index], weights)
            below = level(index + 1)
            layers.append(["add", [*down, *below, *_layers(module.up[index], weights)]])
        return layers + _layers(module.decoder[index], weights)

    first = [["pixel unshuffle", module.patch], *_layers(module.first, weights)]
    inner = [*first, *level(0), *_layers(module.last, weights), ["pixel shuffle", module.patch]]
    return [["add", [["padded", module.multiple, inner]]]]


def _filling_net(module: models.FillingNet, weights: list[torch.Tensor]) -> Layers:
    return [["fill", _layers(module.dense.layers, weights)], *_layers(module.refine, weights)]


def _denoising_net(module: models.DenoisingNet, weights: list[torch.Tensor]) -> Layers:
    return [["denoise", list(module.deviations)], *_layers(module.refine, weights), ["first channels", 3]]


def _scratch_net(module: models.ScratchNet, weights: list[torch.Tensor]) -> Layers:
    return [["fill", [["from smaller"]]], *_layers(module.refine, weights)]


def _doubling_net(module: models.DoublingNet, weights: list[torch.Tensor]) -> Layers:
    return [["bicubic"], *_layers(module.refine, weights)]


_KINDS = {
    nn.Sequential: _sequential,
    nn.Identity: lambda module, weights: [],
    nn.Dropout: lambda module, weights: [],
    nn.Linear: _linear,
    nn.Conv2d: _convolution,
    nn.ConvTranspose2d: _transposed,
    nn.GroupNorm: _group_norm,
    nn.Flatten: _flatten,
    nn.Unflatten: _unflatten,
    nn.PixelShuffle: lambda module, weights: [["pixel shuffle", module.upscale_factor]],
    nn.PixelUnshuffle: lambda module, weights: [["pixel unshuffle", module.downscale_factor]],
    nn.Upsample: _upsample,
    Residual: lambda module, weights: [["add", _layers(module.change, weights)]],
    models.RepairNet: _repair_net,
    models.FillingNet: _filling_net,
    models.DenoisingNet: _denoising_net,
    models.ScratchNet: _scratch_net,
    models.DoublingNet: _doubling_net,
}
