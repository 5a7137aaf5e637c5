"""Words as numbers, the typos that people make, and a thesaurus as a table: data from other fields, with rivals."""

import random
import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import torch

from aelib import checks, files

# SHA-256 of the embedded files, as tools/build_assets.py printed them.
ASSETS = {
    "words.txt": "50700a1845a59b2b5be96186f7b7c15b77894c219491920b3b35556fc172e857",
    "typos.txt": "dca13fd6793872d1f606a17881a3c17664725184af163f038dcaa512781df2e4",
    "thesaurus.npz": "126dc3934ea7c71ad5b4cf9e1453636b2f9032be2f3b83601e9a8626b1e3e9a7",
}
PLACES = 16  # letters in the longest word that fits
MAX_FILE = 20_000_000  # bytes in a vocabulary, about two million words
VOWELS = "aeiouy"
BEFORE_A = "`"  # in ASCII
PART = 500  # words compared with all others at a time
# The channel's cost for each slip, chosen on the validation typos. An ordinary slip costs 1.
COSTS = {"lost": 0.5, "doubled": 0.45, "swapped": 0.5, "vowel": 0.8, "first": 0.5, "rare": 0.05}


@dataclass(frozen=True)
class Words:
    """English words, which of them are frequent, and real typos of some of them.

    ``dictionary`` has 10,846 words of 3 to 14 letters, in alphabetical order; ``is_frequent``, bool (10846,), says
    which 3,942 are the most frequent. ``typos`` are 2,000 pairs (as typed, as meant), each of a different word, to test
    on; ``validation_typos`` are 400 of other words, for choosing settings.
    """

    dictionary: tuple[str, ...]
    is_frequent: torch.Tensor
    typos: tuple[tuple[str, str], ...]
    validation_typos: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        """Return one line with the sizes, not all words."""
        return (
            f"{len(self.dictionary):,} words, {len(self.typos):,} typos and {len(self.validation_typos):,} to validate"
        )


