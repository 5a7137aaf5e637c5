"""Words as numbers, typos and how they are mended, and a thesaurus as a table."""

import random
import re
import string
import time
from collections import Counter
from functools import cache

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from aelib import models, training, words

WORDS = st.text(string.ascii_lowercase, min_size=1, max_size=16)
NO_WORDS = {
    "": "needs a letter at least",
    300 * "a": "has 16 letters at most; 'aaaaaaaaaaaaaaaa'… has 300",
    "a1": "letters a to z alone; 'a1' has '1'",
    "über": "has 'ü'",
    "汉字": "has '汉'",
    "two words": "has ' '",
    "😀": "has '😀'",
    "a\n": r"has '\\n'",
    "İ": "letters a to z alone",
}


def test_the_embedded_words_are_what_they_are_said_to_be():
    vocabulary = words.load()
    assert len(vocabulary.dictionary) == len(set(vocabulary.dictionary)) == 10_846
    assert vocabulary.dictionary == tuple(sorted(vocabulary.dictionary))
    assert all(re.fullmatch("[a-z]{3,14}", word) for word in vocabulary.dictionary)
    assert vocabulary.is_frequent.shape == (10_846,) and vocabulary.is_frequent.sum() == 3_942
    known = set(vocabulary.dictionary)
    pairs = [*vocabulary.typos, *vocabulary.validation_typos]
    assert (len(vocabulary.typos), len(vocabulary.validation_typos)) == (2_000, 400)
    assert all(meant in known and typed not in known for typed, meant in pairs)
    assert len({meant for _, meant in pairs}) == 2_400, "each word once, in the test or in the validation"
    assert "10,846 words, 2,000 typos" in repr(vocabulary)


def test_the_thesaurus_is_what_it_is_said_to_be():
    thesaurus = words.thesaurus()
    assert thesaurus.has.shape == (7_569, 1_000) == (len(thesaurus.rows), len(thesaurus.columns))
    entries = thesaurus.has.sum(1)
    assert thesaurus.has.dtype == torch.bool and entries.min() >= 8 and entries.max() <= 300
    row = thesaurus.has[thesaurus.rows.index("gloomy")]
    assert "dark" in {thesaurus.columns[column] for column in row.nonzero()[:, 0]}
    assert repr(thesaurus) == "7,569 rows × 1,000 columns, 176,909 entries"


@given(st.lists(WORDS, max_size=5))
def test_letters_spell_the_words_that_they_were(given):
    letters = words.as_letters(given)
    assert letters.shape == (len(given), 16) and letters.dtype == torch.uint8
    assert words.as_words(letters) == given


def test_capitals_become_small_and_gaps_are_shown():
    assert words.as_letters(["Az"])[0, :3].tolist() == [1, 26, 0]
    assert words.as_words(torch.tensor([[0, 1, 0, 2, 0]])) == ["_a_b"]


@pytest.mark.parametrize(("wrong", "told"), NO_WORDS.items(), ids=lambda text: ascii(text)[:12])
def test_what_is_no_word_is_refused_and_told(wrong, told):
    for function in (lambda: words.as_letters(["fine", wrong]), lambda: words.slip(wrong, random.Random(0))):
        with pytest.raises(ValueError, match=told):
            function()


def test_what_are_no_words_or_letters_is_refused():
    with pytest.raises(TypeError, match=re.escape("several, in brackets: ['word']")):
        words.as_letters("word")
    with pytest.raises(ValueError, match="A word is text; got an int"):
        words.as_letters([5])
    with pytest.raises(ValueError, match="from 0 to 26; these go from 0 to 27"):
        words.as_words(torch.tensor([[0, 27]]))
    with pytest.raises(TypeError, match="must be a torch tensor"):
        words.as_words([[1]])


@given(WORDS, st.integers(0, 1000))
def test_a_slip_is_one_edit_at_most(word, seed):
    slipped = words.slip(word, random.Random(seed))
    assert 1 <= len(slipped) <= 16 and len(slipped) >= min(len(word), 3)
    assert words.edit_distances([slipped], [word]).item() <= 1


