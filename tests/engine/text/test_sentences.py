"""Sentences out of tokens: early, whole, and nothing lost."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.text.sentences import SentenceAggregator, aggregator_for
from bots.engine.text.words import words


def cut(*tokens: str) -> list[str]:
    aggregator = SentenceAggregator()
    found = [sentence for token in tokens for sentence in aggregator.feed(token)]
    return [sentence.strip() for sentence in found + aggregator.flush()]


@pytest.mark.parametrize(
    "tokens",
    [
        ["Hello", "."],
        ["How", " are", " you", "?"],
        ["Stop", "!!"],
        ['He said "go."'],
        ["So do I."],
        ["No."],
        ["It is **done.**"],
        ["你好", "。"],
        ["「はい。」"],
        ["नमस्ते।"],
        ["ما اسمك؟"],
        ["First line", "\n"],
        ["(He left.)"],
    ],
)
def test_the_token_that_ends_the_sentence_gives_it_away(tokens):
    aggregator = SentenceAggregator()
    for token in tokens[:-1]:
        assert aggregator.feed(token) == []
    assert aggregator.feed(tokens[-1]) == ["".join(tokens)]
    assert aggregator.flush() == []


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Smith met Mrs. Jones at the gate.",
        "It costs 12.50 euros today.",
        "Version 3.11.7 is out now.",
        "See https://example.com/a.b?q=1 for more.",
        "Visit www.example.com please.",
        "Write to jane.doe@example.org today.",
        "Fruit, e.g. apples, is fine.",
        "J. R. Tolkien wrote it.",
        "We met at 5 p.m. on Friday.",
        "Apples, pears, etc. are sold here.",
        "Well... maybe not.",
        "He is in room No. 5 now.",
        "Hmm… let me see.",
        "1. Take the left door",
        "Das ist z.B. ein Test.",
        '"Really?" she asked.',
    ],
)
def test_stops_inside_a_sentence_do_not_cut_it(text):
    assert cut(text) == [text]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Hello there. How are you? Fine!", ["Hello there.", "How are you?", "Fine!"]),
        ("We close at 5 p.m. Please come early.", ["We close at 5 p.m.", "Please come early."]),
        ("I paid 12. Then I left.", ["I paid 12.", "Then I left."]),
        ("Pick one:\n1. Red\n2. Blue\n", ["Pick one:", "1. Red", "2. Blue"]),
        ("Wait... What?", ["Wait...", "What?"]),
        ('She said "No." Then she left.', ['She said "No."', "Then she left."]),
        ("你好。我很好！真的？", ["你好。", "我很好！", "真的？"]),
        ("मैं ठीक हूँ। आप कैसे हैं?", ["मैं ठीक हूँ।", "आप कैसे हैं?"]),
        ("Is it?! Yes.", ["Is it?!", "Yes."]),
        ("No. I will not.", ["No.", "I will not."]),
        ("Go to example.com. It is free.", ["Go to example.com.", "It is free."]),
        ("Fine, etc. We go.", ["Fine, etc.", "We go."]),
    ],
)
def test_sentences_are_cut_where_they_end(text, wanted):
    assert cut(text) == wanted


@pytest.mark.parametrize(
    ("tokens", "wanted"),
    [
        (["It costs 12", ".", "50", " euros."], ["It costs 12.50 euros."]),
        (["Ask Dr", ".", " Smith", "."], ["Ask Dr. Smith."]),
        (["Mail a@b", ".", "org", " now."], ["Mail a@b.org now."]),
        (['He said "no', ".", '"', " Then", " he left."], ['He said "no."', "Then he left."]),
        (["At 5 p.m", ".", " We", " go."], ["At 5 p.m.", "We go."]),
        (["At 5 p.m", ".", " sharp."], ["At 5 p.m. sharp."]),
    ],
)
def test_an_unclear_stop_waits_for_what_follows(tokens, wanted):
    assert cut(*tokens) == wanted


TEXTS = st.text(alphabet=st.sampled_from('abIZ19 .!?…\n"”“()*。।é@/:-'), max_size=60)


@given(tokens=st.lists(TEXTS, max_size=12))
@example(tokens=["Hi.", ".", ".", " ", "!", "\n\n"])
@example(tokens=["No", ".", '"'])
def test_no_character_is_lost_or_invented_for_any_split(tokens):
    aggregator = SentenceAggregator()
    out = [sentence for token in tokens for sentence in aggregator.feed(token)] + aggregator.flush()
    assert "".join(out).rstrip() == "".join(tokens).rstrip()
    assert all(sentence.strip() for sentence in out)


@given(text=st.text(max_size=80), sizes=st.lists(st.integers(1, 9), min_size=1))
def test_any_unicode_keeps_its_words(text, sizes):
    aggregator, out, at, turn = SentenceAggregator(), [], 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += aggregator.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    out += aggregator.flush()
    assert words("".join(out)) == words(text)


def test_a_stray_stop_is_not_a_sentence():
    assert cut("Hi.", ".", ".", " Bye.") == ["Hi.", ".. Bye."]
    assert cut("?! ", "...") == ["?! ..."]


def test_reset_drops_what_is_held():
    aggregator = SentenceAggregator()
    aggregator.feed("half a sent")
    aggregator.reset()
    assert aggregator.feed("Whole.") == ["Whole."]


async def test_aggregate_gives_the_same_one_by_one():
    aggregator = aggregator_for(TextAggregationMode.SENTENCE)
    assert [sentence async for sentence in aggregator.aggregate("One. Two. Thr")] == ["One.", " Two."]
    assert aggregator.flush() == [" Thr"]


def test_token_mode_passes_every_token_on():
    aggregator = aggregator_for(TextAggregationMode.TOKEN)
    assert aggregator.feed("Hel") + aggregator.feed("") + aggregator.feed("lo.") == ["Hel", "lo."]
    assert aggregator.flush() == []