@dataclass(frozen=True)
class Table:
    """Who has what: ``has``, bool (rows, columns), with a name for each of its ``rows`` and ``columns``."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    has: torch.Tensor

    def __repr__(self) -> str:
        """Return one line with the sizes."""
        return f"{len(self.rows):,} rows × {len(self.columns):,} columns, {self.has.sum():,} entries"


def load() -> Words:
    """Load the embedded words, from SCOWL's levels 10 and 20, and typos, from codespell.

    Raises ``ValueError`` for a damaged file.
    """
    entries = [line.split() for line in _text("words.txt").splitlines()]
    typos = [line.split() for line in _text("typos.txt").splitlines()]
    return Words(
        dictionary=tuple(word for word, _ in entries),
        is_frequent=torch.tensor([level == "10" for _, level in entries]),
        typos=tuple((typed, meant) for typed, meant, part in typos if part == "test"),
        validation_typos=tuple((typed, meant) for typed, meant, part in typos if part == "validation"),
    )


def _text(name: str) -> str:
    return files.asset(name, ASSETS[name]).decode("ascii")


def thesaurus() -> Table:
    """Load part of the Moby Thesaurus as a table: which words (rows) have which others (columns) in their entries.

    The columns are the 1,000 words that occur in the most entries, the rows the 7,569 entries with at least eight of
    them and at most 300. Raises ``ValueError`` for a damaged file.
    """
    with np.load(BytesIO(files.asset("thesaurus.npz", ASSETS["thesaurus.npz"])), allow_pickle=False) as archive:
        rows, columns = (tuple(archive[name].astype(str).tolist()) for name in ("rows", "columns"))
        bits = np.unpackbits(archive["has"], axis=1, count=len(columns))
    return Table(rows, columns, torch.from_numpy(bits).bool())


def read(path: str | Path) -> tuple[str, ...]:
    """Read the words in your own text file, one per line, in the file's order and without repeats.

    Raises as ``files.read_whole`` does, here for more than 20 MB, and ``ValueError`` for a file that is not UTF-8 text,
    has no words, or has a line that ``as_letters`` cannot take; the message names the line.
    """
    path = files.as_path(path)
    try:
        lines = files.read_whole(path, MAX_FILE).decode("utf-8-sig").splitlines()  # some editors begin with a mark
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text. Save your list of words as plain text.") from None
    found = {}
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                found[_checked(line.strip())] = None
            except ValueError as error:
                raise ValueError(f"Line {number} of {path}: {error}") from None
    if not found:
        raise ValueError(f"There are no words in {path}. It needs one on each line.")
    return tuple(found)


def as_letters(words: Sequence[str]) -> torch.Tensor:
    """Return words as letters (N, 16), ``uint8``: 1 to 26 for a to z, and 0 after the end; case is ignored.

    Raises ``TypeError`` for one text instead of several, ``ValueError`` for a word without letters, with more than 16,
    or with others than a to z.
    """
    _several(words)
    padded = "".join(_checked(word).ljust(PLACES, BEFORE_A) for word in words)
    letters = np.frombuffer(padded.encode("ascii"), np.uint8) - ord(BEFORE_A)
    return torch.from_numpy(letters).reshape(-1, PLACES)


def _several(words: Sequence[str]) -> None:
    """Raise ``TypeError`` for one text, which would be taken letter by letter."""
    if isinstance(words, str):
        raise TypeError(f"words must be several, in brackets: [{words!r}].")


def _checked(word: str) -> str:
    """Return a word in lower case. Raises ``ValueError`` if ``as_letters`` cannot take it."""
    if not isinstance(word, str):
        raise ValueError(f"A word is text; got {checks.kind(word)}.")
    small = word.lower()
    if not small:
        raise ValueError("A word needs a letter at least; this one is empty.")
    other = re.search("[^a-z]", small)
    if other:
        raise ValueError(f"A word has the letters a to z alone; {word[: PLACES + 4]!r} has {other[0]!r}.")
    if len(small) > PLACES:
        raise ValueError(f"A word has {PLACES} letters at most; {word[:PLACES]!r}… has {len(word)}.")
    return small


def as_words(letters: torch.Tensor) -> list[str]:
    """Return the words spelt by letters (N, places) from 0 to 26; a 0 within a word becomes "_", and 0s at its end go.

    Raises ``TypeError`` for anything but a tensor, ``ValueError`` for another shape or other numbers.
    """
    checks.tensor(letters, "letters")
    checks.shape(letters, ("N", "places"), "letters")
    if letters.numel() and not 0 <= letters.min() <= letters.max() <= len(string.ascii_lowercase):
        raise ValueError(f"letters must lie from 0 to 26; these go from {letters.min()} to {letters.max()}.")
    symbols = "_" + string.ascii_lowercase
    return ["".join(symbols[int(letter)] for letter in row).rstrip("_") for row in letters.tolist()]


def slip(word: str, generator: random.Random) -> str:
    """Return a word with one slip: a letter lost (35 %), added (20 %) or replaced (25 %), or two swapped (20 %).

    Half of the added letters double their neighbour. A word of three letters loses none, one of 16 gains none. Raises
    as ``as_letters`` does.
    """
    word = _checked(word)
    lot, place = generator.random(), generator.randrange(len(word))
    if lot < 0.35 and len(word) > 3:
        return word[:place] + word[place + 1 :]
    if lot < 0.55 and len(word) < PLACES:
        letter = word[place] if generator.random() < 0.5 else generator.choice(string.ascii_lowercase)
        return word[:place] + letter + word[place:]
    if lot < 0.8 or len(word) == 1:
        return word[:place] + generator.choice(string.ascii_lowercase) + word[place + 1 :]
    place = generator.randrange(len(word) - 1)
    return word[:place] + word[place + 1] + word[place] + word[place + 2 :]


def mistyped(words: Sequence[str], seed: int = 0) -> list[str]:
    """Return words as somebody might type them: 15 % as they are, 70 % with one ``slip``, 15 % with two.

    Raises as ``slip`` does, ``TypeError`` for one text instead of several, and ``ValueError`` for an invalid seed.
    """
    _several(words)
    generator = random.Random(checks.seed(seed))
    typed = []
    for word in words:
        for _ in range(generator.choices((0, 1, 2), (15, 70, 15))[0]):
            word = slip(word, generator)
        typed.append(word)
    return typed


class Mender:
    """Finds the dictionary words whose codes are nearest to that of what somebody typed.

    ``network`` is a ``models.WordAutoencoder``, or another with ``encode`` for letters (N, 16); ``dictionary`` are
    words that ``as_letters`` takes. The distance is 1 minus the cosine of the angle between two codes, seen from the
    dictionary's mean code: 0 for the same code, 1 for a right angle. Raises as ``as_letters`` does, and ``ValueError``
    for fewer than two words.
    """

    def __init__(self, network: torch.nn.Module, dictionary: Sequence[str]) -> None:
        _several(dictionary)
        self.network, self.dictionary = network, tuple(dictionary)
        if len(self.dictionary) < 2:
            raise ValueError(f"The dictionary needs two words or more; got {len(self.dictionary)}.")
        codes = self._encoded(self.dictionary)
        self.mean = codes.mean(0)  # (code_size,)
        self.directions = torch.nn.functional.normalize(codes - self.mean)  # (words, code_size)

    @torch.no_grad()
    def _encoded(self, words: Sequence[str]) -> torch.Tensor:
        return torch.cat([self.network.encode(part) for part in as_letters(words).split(PART)])

    def distances(self, typed: Sequence[str]) -> torch.Tensor:
        """Return the distances (N, words) from each typed word to each in the dictionary. Raises as ``as_letters``."""
        typed = torch.nn.functional.normalize(self._encoded(typed) - self.mean)
        return 1 - typed @ self.directions.T

    def nearest(self, typed: Sequence[str], count: int = 5) -> tuple[torch.Tensor, torch.Tensor]:
        """Return, for each typed word, the nearest words' distances (N, count) and their places in the dictionary.

        The nearest comes first. Raises as ``as_letters``, and ``ValueError`` for more than there are words.
        """
        count = checks.whole(count, "count", 1, len(self.dictionary))
        parts = [typed[first : first + PART] for first in range(0, len(typed), PART)]  # to save memory
        found = [self.distances(part).topk(count, largest=False) for part in parts]
        return torch.cat([each.values for each in found]), torch.cat([each.indices for each in found])

    def mend(self, typed: Sequence[str]) -> list[str]:
        """Return the dictionary word with the nearest code for each typed word. Raises as ``as_letters``."""
        return [self.dictionary[place] for place in self.nearest(typed, 1)[1][:, 0]]


def edit_distances(typed: Sequence[str], dictionary: Sequence[str]) -> torch.Tensor:
    """Return the fewest edits, ``int8`` (N, words), that turn each typed word into each one in the dictionary.

    An edit inserts a letter, deletes one, replaces one, or swaps two neighbours: the four slips of Damerau 1964,
    doi:10.1145/363958.363994. No letter is edited twice (optimal string alignment), so that from "ca" to "abc" takes
    three. Raises as ``as_letters`` does.
    """
    letters = np.ascontiguousarray(as_letters(dictionary).numpy().T)  # (places, words): all words at once
    lengths, one = (letters > 0).sum(0), np.int8(1)
    distances = torch.empty(len(typed), len(dictionary), dtype=torch.int8)
    for row, word in enumerate(as_letters(typed).numpy()):
        # Row by row of the usual table: edits from the letters typed so far to the first 0, 1, … letters of each word.
        before, now = None, np.repeat(np.arange(PLACES + 1, dtype=np.int8)[:, None], len(dictionary), 1)
        for place, letter in enumerate(word[word > 0]):
            earlier, before = before, now
            now = before + one  # the letter deleted
            np.minimum(now[1:], before[:-1] + (letters != letter), out=now[1:])
            if place:
                swapped = (letters[1:] == word[place - 1]) & (letters[:-1] == letter)
                np.minimum(now[2:], earlier[:-2] + one, out=now[2:], where=swapped)
            for last, longer in zip(now, now[1:], strict=False):  # a letter inserted, perhaps after others
                np.minimum(longer, last + one, out=longer)
        distances[row] = torch.from_numpy(now[lengths, np.arange(len(dictionary))])
    return distances


def channel_costs(typed: str, word: str, is_frequent: bool, costs: dict[str, float] | None = None) -> float:
    """Return a noisy channel's cost for typing ``word`` as ``typed``: that of the cheapest slips that do it.

    An added letter, or a wrong one, costs 1; slips that people make more often cost less, as in ``COSTS``: a letter
    ``"lost"``; one ``"doubled"``, or a double one typed once; two ``"swapped"``; one ``"vowel"`` for another. A slip in
    the ``"first"`` letter costs more, and so do ``"rare"`` words. Kernighan, Church & Gale 1990,
    doi:10.3115/997939.997975, whose costs were counted from text.
    """
    costs = COSTS if costs is None else costs
    before, now = None, [0.0]
    for place in range(len(typed)):
        now.append(now[-1] + _cost_of_letter(typed, place, costs))
    for row in range(len(word)):
        earlier, before = before, now
        lost = costs["lost"] * _cost_of_letter(word, row, costs)
        now = [before[0] + lost]
        for place in range(len(typed)):
            at_start = costs["first"] * (row == 0 and place == 0)
            options = [
                before[place]
                + (word[row] != typed[place]) * (_cost_of_other(word[row], typed[place], costs) + at_start),
                before[place + 1] + lost,
                now[place] + _cost_of_letter(typed, place, costs),  # a letter too many
            ]
            if row and place and word[row] == typed[place - 1] and word[row - 1] == typed[place]:
                options.append(earlier[place - 1] + costs["swapped"])
            now.append(min(options))
    return now[-1] + costs["rare"] * (not is_frequent)


def _cost_of_letter(letters: str, place: int, costs: dict[str, float]) -> float:
    """Return the cost of a letter that is in only one of the two words."""
    if place and letters[place] == letters[place - 1]:
        return costs["doubled"]
    return 1 + costs["first"] * (place == 0)


def _cost_of_other(letter: str, other: str, costs: dict[str, float]) -> float:
    return costs["vowel"] if letter in VOWELS and other in VOWELS else 1