def test_all_four_slips_happen_as_often_as_is_said():
    lots, word = random.Random(0), "abcdefghij"
    slips = Counter(len(words.slip(word, lots)) - len(word) for _ in range(4_000))
    assert slips[-1] / 4_000 == pytest.approx(0.35, abs=0.03) and slips[1] / 4_000 == pytest.approx(0.2, abs=0.03)
    same = [words.slip(word, lots) for _ in range(4_000)]
    swapped = sum(sorted(each) == sorted(word) and each != word for each in same)
    assert swapped / 4_000 == pytest.approx(0.2, abs=0.03)


def test_words_are_mistyped_by_the_seed_and_some_stay_as_they_are():
    dictionary = words.load().dictionary[:2_000]
    typed = words.mistyped(dictionary, seed=3)
    assert typed == words.mistyped(dictionary, seed=3) != words.mistyped(dictionary, seed=4)
    edits = Counter(words.edit_distances([t], [w]).item() for t, w in zip(typed, dictionary, strict=True))
    assert edits[0] / 2_000 == pytest.approx(0.17, abs=0.03) and 0.08 < edits[2] / 2_000 < 0.16 and edits[3] < 20


def test_a_vocabulary_of_ones_own_is_read(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("Zebra\n\n  ant \nzebra\r\nbee", encoding="utf-8")
    assert words.read(path) == words.read(str(path)) == ("zebra", "ant", "bee")
    path.write_text("Zebra", encoding="utf-8-sig")  # as some editors do
    assert words.read(path) == ("zebra",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x89PNG\r\n\x1a\n\xff\x00", "not UTF-8 text"),
        (b"", "There are no words in"),
        (b"\n \n", "There are no words in"),
        (b"ant\nb33\n", "Line 2 of .*list.txt: .*'b33' has '3'"),
        ("Ameise\nKäfer".encode(), "Line 2 of .*has 'ä'"),
        (b"a" * 20_000_001, "larger than 20 MB"),
    ],
)
def test_a_file_that_is_no_vocabulary_is_refused(tmp_path, content, told):
    path = tmp_path / "list.txt"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        words.read(path)


