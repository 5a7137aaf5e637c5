"""Networks as the web pages have them: batch normalisation is merged into other layers, and a weight has eight bits."""

import base64
import copy
import json
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

from aelib.widgets.networks import described


def from_blocks(text: str) -> torch.Tensor:
    """Return the weights that a state has in base64: in each block a unit in half precision, and multiples of it."""
    content = base64.b64decode(text)
    blocks = [content[start : start + 66] for start in range(0, len(content), 66)]
    return torch.cat(
        [
            torch.from_numpy(np.frombuffer(block[2:], np.int8) * np.frombuffer(block[:2], "<f2").astype(np.float32))
            for block in blocks
        ]
    )


def in_file(path: Path) -> torch.Tensor:
    """Return the weights in a file that pages load."""
    return from_blocks(json.loads(path.read_text(encoding="utf-8").partition("=")[2][:-2]))


def with_weights(network: nn.Module, weights: torch.Tensor, *parts: str) -> nn.Module:
    """Return a copy of a network that has these weights of a page, which must be all of it, or all of its parts."""
    network = copy.deepcopy(network).eval()
    taken = 0
    for part in [getattr(network, name) for name in parts] or [network]:
        _merge(part)
        for own in described(part)[1]:
            own.data = weights[taken : taken + own.numel()].view_as(own)
            taken += own.numel()
    assert taken == len(weights)
    return network


def _merge(network: nn.Module) -> None:
    """Let each layer before a batch normalisation do its work, too."""
    for layers in [module for module in network.modules() if isinstance(module, nn.Sequential)]:
        for place, (layer, norm) in enumerate(zip(layers[:-1], layers[1:], strict=True)):
            if isinstance(norm, nn.BatchNorm1d):
                layers[place] = fuse_linear_bn_eval(layer, norm)
            elif isinstance(norm, nn.BatchNorm2d):
                layers[place] = fuse_conv_bn_eval(layer, norm, transpose=isinstance(layer, nn.ConvTranspose2d))
            else:
                continue
            layers[place + 1] = nn.Identity()
