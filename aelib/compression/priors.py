"""What a codec expects of the symbols of a code before it has seen them: its prior.

The better a prior predicts the symbols, the fewer bits they take. Both kinds are fitted to the symbols of training
images, and both use only whole numbers, so that writer and reader agree on every probability to the last bit.
"""

import math
from decimal import Context, Decimal
from functools import cache

import constriction
import numpy as np
import torch

from aelib import generation

AnsCoder = constriction.stream.stack.AnsCoder
Categorical = constriction.stream.model.Categorical

COMPONENTS = 50  # of a mixture, as in lesson 5
CODES_A_COMPONENT = 200  # at least: with fewer, a covariance of 32 units says little
MIXTURE_CODES = 20_000  # to fit a mixture to; lesson 5 takes 10,000, for 3 % more bytes
BLOCK = 1000  # images whose probabilities are in memory at a time
BINARY_PLACES = 16  # of a mixture's numbers; fewer make them less sensitive to another processor's rounding
TABLE_PLACES = 10  # binary places of a standard deviation: the spacing of entries in the normal table
TABLE_END = 8  # standard deviations; beyond that, a normal distribution has 1e-15 of its weight
PARTS = 2**24  # into which the table divides the whole


class IndependentUnits:
    """Each unit by itself: a symbol is as likely as it is frequent in the training images.

    ``symbols`` (N, code_size), ``int32``. A unit may have one more symbol on either side than they have:
    ``lowest`` to ``highest`` (code_size,). A code takes ``least_bits`` or more.
    """

    most_symbols = 2**16  # per unit: the frequencies of more would fill the memory

    def __init__(self, symbols: np.ndarray) -> None:
        self.lowest, self.highest = _range(symbols)
        # How often each symbol occurs, from the lowest on, plus one, because none may be impossible.
        self.frequencies = [
            np.bincount(column - low, minlength=high - low + 1) + 1
            for column, low, high in zip(symbols.T, self.lowest, self.highest, strict=True)
        ]
        self._coders = [Categorical(counts / counts.sum(), perfect=False) for counts in self.frequencies]
        self.least_bits = -sum(math.log2(counts.max() / counts.sum()) for counts in self.frequencies)

    def write(self, stack: AnsCoder, symbols: np.ndarray) -> None:
        """Put symbols (N, code_size) on a stack."""
        for unit in reversed(range(symbols.shape[1])):  # what goes on a stack last comes off it first
            stack.encode_reverse(symbols[:, unit] - self.lowest[unit], self._coders[unit])

    def read(self, stack: AnsCoder, count: int) -> np.ndarray:
        """Take symbols (count, code_size), ``int32``, off a stack."""
        symbols = np.empty((count, len(self.lowest)), dtype=np.int32)
        for unit, coder in enumerate(self._coders):
            symbols[:, unit] = stack.decode(coder, count) + self.lowest[unit]
        return symbols

    def tables(self) -> list[np.ndarray]:
        """Return the whole numbers from which all probabilities follow."""
        return [np.array([low, *counts]) for low, counts in zip(self.lowest, self.frequencies, strict=True)]


