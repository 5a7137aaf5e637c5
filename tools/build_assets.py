"""Rebuild the data in aelib/assets/ from four of Debian's packages and one of npm's.

    apt-get install dataset-fashion-mnist fonts-noto-color-emoji scowl codespell
    npm pack moby@1.1.2 && tar xzf moby-1.1.2.tgz
    pip install -e .[assets]
    python tools/build_assets.py package/words.txt

Prints the SHA-256 of each file, for aelib/data/sets.py and aelib/words.py.
"""

import gzip
import hashlib
import random
import re
import sys
import unicodedata
import zipfile
from collections import Counter, defaultdict
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

ASSETS = Path(__file__).parents[1] / "aelib" / "assets"
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
EMOJI_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
TRAINING_IMAGES = 20_000
EMOJI_SIZE = 32
EMOJI_TEST_SHARE = 0.15
# Code points that vary an emoji without making it a different one: joiner, variation selectors, skin tones, hair.
MODIFIERS = {0x200D, 0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400), *range(0x1F9B0, 0x1F9B4)}
WORD_LISTS = Path("/usr/share/dict/scowl")
TYPOS = Path("/usr/lib/python3/dist-packages/codespell_lib/data/dictionary.txt")
WORD_LEVELS = (10, 20)  # of SCOWL, the most frequent words
THESAURUS_LEVELS = (10, 20, 35)
VALIDATION_TYPOS, TEST_TYPOS = 400, 2_000
THESAURUS_COLUMNS, FEWEST, MOST = 1_000, 8, 300  # FEWEST and MOST: how many columns an entry may have
LEFT_OUT = {"queer"}  # not a column: what the thesaurus of 1996 lists with it insults people
FASHION_CLASSES = (
    ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]
)  # fmt: skip


def save_archive(path: Path, arrays: dict[str, np.ndarray], way: int = zipfile.ZIP_LZMA) -> None:
    """Write a compressed .npz whose bytes depend only on the arrays (np.savez would include the date).

    np.load reads it, whichever ``way`` of zipfile packs it. LZMA takes a sixth to a quarter off ZIP_DEFLATED, and takes
    six times as long to read.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            content = BytesIO()
            np.save(content, array, allow_pickle=False)
            entry = zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, content.getvalue(), way, compresslevel=9)
    print(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


def read_idx(name: str, header_bytes: int) -> np.ndarray:
    """Return the bytes of one of Fashion-MNIST's gzipped IDX files, without the header."""
    with gzip.open(FASHION_MNIST / f"{name}-ubyte.gz") as file:
        return np.frombuffer(file.read(), np.uint8, offset=header_bytes)


def build_fashion_mnist() -> None:
    """Write the first 20,000 training images and all test images."""
    arrays = {}
    for part, stem, count in (("train", "train", TRAINING_IMAGES), ("test", "t10k", 10_000)):
        images = read_idx(f"{stem}-images-idx3", 16).reshape(-1, 28, 28)  # (N, H, W)
        arrays[part] = images[:count]
        arrays[f"{part}_labels"] = read_idx(f"{stem}-labels-idx1", 8)[:count]
    arrays["classes"] = np.array(FASHION_CLASSES)
    save_archive(ASSETS / "fashion-mnist.npz", arrays, zipfile.ZIP_DEFLATED)  # which nearly every kernel reads


def code_points_of_glyphs(font) -> dict[str, list[int]]:
    """Map each glyph name to its code points: one from the character map, or several that a ligature joins."""
    points = {glyph: [point] for point, glyph in sorted(font.getBestCmap().items(), reverse=True)}
    subtables = (subtable for lookup in font["GSUB"].table.LookupList.Lookup for subtable in lookup.SubTable)
    for subtable in subtables:
        for first, ligatures in getattr(subtable, "ligatures", {}).items():
            for ligature in ligatures:
                parts = [first, *ligature.Component]
                if all(part in points for part in parts):
                    points[ligature.LigGlyph] = [point for part in parts for point in points[part]]
    return points


def emoji_name(points: list[int]) -> str:
    """Return the Unicode names of the code points, joined, without the invisible ones."""
    names = [unicodedata.name(chr(point), f"U+{point:X}") for point in points if point not in (0x200D, 0xFE0F)]
    return " + ".join(names).lower()


