"""Train on more pictures than memory holds, in several processes at once, and continue after one has died.

``shards`` keeps the pictures, ``group`` joins the processes, ``loop`` trains, ``costs`` estimates beforehand what that
takes, and ``program`` is what you start: ``torchrun --standalone --nproc-per-node=2 -m aelib.distributed FOLDER``.
"""

from aelib.distributed.costs import Plan
from aelib.distributed.group import Group, joined
from aelib.distributed.loop import Loss, SharedTraining
from aelib.distributed.shards import Shards, pack, write_shard

__all__ = ["Group", "Loss", "Plan", "Shards", "SharedTraining", "joined", "pack", "write_shard"]
