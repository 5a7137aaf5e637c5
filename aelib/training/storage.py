"""Store tensors and a description in a file: safetensors, with JSON in the header and a checksum of it all."""

import hashlib
import json
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load as deserialise
from safetensors.torch import save as serialise

from aelib import files

MAX_FILE_BYTES = 2**32  # of weights or a checkpoint


def write(path: str | Path, tensors: dict[str, torch.Tensor], **description: object) -> None:
    """Write tensors, and a description that JSON can hold, to one file. Raises as ``files.write_whole`` does."""
    # Copies, because safetensors refuses two names for the same memory, which tied weights have.
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    # All in one entry, because safetensors writes several in an order that varies from run to run.
    text = json.dumps({"sha256": _checksum(tensors, description), **description})
    files.write_whole(path, serialise(tensors, {"aelib": text}))


def read(path: str | Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Return the tensors and the description that ``write`` wrote.

    Raises ``ValueError`` for a damaged file or one of another kind, and as ``files.read_whole`` does.
    """
    # Read in one go: safe_open opens the file twice, and a training may replace it in between.
    return parse(files.read_whole(path, MAX_FILE_BYTES), path)


def parse(content: bytes, path: str | Path) -> tuple[dict[str, torch.Tensor], dict]:
    """Return the tensors and the description in a file's content. Raises ``ValueError`` as ``read`` does."""
    try:
        tensors = deserialise(content)
        header_size = int.from_bytes(content[:8], "little")
        description = json.loads(json.loads(content[8 : 8 + header_size])["__metadata__"]["aelib"])
        if not isinstance(description, dict):
            raise ValueError("no description of what it holds")
        if description.pop("sha256") != _checksum(tensors, description):
            raise ValueError("wrong checksum")
        return tensors, description
    except (safetensors.SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is damaged or was not written by aelib ({error}).") from error


def _checksum(tensors: dict[str, torch.Tensor], description: dict) -> str:
    """Return the SHA-256 of everything in a file; safetensors itself would not notice a changed weight."""
    checksum = hashlib.sha256(json.dumps(description).encode())
    for name, tensor in sorted(tensors.items()):
        checksum.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        checksum.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return checksum.hexdigest()