class Mixture:
    """A mixture of normal distributions, like the one from which lesson 5 draws codes.

    A code is written as the number of its most likely component, followed by the units one by one, each with the
    probabilities that the component gives it after the units before it. ``symbols`` are (N, code_size), ``int32``, and
    the mixture is fitted to the first 20,000; ``lowest``, ``highest`` and ``least_bits`` are as in
    ``IndependentUnits``.

    Let UUᵀ be the inverse of a component's covariance, with U upper triangular. Then unit k of a code y is
    z = Σⱼ (yⱼ − μⱼ) Uⱼₖ, over j ≤ k, standard deviations from what the component expects after the units before it. U
    and μU are kept as whole multiples of 2⁻¹⁶, so that z is a sum of whole numbers below 2⁵³: float64 holds it exactly,
    in whatever order a processor adds. A table of the normal distribution then gives probabilities in parts of 2²⁴.
    """

    most_symbols = 2**12  # per unit: their probabilities are recomputed for each image

    def __init__(self, symbols: np.ndarray) -> None:
        self.lowest, self.highest = _range(symbols)
        codes = symbols[:MIXTURE_CODES] - self.lowest
        codes = codes.repeat(1 + 2 * CODES_A_COMPONENT // len(codes), axis=0)  # enough for two components
        # A symbol represents all the values that round to it, and the mixture describes values.
        values = codes + np.random.default_rng(0).uniform(-0.5, 0.5, codes.shape)
        components = min(COMPONENTS, len(codes) // CODES_A_COMPONENT)
        self._mixture = generation.fit_mixture(torch.from_numpy(values), components, most=MIXTURE_CODES)
        factors = self._mixture.precisions_cholesky_  # (components, code_size, code_size)
        starts = np.einsum("cj,cjk->ck", self._mixture.means_, factors)
        starts += np.diagonal(factors, axis1=1, axis2=2) / 2  # a symbol begins half a step below its middle
        self._factors = np.round(factors * 2**BINARY_PLACES)
        self._starts = np.round(starts * 2**BINARY_PLACES)  # (components, code_size)
        self._weights = np.round(self._mixture.weights_ * PARTS).astype(np.int64) + 1  # (components,)
        shares = self._weights / self._weights.sum()
        self._components = Categorical(shares, perfect=False)
        self.least_bits = -math.log2(shares.max())

    def write(self, stack: AnsCoder, symbols: np.ndarray) -> None:
        """Put symbols (N, code_size) on a stack."""
        codes = symbols - self.lowest
        for start in reversed(range(0, len(codes), BLOCK)):  # what goes on a stack last comes off it first
            block = codes[start : start + BLOCK]
            chosen = self._mixture.predict(block).astype(np.int32)
            for unit in reversed(range(block.shape[1])):
                stack.encode_reverse(
                    block[:, unit], Categorical(perfect=False), self._probabilities(chosen, block, unit)
                )
            stack.encode_reverse(chosen, self._components)

    def read(self, stack: AnsCoder, count: int) -> np.ndarray:
        """Take symbols (count, code_size), ``int32``, off a stack."""
        codes = np.empty((count, len(self.lowest)), dtype=np.int32)
        for start in range(0, count, BLOCK):
            block = codes[start : start + BLOCK]
            chosen = stack.decode(self._components, len(block))
            for unit in range(block.shape[1]):
                block[:, unit] = stack.decode(Categorical(perfect=False), self._probabilities(chosen, block, unit))
        return codes + self.lowest

    def tables(self) -> list[np.ndarray]:
        """Return the whole numbers from which all probabilities follow."""
        return [self.lowest, self.highest, self._weights, self._factors, self._starts]

    def _probabilities(self, chosen: np.ndarray, codes: np.ndarray, unit: int) -> np.ndarray:
        """Return how likely each symbol of a unit is after those before it, as whole numbers in float64 (N, symbols).

        ``chosen`` (N,) are the components; only the units before this one in ``codes`` (N, code_size) are used.
        """
        before = np.einsum("nj,nj->n", codes[:, :unit], self._factors[chosen, :unit, unit])
        start = before - self._starts[chosen, unit]  # (N,)
        edges = np.arange(self.highest[unit] - self.lowest[unit] + 2)  # of the symbols
        z = start[:, None] + self._factors[chosen, unit, unit][:, None] * edges  # (N, symbols + 1)
        places = np.floor(z / 2 ** (BINARY_PLACES - TABLE_PLACES)) + TABLE_END * 2**TABLE_PLACES
        below = normal_table()[places.clip(0, len(normal_table()) - 1).astype(np.int64)]
        return np.diff(below) + 1.0  # because none may be impossible


@cache
def normal_table() -> np.ndarray:
    """Return how much of a normal distribution is below z = −8, −8 + 1/1024, … 8, in whole parts of 2²⁴.

    Computed in decimal numbers, which come out the same on every machine.
    """
    exact, end = Context(prec=28), TABLE_END * 2**TABLE_PLACES
    half = [int(PARTS * exact.exp(-((Decimal(place) / 2**TABLE_PLACES) ** 2) / 2)) for place in range(end + 1)]
    below = np.cumsum([*reversed(half), *half[1:]])
    return below * PARTS // below[-1]


def _range(symbols: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each unit's lowest and highest symbol, (code_size,), with one more on either side."""
    return symbols.min(0) - 1, symbols.max(0) + 1
