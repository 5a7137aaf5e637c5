"""Train a network, save what it learnt, and pick it up again.

``fitting`` has the entry points, ``fit`` and ``resume``; ``loop`` is the training itself. ``settings`` and ``inputs``
check the arguments. ``checkpoint`` says what is saved of a training, ``weights`` what is saved of a network, and
``storage`` writes both.
"""

from aelib.training.device import choose_device
from aelib.training.fitting import fit, resume
from aelib.training.history import History
from aelib.training.loop import one_cycle_factor
from aelib.training.measures import held_out_loss, held_out_psnr
from aelib.training.settings import Settings
from aelib.training.weights import PRETRAINED, load_model, pretrained, save

__all__ = [
    "PRETRAINED",
    "History",
    "Settings",
    "choose_device",
    "fit",
    "held_out_loss",
    "held_out_psnr",
    "load_model",
    "one_cycle_factor",
    "pretrained",
    "resume",
    "save",
]
