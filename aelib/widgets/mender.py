"""A field to type a word in, and what an autoencoder of words, and edit distance, think it means."""

from collections.abc import Sequence

import torch
import traitlets
from matplotlib.figure import Figure

from aelib import checks, models, plots, words
from aelib.widgets import stills
from aelib.widgets.decoded import float32
from aelib.widgets.networks import MAX_WEIGHTS
from aelib.widgets.shared import Drawn

MOST_EXAMPLES = 8
MAX_NUMBERS = 10_000_000  # in the codes of all words, which the browser computes and keeps
# The still picture's column titles, and where each column begins, as a share of the width.
COLUMNS = {"typed": 0, "nearest code": 0.22, "the decoder spells": 0.49, "fewest edits": 0.71}


class TypoMender(Drawn):
    """A field to type a word in; with each letter, the browser shows which word might have been meant.

    It shows the five dictionary words with the nearest codes, what the decoder spells, and the words with the fewest
    edits, as counted by ``words.edit_distances``. ``mender`` is a ``words.Mender`` whose network is a
    ``models.WordAutoencoder``; the browser computes the codes of its dictionary itself. ``examples`` are up to eight
    words on buttons. ``alt`` says what the still picture shows, after a description of its layout.

    ``typed`` is the word in the field, in lower case, and can be set.

    Raises ``TypeError`` for another mender or network, ``ValueError`` for a dictionary or network that is too large for
    the browser, for codes that are not finite, and, as ``words.as_letters`` does, for anything but a word.
    """

    view = traitlets.Unicode("mender").tag(sync=True)
    dictionary = traitlets.Unicode().tag(sync=True)  # its words, with a space between
    sizes = traitlets.List().tag(sync=True)  # of the network: places, hidden, code_size
    weights = traitlets.Bytes().tag(sync=True)  # of all its layers, in torch's order
    examples = traitlets.List().tag(sync=True)
    typed = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, mender: words.Mender, *, typed: str = "recieve", examples: Sequence[str] = (), alt: str = ""
    ) -> None:
        _for_browser(mender)
        self.mender = mender
        self._alt = alt
        super().__init__(
            dictionary=" ".join(mender.dictionary).lower(),
            sizes=[mender.network.places, mender.network.hidden, mender.network.code_size],
            weights=b"".join(map(float32, mender.network.parameters())),
            examples=_examples(examples),
            typed=_small(typed),
        )

    @traitlets.validate("typed")
    def _check_typed(self, proposal: dict) -> str:
        return _small(proposal["value"])

    def __repr__(self) -> str:
        """Return one line, in case no picture can be shown at all."""
        return (
            f"A mender of typos that knows {len(self.mender.dictionary):,} words; run the cell in a notebook to type."
        )

    def _repr_mimebundle_(self, **_: object) -> tuple[dict, dict]:
        bundle, metadata = super()._repr_mimebundle_()
        return bundle | {"text/html": self._still()}, metadata

    def _still(self) -> str:
        """Return, as HTML, a table of the typed word and the examples, and what becomes of them."""
        typed = [*dict.fromkeys([self.typed, *self.examples])]
        found = self._mended(typed)
        told = [
            f"{word} (nearest code: {near}; spelt: {spelt}; fewest edits: {edits})"
            for word, near, spelt, edits in zip(typed, *found, strict=True)
        ]
        text = (
            f"A table of {stills.counted(len(typed), 'word')} typed: for each, the word with the nearest code and its "
            f"distance, what the decoder spells, and the first word that the fewest edits lead to: "
            f"{stills.listed(told)}."
        )
        return stills.picture(_table([typed, *found]), text, self._alt)

    @torch.no_grad()
    def _mended(self, typed: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
        """Return the other three columns of the table for each typed word."""
        dictionary = self.dictionary.split()
        distances, nearest = self.mender.distances(typed).min(1)
        near = [
            f"{dictionary[place]} ({distance:.2f})"
            for place, distance in zip(nearest.tolist(), distances.tolist(), strict=True)
        ]
        spelt = words.as_words(self.mender.network(words.as_letters(typed)).argmax(2))
        edits = words.edit_distances(typed, dictionary)
        least = edits.min(1).values.tolist()
        first = [
            f"{dictionary[row.tolist().index(fewest)]} ({stills.counted(fewest, 'edit')})"
            for row, fewest in zip(edits, least, strict=True)
        ]
        return near, [word or "nothing" for word in spelt], first


def _for_browser(mender: words.Mender) -> None:
    """Refuse a mender that the browser cannot run as Python does. Raises ``TypeError`` or ``ValueError``."""
    if not isinstance(mender, words.Mender):
        raise TypeError(f"mender must be a words.Mender(network, dictionary); this is {checks.kind(mender)}.")
    if type(mender.network) is not models.WordAutoencoder:
        raise TypeError(
            f"The browser knows menders with a models.WordAutoencoder; this one's network is "
            f"{checks.kind(mender.network)}."
        )
    weights = sum(weight.numel() for weight in mender.network.parameters())
    if weights > MAX_WEIGHTS:
        raise ValueError(f"The browser takes a network of {MAX_WEIGHTS:,} weights at most; this one has {weights:,}.")
    numbers = mender.directions.numel()
    if numbers > MAX_NUMBERS:
        raise ValueError(
            f"The browser keeps the codes of all words, {MAX_NUMBERS:,} numbers at most; those of "
            f"{len(mender.dictionary):,} words have {numbers:,}. Take the most frequent words alone."
        )
    if not mender.directions.isfinite().all():
        raise ValueError("Some codes are NaN or infinite. Was the network trained with too high a learning rate?")


def _examples(examples: Sequence[str]) -> list[str]:
    """Return the examples in lower case. Raises ``TypeError`` or ``ValueError``."""
    if isinstance(examples, str) or not isinstance(examples, Sequence):
        raise TypeError(f'examples must be words in brackets, such as ["wierd"]; this is {checks.kind(examples)}.')
    if len(examples) > MOST_EXAMPLES:
        raise ValueError(f"examples must be {MOST_EXAMPLES} words at most, for each has a button; got {len(examples)}.")
    return [_small(example) for example in examples]


def _small(word: str) -> str:
    """Return a word in lower case. Raises ``ValueError`` if ``words.as_letters`` cannot take it."""
    return words.as_words(words.as_letters([word]))[0]


def _table(columns: Sequence[Sequence[str]]) -> Figure:
    """Return a table as a figure, with columns below their titles."""
    rows = len(columns[0])
    figure, axes = plots.subplots(size=(plots.WIDTH, 0.28 * (rows + 1) + 0.1))
    for (title, left), column in zip(COLUMNS.items(), columns, strict=True):
        axes.text(left, 0, title, weight="bold", va="center")
        for row, word in enumerate(column, start=1):
            axes.text(left, row, word, va="center", parse_math=False)
    axes.axhline(0.5, color="black", linewidth=0.8)
    axes.set(xlim=(0, 1), ylim=(rows + 0.5, -0.5))
    axes.set_axis_off()
    return figure