def test_a_vocabulary_that_is_not_there_is_told(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        words.read(tmp_path / "none.txt")
    with pytest.raises(ValueError, match="is a folder, not a file"):
        words.read(tmp_path)


def test_one_text_is_not_taken_letter_by_letter():
    for work in (words.mistyped, lambda text: words.Mender(models.WordAutoencoder(8, 16), text)):
        with pytest.raises(TypeError, match=r"several, in brackets: \['hello'\]"):
            work("hello")


def test_the_nearest_code_is_that_of_the_word_itself_and_distances_are_those_of_cosines():
    dictionary = words.load().dictionary[:700]
    network = models.WordAutoencoder(8, 16)
    mender = words.Mender(network, dictionary)
    assert mender.mend(dictionary) == list(dictionary)
    with torch.no_grad():
        codes, asked = network.encode(words.as_letters(dictionary)), network.encode(words.as_letters(["abel"]))
    cosine = torch.nn.functional.cosine_similarity(asked - codes.mean(0), codes - codes.mean(0))
    torch.testing.assert_close(mender.distances(["abel"])[0], 1 - cosine)
    distances, places = mender.nearest(["abel"] * 600, 3)  # in two parts
    expected = (1 - cosine).topk(3, largest=False)
    torch.testing.assert_close(distances[-1], expected.values)
    assert places[-1].equal(expected.indices) and distances.shape == (600, 3)


def test_a_mender_refuses_what_it_cannot_use():
    with pytest.raises(ValueError, match="two words or more"):
        words.Mender(models.WordAutoencoder(8, 16), ["one"])
    mender = words.Mender(models.WordAutoencoder(8, 16), ["one", "two"])
    with pytest.raises(ValueError, match="count must be at most 2"):
        mender.nearest(["on"], 3)
    with pytest.raises(ValueError, match="letters a to z alone"):
        mender.mend(["o1"])


def test_the_shipped_mender_mends_nine_real_typos_in_ten_and_leaves_words_alone():
    vocabulary = words.load()
    mender = words.Mender(training.pretrained("words-128"), vocabulary.dictionary)
    mended = mender.mend([typed for typed, _ in vocabulary.typos])
    assert sum(word == meant for word, (_, meant) in zip(mended, vocabulary.typos, strict=True)) >= 0.92 * 2_000
    assert mender.mend(vocabulary.dictionary[::7]) == list(vocabulary.dictionary[::7])


@pytest.mark.parametrize(
    ("typed", "word", "expected"),
    [
        ("word", "word", 0),
        ("wrd", "word", 0.5),  # lost
        ("worrd", "word", 0.45),  # doubled
        ("leter", "letter", 0.5 * 0.45),  # a double letter typed once is a lost one, too
        ("wrod", "word", 0.5),  # swapped
        ("ward", "word", 0.8),  # a vowel for another
        ("wotd", "word", 1),  # another letter
        ("wortd", "word", 1),  # one too many
        ("vord", "word", 1.5),  # the first
    ],
)
def test_the_channel_by_hand(typed, word, expected):
    assert words.channel_costs(typed, word, True) == pytest.approx(expected)
    assert words.channel_costs(typed, word, False) == pytest.approx(expected + 0.05)


@given(WORDS, WORDS)
def test_a_channel_in_which_all_slips_cost_one_counts_edits(typed, word):
    costs = {"lost": 1, "doubled": 1, "swapped": 1, "vowel": 1, "first": 0, "rare": 0}
    assert words.channel_costs(typed, word, True, costs) == words.edit_distances([typed], [word]).item()


def recursively(typed, word):
    """Return the fewest edits between two words as the definition has it: by what was done last."""

    @cache
    def edits(i, j):
        if not i or not j:
            return i + j
        options = [edits(i - 1, j) + 1, edits(i, j - 1) + 1, edits(i - 1, j - 1) + (typed[i - 1] != word[j - 1])]
        if i > 1 and j > 1 and typed[i - 2 : i] == word[j - 2 : j][::-1]:
            options.append(edits(i - 2, j - 2) + 1)
        return min(options)

    return edits(len(typed), len(word))


@pytest.mark.parametrize(("typed", "word", "expected"), [
    ("receive", "receive", 0),
    ("recieve", "receive", 1),  # two swapped
    ("recive", "receive", 1),  # one lost
    ("recceive", "receive", 1),  # one too many
    ("receife", "receive", 1),  # another one
    ("a", "z", 1),
    ("ab", "ba", 1),
    ("kitten", "sitting", 3),
    ("ca", "abc", 3),  # two, if a letter could be edited twice: swapped, and then parted
    ("abcdefghijklmnop", "z", 16),
    ("abcdefghijklmnop", "badcfehgjilknmpo", 8),
    ("Wierd", "WEIRD", 1),
])  # fmt: skip
def test_edits_are_counted_as_by_hand(typed, word, expected):
    found = words.edit_distances([typed], [word])
    assert found.shape == (1, 1) and found.dtype == torch.int8 and found.item() == expected
    assert words.edit_distances([word], [typed]).item() == expected


def test_edits_are_counted_as_by_the_definition():
    vocabulary = words.load()
    typed = [typed for typed, _ in vocabulary.typos[::50]] + ["a", "aa", "zz", "abababababababab", "bananabananabana"]
    dictionary = [*vocabulary.dictionary[::80], "b", "ab", "babababababababa"]
    expected = [[recursively(one, other) for other in dictionary] for one in typed]
    assert words.edit_distances(typed, dictionary).tolist() == expected


def test_the_edits_to_a_whole_dictionary_are_counted_fast():
    vocabulary = words.load()
    started = time.process_time()
    found = words.edit_distances([typed for typed, _ in vocabulary.typos[:200]], vocabulary.dictionary)
    assert time.process_time() - started < 2  # seconds; 0.2 as measured
    assert found.shape == (200, 10_846) and found.min() == 1


def test_edits_between_no_words_are_none():
    assert words.edit_distances([], ["abc"]).shape == (0, 1)
    assert words.edit_distances(["abc"], []).shape == (1, 0)


@pytest.mark.parametrize(("typed", "dictionary", "error", "message"), [
    ("abc", ["abc"], TypeError, "several, in brackets"),
    (["abc"], "abc", TypeError, "several, in brackets"),
    ([""], ["abc"], ValueError, "needs a letter at least"),
    (["abc"], ["ab c"], ValueError, "a to z alone; 'ab c' has ' '"),
    (["汉字"], ["abc"], ValueError, "has '汉'"),
    (["a" * 17], ["abc"], ValueError, "16 letters at most"),
    (["abc"], [5], ValueError, "A word is text; got an int"),
])  # fmt: skip
def test_edits_are_counted_of_words_alone(typed, dictionary, error, message):
    with pytest.raises(error, match=message):
        words.edit_distances(typed, dictionary)
