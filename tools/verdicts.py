"""Decide whether a figure meets its bar, and print a table that remembers which did not."""

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Bar:
    """What our figure must reach by itself, and how it must compare with the rival's.

    ``limit`` is in the figure's own unit. Compared with a rival's, our figure must be ``times`` as good, or ``ahead``
    by that much, in the same unit: 0 allows equal, and a negative number that far behind. With neither, it must be
    better.
    """

    better: Literal["more", "less"]
    limit: float | None = None
    times: float | None = None
    ahead: float | None = None

    def met(self, ours: float, rival: float | None = None) -> bool:
        """Return whether our figure meets the bar, by itself and compared with the rival's if there is one.

        A figure that is infinite or NaN never does. Raises ``ValueError`` if the bar needs a rival and there is none.
        """
        if rival is None and (self.times, self.ahead) != (None, None):
            raise ValueError("This bar says how our figure compares with a rival's; there is none.")
        if not math.isfinite(ours):
            return False
        sign = 1 if self.better == "more" else -1
        if self.limit is not None and not sign * ours >= sign * self.limit:
            return False
        if rival is None:
            return True
        if self.times is not None:
            return ours >= self.times * rival if self.better == "more" else self.times * ours <= rival
        lead = sign * (ours - rival)
        return lead > 0 if self.ahead is None else lead >= self.ahead

    def told(self, rival: float | None) -> str:
        """Return the bar in a few signs: what ours must be by itself, and compared with a rival's, if any."""
        at_least, over = ("≥", ">") if self.better == "more" else ("≤", "<")
        said = [] if self.limit is None else [f"{at_least} {self.limit:,g}"]
        if self.times is not None:
            said.append(f"{at_least} {self.times:g} ×" if self.better == "more" else f"{at_least} 1/{self.times:.3g}")
        elif self.ahead:
            said.append(f"{at_least} {self.ahead if self.better == 'more' else -self.ahead:+g}")
        elif rival is not None:
            said.append(f"{over if self.ahead is None else at_least} rival")
        return ", ".join(said)


class Table:
    """Prints rows as they are measured; ``missed`` names those that miss their bars."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        self._print("what", "ours", "rival", "bar", "met")

    def row(
        self,
        what: str,
        bar: Bar | None,
        ours: float,
        rival: float | None = None,
        show: str = "{:.2f}",
        detail: str = "",
    ) -> None:
        """Print our figure next to the rival's, both formatted by ``show``, and whether the bar, if any, is met."""
        rival_shown = "" if rival is None else show.format(rival)
        told, verdict = ("", "") if bar is None else (bar.told(rival), "yes" if bar.met(ours, rival) else "no")
        if verdict == "no":
            self.missed.append(what.strip())
        self._print(what, show.format(ours), rival_shown, told, verdict + self._beside(bar, ours, rival) + detail)

    @staticmethod
    def _beside(bar: Bar | None, ours: float, rival: float | None) -> str:
        """Return how much ours differs from the rival's, in the bar's terms."""
        if bar is None or rival is None or not ours:
            return ""
        if bar.times is None:
            return f", {ours - rival:+.3g}"
        return f", {ours / rival:.1f} ×" if bar.better == "more" else f", 1/{rival / ours:.3g}"

    @staticmethod
    def _print(what: str, ours: str, rival: str, bar: str, met: str) -> None:
        print(f"{what:<64} {ours:>18} {rival:>18} {bar:>14}  {met}", flush=True)

    def end(self) -> int:
        """Print which bars are missed, and return the exit status: 1 if any is, else 0."""
        if self.missed:
            print(f"\n{len(self.missed)} missed: " + "; ".join(self.missed))
        return 1 if self.missed else 0
