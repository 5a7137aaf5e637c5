"""Helpers for the course *Autoencoders in Practice*: one module for each thing a learner does.

Conventions, everywhere: images have the shape ``(N, C, H, W)``, are ``uint8`` at rest and ``float32`` in
[0, 1] in use; a code has the shape ``(N, code_size)``; whatever draws random numbers takes a ``seed``,
except losses, which draw from torch's global generator.

``import aelib`` is cheap: a module such as ``aelib.data`` is loaded on first use.
"""

import importlib

from aelib.interrupts import held_back

__version__ = "0.1.0"

_MODULES = (
    "anomalies",
    "checks",
    "classical",
    "compression",
    "data",
    "distributed",
    "exercises",
    "files",
    "generation",
    "interrupts",
    "metrics",
    "models",
    "photos",
    "plots",
    "repair",
    "training",
    "translation",
    "variation",
    "widgets",
    "words",
)


def __getattr__(name: str):
    """Load ``aelib.<name>`` on first use."""
    if name in _MODULES:
        with held_back():
            return importlib.import_module(f"aelib.{name}")
    raise AttributeError(f"aelib has no module {name!r}; it has {', '.join(_MODULES)}")


def __dir__() -> list[str]:
    return [*_MODULES, "__version__"]
