"""What a training measured, for others to read: a table as CSV, and a log for TensorBoard."""

import csv
import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from aelib import files


def write_table(path: Path, rows: Sequence[Mapping[str, float]]) -> None:
    """Write rows to a CSV file, whole or not at all. Raises ``OSError`` if it cannot be written."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    files.write_whole(path, text.getvalue().encode())


class TensorBoardLog:
    """A log for ``tensorboard --logdir``, in a folder; it hides what an earlier one there has from ``step`` on.

    It writes at once: ``SummaryWriter`` leaves that to a thread, which dies when the disk is full, and then waits for
    it for ever. Raises ``OSError`` if it cannot be written.
    """

    def __init__(self, folder: Path, step: int) -> None:
        # Slow to import, and the cost calculator needs this package without them.
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog

        folder.mkdir(parents=True, exist_ok=True)
        self.events = EventsWriter(str(folder / "events"))
        self.events.write_event(
            Event(step=step, wall_time=time.time(), session_log=SessionLog(status=SessionLog.START))
        )

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Add numbers by name. Raises ``OSError`` if they cannot be written."""
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.summary import scalar

        for name, value in values.items():
            self.events.write_event(Event(step=step, wall_time=time.time(), summary=scalar(name, value)))
        self.events.flush()
