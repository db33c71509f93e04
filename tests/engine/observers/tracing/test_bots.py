"""A bot decides whether its callers' words may stand in traces (TRC-10)."""

from dataclasses import replace

import pytest

from tests.engine.observers.tracing.traces import traced
from tests.engine.test_build import SPEC, play


@pytest.mark.parametrize("words", [True, False])
def test_the_words_of_a_bots_calls_are_traced_only_where_it_allows_them(words: bool) -> None:  # TRC-10
    with traced() as traces:
        header = {"call": "c1", "bot": "desk", "version": 4}
        play(replace(SPEC, trace_words=words), ["Of course."], typed=["a secret wish"], header=header)
        conversation = traces.the("conversation")
        told = " ".join(str(dict(span.attributes or {})) for span in traces.spans)
    assert conversation["conversation.id"] == "c1"
    assert (conversation["bot.slug"], conversation["bot.version"]) == ("desk", "4")
    assert ("secret wish" in told) is words
    assert ("Of course." in told) is words
    assert ("Good morning." in told) is words


def test_without_a_tracer_in_the_process_no_bot_is_traced(caplog: pytest.LogCaptureFixture) -> None:  # TRC-01
    assert play(SPEC, ["Yes."], typed=["hello"]).said() == ["Good morning.", "Yes."]
    assert "tracing" not in caplog.text
