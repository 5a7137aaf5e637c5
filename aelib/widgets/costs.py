"""Calculate what a training would cost before running it: time, money, memory, and how far more workers help."""

from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import traitlets

from aelib import checks, plots
from aelib.distributed.costs import Plan
from aelib.widgets import stills
from aelib.widgets.shared import Drawn, dictionary

MOST_PLANS, MOST_CHOICES = 8, 12
MEASURED = "as measured"  # the speed or bandwidth of the plan itself
# What a worker achieves with float32, to an order of magnitude, in floating-point operations per second.
SPEEDS = {"a small GPU": 3e12, "a large GPU": 3e13}
# What a line carries at most, in bytes per second, one way.
BANDWIDTHS = {
    "Wi-Fi": 3e7,
    "1 Gbit/s Ethernet": 1.25e8,
    "10 Gbit/s Ethernet": 1.25e9,
    "PCIe 4.0 × 16": 3.15e10,
    "400 Gbit/s InfiniBand": 5e10,
    "NVLink 4": 4.5e11,
}
# Where the sliders stop.
STOPS = {
    "pictures": [digit * 10**power for power in range(4, 10) for digit in (1, 2, 5)] + [10**10],
    "size": [2**power for power in range(5, 10)],
    "workers": [2**power for power in range(11)],
    "batch": [2**power for power in range(11)],
    "accumulate": [2**power for power in range(7)],
}
WHOLE = ("workers", "accumulate")
MOST_PRICE = 1e6  # still short enough to type
TOLD = (2, 32)  # numbers of workers that the chart's text mentions, besides the largest
# Each unit's length in seconds, and the number of seconds below which it is used.
UNITS = {
    "second": (1, 60),
    "minute": (60, 3600),
    "hour": (3600, 48 * 3600),
    "day": (86400, 730 * 86400),
    "year": (365.25 * 86400, float("inf")),
}
PREFIXES = ("", "k", "M", "G", "T", "P", "E")


class CostCalculator(Drawn):
    """Controls for planning a training: what it would cost, and how much of their time workers would spend sending.

    ``plans`` maps names of networks to a ``distributed.Plan`` each, eight at most. A plan has what was measured for its
    network: weights, multiply-adds, activations, speed, bandwidth and epochs. The controls start at the other values of
    the first one. ``speeds``, in floating-point operations per second, and ``bandwidths``, in bytes per second, are the
    other choices for a worker, by name. ``alt`` says what the still picture shows, after a description of its layout.

    ``network``, ``speed`` and ``bandwidth`` are the chosen names; the last two start as "as measured". ``pictures``,
    ``size`` (pixels a side), ``workers``, ``batch``, ``accumulate``, ``sharded`` and ``price`` are the values of the
    other controls. All can be set. ``plan`` is the resulting plan, with its ``hours``, ``money`` and ``memory_bytes``.

    Raises ``TypeError`` for anything but dictionaries and plans; ``ValueError`` for too few or too many, for a number
    that is not positive, and for a value beyond the ends of its slider.
    """

    view = traitlets.Unicode("costs").tag(sync=True)
    plans = traitlets.List().tag(sync=True)  # for each, a dictionary of its name and the numbers in its Plan
    speeds = traitlets.List().tag(sync=True)  # [name, number]
    bandwidths = traitlets.List().tag(sync=True)
    stops = traitlets.Dict().tag(sync=True)  # all values of each slider
    network = traitlets.Any().tag(sync=True)
    speed = traitlets.Any().tag(sync=True)
    bandwidth = traitlets.Any().tag(sync=True)
    pictures = traitlets.Any().tag(sync=True)
    size = traitlets.Any().tag(sync=True)
    workers = traitlets.Any().tag(sync=True)
    batch = traitlets.Any().tag(sync=True)
    accumulate = traitlets.Any().tag(sync=True)
    sharded = traitlets.Any().tag(sync=True)
    price = traitlets.Any().tag(sync=True)

    def __init__(
        self,
        plans: Mapping[str, Plan],
        *,
        speeds: Mapping[str, float] = SPEEDS,
        bandwidths: Mapping[str, float] = BANDWIDTHS,
        alt: str = "",
    ) -> None:
        dictionary(plans, "plans", "names and plans", 1, MOST_PLANS)
        for name, plan in plans.items():
            if not isinstance(plan, Plan):
                raise TypeError(f"plans[{name!r}] must be a distributed.Plan; this is {checks.kind(plan)}.")
        self._plans = {str(name): plan for name, plan in plans.items()}
        self._speeds = _choices(speeds, "speeds")
        self._bandwidths = _choices(bandwidths, "bandwidths")
        self._alt = alt
        network, first = next(iter(self._plans.items()))
        super().__init__(
            plans=[{"name": name} | asdict(plan) for name, plan in self._plans.items()],
            speeds=[*map(list, self._speeds.items())],
            bandwidths=[*map(list, self._bandwidths.items())],
            stops={name: sorted({*stops, getattr(first, name)}) for name, stops in STOPS.items()},
            network=network,
            speed=MEASURED,
            bandwidth=MEASURED,
            sharded=first.sharded,
            price=first.price,
            **{name: getattr(first, name) for name in STOPS},
        )

    @traitlets.validate(*STOPS)
    def _check_number(self, proposal: dict) -> float:
        name = proposal["trait"].name
        check = checks.whole if name in WHOLE else checks.number
        return check(proposal["value"], name, self.stops[name][0], self.stops[name][-1])

    @traitlets.validate("price")
    def _check_price(self, proposal: dict) -> float:
        return checks.number(proposal["value"], "price", 0, MOST_PRICE)

    @traitlets.validate("sharded")
    def _check_sharded(self, proposal: dict) -> bool:
        return checks.yes_or_no(proposal["value"], "sharded")

    @traitlets.validate("network", "speed", "bandwidth")
    def _check_name(self, proposal: dict) -> str:
        name, chosen = proposal["trait"].name, proposal["value"]
        known = {
            "network": [*self._plans],
            "speed": [MEASURED, *self._speeds],
            "bandwidth": [MEASURED, *self._bandwidths],
        }[name]
        if chosen not in known:
            raise ValueError(f"{name} must be {' or '.join(map(repr, known))}; got {chosen!r}.")
        return chosen

    @property
    def plan(self) -> Plan:
        """The plan set by the controls."""
        measured = self._plans[self.network]
        return replace(
            measured,
            speed=self._speeds.get(self.speed, measured.speed),
            bandwidth=self._bandwidths.get(self.bandwidth, measured.bandwidth),
            sharded=self.sharded,
            price=self.price,
            **{name: getattr(self, name) for name in STOPS},
        )

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return f"{self._headline()}; run the cell in a notebook to change the plan."

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._still()}, metadata

    def _headline(self) -> str:
        plan = self.plan
        epochs = f" for {plan.epochs:g} epochs" if plan.epochs != 1 else ""
        return f"{_grouped(plan.pictures)} pictures through {self.network}{epochs}: {_time(plan.hours)}"

    def _still(self) -> str:
        """Return, as HTML, the shares of their time that workers compute and send, and what the plan costs."""
        counts = sorted({*self.stops["workers"], self.workers})
        computing = np.array([_computing(replace(self.plan, workers=count)) for count in counts])
        figure, axes = plots.subplots(size=(plots.WIDTH, 3.2))
        axes.bar(range(len(counts)), computing, label="computing: share of linear speed")
        axes.bar(range(len(counts)), 1 - computing, bottom=computing, label="sending")
        axes.set_xticks(range(len(counts)), [f"{count:,}" for count in counts])
        axes.yaxis.set_major_formatter(lambda share, _: _percent(share))
        axes.set(xlabel="workers", ylim=(0, 1), ylabel="share of the time")
        title = f"{self._headline()}\n{'; '.join(_told(self.plan))}"
        axes.set_title(title, fontsize=plots.SMALL, parse_math=False)
        figure.legend(loc="outside lower center", ncols=2)
        return stills.picture(figure, self._in_words(), self._alt)

    def _in_words(self) -> str:
        """Return the text of the still picture: the shares of the time, the plan, and what it costs."""
        plan, most = self.plan, self.stops["workers"][-1]
        shares = [f"{count:,} workers {_percent(_computing(replace(plan, workers=count)))}" for count in (*TOLD, most)]
        return (
            f"Bars for 1 to {most:,} workers: the shares of their time that they compute and send. They compute, and "
            f"so much of linear speed is left: {stills.listed(shares)}. The plan: "
            f"{self._headline()}; pictures of {plan.size:g} × {plan.size:g}, in batches of {plan.batch:g} for each of "
            f"{stills.counted(plan.workers, 'worker')}, which {'are sharded and ' * plan.sharded}exchange gradients "
            f"after {'each batch' if plan.accumulate == 1 else f'every {plan.accumulate} batches'}; "
            f"{'; '.join(_told(plan))}."
        )