def read_emoji(size: int = EMOJI_SIZE) -> dict[str, tuple[tuple[int, ...], np.ndarray]]:
    """Return name -> (family, pixels (size, size, 3)); a family is an emoji with all its skin tones and hair."""
    from fontTools.ttLib import TTFont

    font = TTFont(EMOJI_FONT)
    points_of = code_points_of_glyphs(font)
    pictures = {}
    for glyph_name, glyph in font["CBDT"].strikeData[0].items():
        if glyph_name not in points_of:
            continue  # a shape that no text can produce
        points = points_of[glyph_name]
        with Image.open(BytesIO(glyph.imageData)) as picture:
            picture = picture.convert("RGBA")
        side = max(picture.size)
        square = Image.new("RGBA", (side, side), "white")
        square.alpha_composite(picture, ((side - picture.width) // 2, (side - picture.height) // 2))
        pixels = np.array(square.convert("RGB").resize((size, size), Image.Resampling.LANCZOS))
        family = tuple(point for point in points if point not in MODIFIERS) or tuple(points)
        pictures[emoji_name(points)] = (family, pixels)
    return pictures


def build_emoji() -> None:
    """Write all colour bitmaps of the font, on white, with all variants of an emoji on one side of the split."""
    pictures = read_emoji()
    names = sorted(pictures)
    families = sorted({family for family, _ in pictures.values()})
    random.Random(0).shuffle(families)
    test, wanted = set(), len(names) * EMOJI_TEST_SHARE
    for family in families:
        if len(test) < wanted:
            test |= {name for name in names if pictures[name][0] == family}
    arrays = {}
    for part, is_test in (("train", False), ("test", True)):
        chosen = [label for label, name in enumerate(names) if (name in test) == is_test]
        arrays[part] = np.stack([pictures[names[label]][1] for label in chosen])  # (N, H, W, C)
        arrays[f"{part}_labels"] = np.array(chosen, dtype=np.int16)
    arrays["classes"] = np.array(names)
    save_archive(ASSETS / "emoji.npz", arrays)
    print({part: arrays[part].shape for part in ("train", "test")})


def save_text(path: Path, lines: list[str]) -> None:
    """Write lines of text."""
    path.write_text("".join(line + "\n" for line in lines), encoding="ascii")
    print(f"{path.name}: {path.stat().st_size:,} bytes, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


def read_word_levels(levels: tuple[int, ...]) -> dict[str, int]:
    """Return the American words of 3 to 14 letters at some levels of SCOWL, each with its lowest level."""
    level_of = {}
    for level in levels:
        for kind in ("english", "american"):
            text = (WORD_LISTS / f"{kind}-words.{level}").read_text(encoding="latin-1")
            for word in text.split():
                if re.fullmatch("[a-z]{3,14}", word):
                    level_of.setdefault(word, level)
    return level_of


def build_words() -> None:
    """Write the words with their levels, and typos, each of a different word."""
    level_of = read_word_levels(WORD_LEVELS)
    save_text(ASSETS / "words.txt", [f"{word} {level_of[word]}" for word in sorted(level_of)])
    typos = defaultdict(list)
    for line in TYPOS.read_text(encoding="utf-8").splitlines():
        typed, _, meant = line.partition("->")
        if re.fullmatch("[a-z]{3,16}", typed) and meant in level_of and typed not in level_of:
            typos[meant].append(typed)
    lots = random.Random(0)
    meant = sorted(typos)
    lots.shuffle(meant)
    pairs = [f"{lots.choice(typos[word])} {word}" for word in meant[: VALIDATION_TYPOS + TEST_TYPOS]]
    parts = ["validation"] * VALIDATION_TYPOS + ["test"] * TEST_TYPOS
    save_text(ASSETS / "typos.txt", [f"{pair} {part}" for pair, part in zip(pairs, parts, strict=True)])


def build_thesaurus(moby: Path) -> None:
    """Write which of a thesaurus's entries have which of its most frequent words."""
    known = read_word_levels(THESAURUS_LEVELS)
    entries = {}
    for line in moby.read_text(encoding="utf-8").splitlines():
        name, *others = line.split(",")
        if name in known:
            entries[name] = [word for word in others if word in known]
    counts = Counter(word for words in entries.values() for word in words if word not in LEFT_OUT)
    columns = sorted(sorted(counts, key=lambda word: (-counts[word], word))[:THESAURUS_COLUMNS])
    place = {word: column for column, word in enumerate(columns)}
    has = {name: sorted({place[word] for word in words if word in place}) for name, words in entries.items()}
    rows = sorted(name for name, words in has.items() if FEWEST <= len(words) <= MOST)
    table = np.zeros((len(rows), len(columns)), bool)
    for row, name in enumerate(rows):
        table[row, has[name]] = True
    print(table.shape, table.sum())
    arrays = {"rows": np.array(rows, "S"), "columns": np.array(columns, "S"), "has": np.packbits(table, axis=1)}
    save_archive(ASSETS / "thesaurus.npz", arrays)


if __name__ == "__main__":
    ASSETS.mkdir(exist_ok=True)
    build_fashion_mnist()
    build_emoji()
    build_words()
    build_thesaurus(Path(sys.argv[1]))
