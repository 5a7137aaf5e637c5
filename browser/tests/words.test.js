import assert from "node:assert/strict";
import { test } from "node:test";
import { editDistance, fewestEdits, problemOf } from "../words.js";

test("what is no word is told in a sentence that names the character, or the limit", () => {
  for (const word of ["a", "receive", "abcdefghijklmnop"]) assert.equal(problemOf(word), "");
  assert.equal(problemOf(""), "Type a word.");
  for (const [text, name] of [
    ["w1erd", "“1”"],
    ["Word", "“W”"], // the view makes small letters of capitals
    ["naïve", "“ï”"],
    ["nai\u0308ve", "“i\u0308”"],
    ["汉字", "“汉”"],
    ["👩‍👧x", "“👩‍👧”"],
    ["its own", "a space"],
    ["x\u200b", "the invisible U+200B"],
  ]) {
    assert.equal(problemOf(text), `A word has the letters a to z alone, not ${name}.`);
  }
  assert.equal(problemOf("a".repeat(17)), "A word has 16 letters at most; this one has 17.");
  assert.equal(problemOf("a".repeat(1e6)), "A word has 16 letters at most; this one has 1000000.");
});

test("edits are counted as by hand", () => {
  for (const [word, other, edits] of [
    ["receive", "receive", 0],
    ["recieve", "receive", 1],
    ["recive", "receive", 1],
    ["kitten", "sitting", 3],
    ["ca", "abc", 3],
    ["abcdefghijklmnop", "z", 16],
  ]) {
    assert.equal(editDistance(word, other), edits);
    assert.equal(editDistance(other, word), edits);
    assert.equal(editDistance(word, other, edits), edits);
    if (edits) assert.ok(editDistance(word, other, edits - 1) >= edits);
  }
});

test("of all words that the fewest edits lead to, those first in the dictionary come first", () => {
  assert.deepEqual(fewestEdits("cat", ["dog", "cut", "bat", "cart", "zebra"]), { edits: 1, words: ["cut", "bat", "cart"] });
  assert.deepEqual(fewestEdits("cat", ["cart", "cat"]), { edits: 0, words: ["cat"] });
});