def _choices(numbers: Mapping[str, float], name: str) -> dict[str, float]:
    """Return named choices as Python numbers. Raises ``TypeError`` or ``ValueError``."""
    dictionary(numbers, name, "names and numbers", 0, MOST_CHOICES)
    if MEASURED in numbers:
        raise ValueError(f"{name} must not have the name {MEASURED!r}, which stands for what the plan has.")
    return {str(each): checks.number(value, f"{name}[{each!r}]", above=0) for each, value in numbers.items()}


def _computing(plan: Plan) -> float:
    """Return the share of its time that a worker computes: its speed relative to one working alone."""
    return plan.compute_seconds / plan.step_seconds


def _told(plan: Plan) -> list[str]:
    """Return what is said about a plan besides its time."""
    return [
        f"cost {_written(plan.money)}",
        f"{_in_units(plan.memory_bytes, 'B')} of memory in each worker",
        f"{_written(plan.pictures_per_second)} pictures/s",
        f"{_percent(1 - _computing(plan))} of the time spent sending",
    ]


# These format numbers as browser/costs.js does.


def _rounded(value: float, digits: int) -> float:
    return float(f"{value * (1 + 1e-12):.{digits}g}")  # Python may round a half down, and JavaScript up


def _grouped(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.15g}"


def _percent(share: float) -> str:
    return f"{100 * share + 1e-9:.0f} %"


def _written(value: float) -> str:
    """Return a number with two significant digits: "0.034", "3.2", "1,200"."""
    return "less than 0.001" if 0 < value < 0.001 else _grouped(_rounded(value, 2))


def _time(hours: float) -> str:
    """Return a time in a suitable unit: "3.2 hours", "1 day"."""
    seconds = 3600 * hours
    unit, (length, _) = next((unit, sizes) for unit, sizes in UNITS.items() if seconds < sizes[1])
    text = _written(seconds / length)
    return f"{text} {unit}{'s' * (text != '1')}"


def _in_units(value: float, unit: str) -> str:
    """Return a number of bytes, or of any other unit, with three significant digits: "31.5 GB"."""
    rounded, power = _rounded(value, 3), 0
    while rounded >= 1000 and power < len(PREFIXES) - 1:
        rounded, power = rounded / 1000, power + 1
    return f"{_grouped(rounded)} {PREFIXES[power]}{unit}"
