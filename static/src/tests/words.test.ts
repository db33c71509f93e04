import assert from "node:assert/strict";
import { test } from "node:test";
import { heardCount, wordsOf } from "../console/view/words.ts";

test("words keep their text and the space behind them", () => {
  const words = wordsOf("Good  morning, you.");
  assert.deepEqual(words.map((word) => word.text), ["Good", "morning,", "you."]);
  assert.deepEqual(words.map((word) => word.spaced), [true, true, false]);
});

test("a word counts as heard only when all of it was played", () => {
  const words = wordsOf("nine fifteen is fine");
  assert.equal(heardCount(words, ""), 0);
  assert.equal(heardCount(words, "nine fif"), 1);
  assert.equal(heardCount(words, "nine fifteen "), 2);
  assert.equal(heardCount(words, "nine fifteen is fine"), 4);
});

test("scripts without spaces are followed character by character", () => {
  assert.deepEqual(wordsOf("你好 hello").map((word) => word.text), ["你", "好", "hello"]);
});

test("differences in spacing between plan and progress do not lose words", () => {
  assert.equal(heardCount(wordsOf("one two  three"), " one  two"), 2);
});
