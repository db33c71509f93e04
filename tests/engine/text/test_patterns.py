"""Tagged passages across tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.text.patterns import PatternMatch, PatternPairAggregator
from bots.engine.text.words import normalized


@pytest.fixture
def seen():
    return []


@pytest.fixture
def tags(seen):
    return (
        PatternPairAggregator().add_pattern_pair("voice", "<voice>", "</voice>").on_pattern_match("voice", seen.append)
    )


def run(aggregator, *tokens):
    return [text for token in tokens for text in aggregator.feed(token)] + aggregator.flush()


def test_a_pair_goes_to_its_handler_and_out_of_the_text(tags, seen):  # TXT-03, TXT-04, TXT-05, TXT-06
    assert run(tags, "<voice>anna</voice>Hello. Bye.") == ["Hello.", " Bye."]
    assert seen == [PatternMatch("voice", "<voice>anna</voice>", "anna")]


@given(sizes=st.lists(st.integers(1, 7), min_size=1, max_size=9))
def test_any_split_finds_the_same_pairs(sizes):  # TXT-03, TXT-07
    text, found = "Hi <voice>an. na</voice>there < you. <b>x</b> <voice>b</voice>Bye.", []
    tags = PatternPairAggregator().add_pattern_pair("voice", "<voice>", "</voice>")
    tags.on_pattern_match("voice", lambda match: found.append(match.content))
    tokens, at, turn = [], 0, 0
    while at < len(text):
        tokens.append(text[at : at + sizes[turn % len(sizes)]])
        at, turn = at + len(tokens[-1]), turn + 1
    assert "".join(run(tags, *tokens)) == "Hi there < you. <b>x</b> Bye."
    assert found == ["an. na", "b"]


def test_a_kept_pair_stays_in_the_text_and_is_still_reported(seen):  # TXT-04, TXT-08
    aggregator = PatternPairAggregator().add_pattern_pair("ex", "[", "]", remove_match=False)
    aggregator.on_pattern_match("ex", seen.append)
    assert run(aggregator, "See [an ex", "ample] here.") == ["See [an example] here."]
    assert [match.content for match in seen] == ["an example"]


def test_an_open_pair_holds_the_text_back_and_is_spoken_at_the_end(tags, seen):  # TXT-07, TXT-09
    assert tags.feed("One. <voice>two. three. ") == ["One."]
    assert normalized("".join(tags.flush())) == "<voice>two. three."
    assert seen == []
    assert tags.feed("Next.") == ["Next."]


def test_an_interruption_drops_what_is_held_and_keeps_the_patterns(tags, seen):  # TXT-09
    tags.feed("Hello <voice>an")
    tags.reset()
    assert run(tags, "na</voice>. <voice>b</voice>Hi.") == ["na</voice>.", " Hi."]
    assert [match.content for match in seen] == ["b"]


def test_several_patterns_are_handled_in_the_order_of_the_text(seen):  # TXT-07
    aggregator = PatternPairAggregator()
    for name in ("a", "b"):
        aggregator.add_pattern_pair(name, f"<{name}>", f"</{name}>").on_pattern_match(name, seen.append)
    run(aggregator, "<b>1</b><a>2</a><b>3</b>")
    assert [(match.pattern_id, match.content) for match in seen] == [("b", "1"), ("a", "2"), ("b", "3")]


def test_equal_marks_work_as_a_pair(seen):  # TXT-08
    aggregator = (
        PatternPairAggregator().add_pattern_pair("json", "```json", "```").on_pattern_match("json", seen.append)
    )
    assert run(aggregator, "Here: ``", '`json{"a":1}`', "`` done.") == ["Here:  done."]
    assert seen[0].content == '{"a":1}'


async def test_what_precedes_a_pair_comes_out_before_an_async_handler_runs(tags):  # TXT-05, TXT-07
    log = []

    async def handler(match):
        log.append(match.content)

    tags.on_pattern_match("voice", handler)
    async for sentence in tags.aggregate("One. <voice>x</voice>Two."):
        log.append(sentence)
    assert log == ["One.", "x", " Two."]


def test_an_async_handler_needs_the_async_way(tags):
    async def handler(match):
        raise AssertionError

    tags.on_pattern_match("voice", handler)
    with pytest.raises(TypeError, match="aggregate"):
        tags.feed("<voice>x</voice>")


def test_an_empty_mark_is_refused():  # TXT-04
    with pytest.raises(ValueError, match="start_pattern"):
        PatternPairAggregator().add_pattern_pair("x", "", "]")
