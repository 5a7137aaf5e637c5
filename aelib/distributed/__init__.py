"""Train on more pictures than memory holds, in several processes at once, and take it up again where one has died.

``shards`` keeps the pictures, ``group`` joins the processes, ``loop`` trains, ``program`` is what one starts:
``torchrun --standalone --nproc-per-node=2 -m aelib.distributed FOLDER``.
"""

from aelib.distributed.group import Group, joined
from aelib.distributed.loop import SharedTraining
from aelib.distributed.shards import Index, Shards, pack, read_index, write_shard
