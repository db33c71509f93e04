"""Events of a message: text, tool use, thinking that is kept and never spoken, tokens (LLM-14, LLM-17)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.frames import LLMTokenUsage
from bots.engine.providers.anthropic.events import MessageReader
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.testing.servers.messages import events_of
from bots.engine.testing.servers.reply import ModelCall, ModelReply


def thing(value: Any) -> Any:
    return SimpleNamespace(**{key: thing(item) for key, item in value.items()}) if isinstance(value, dict) else value


def read(reader: MessageReader, reply: ModelReply) -> list[LLMEvent]:
    return [told for event in events_of(reply) for told in reader.read(thing(event))]


def test_a_message_in_order() -> None:  # LLM-14, LLM-15, LLM-17
    reader = MessageReader()
    calls = [ModelCall("find", {"day": "monday"}, "a"), ModelCall("book", {}, "b")]
    events = read(reader, ModelReply(text="Let me look.", thinking="Which day?", calls=calls, cached_tokens=5))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "Let me look."
    joined: dict[int, str] = {}
    for event in events:
        if isinstance(event, ToolCallDelta):
            joined[event.index] = joined.get(event.index, "") + event.id + event.name + event.arguments
    assert list(joined.values()) == ['afind{"day": "monday"}', "bbook{}"]
    assert [event.reason for event in events if isinstance(event, Finished)] == ["tool_calls"]
    counts = [event.tokens for event in events if isinstance(event, Usage)]
    assert counts == [LLMTokenUsage(9, 1, 15, 5, None, 0), LLMTokenUsage(9, 5, 19, 5, None, 0)]
    assert reader.thoughts == [{"type": "thinking", "thinking": "Which" + "day?", "signature": "c2lnbmVk"}]
    assert (reader.calls, reader.model) == (["a", "b"], "served-1")


def test_every_reason_has_a_common_name() -> None:
    for reason, name in [("end_turn", "stop"), ("max_tokens", "length"), ("refusal", "content_filter"), ("new", "new")]:
        events = read(MessageReader(), ModelReply(text="x", finish=reason))
        assert [event.reason for event in events if isinstance(event, Finished)] == [name]


def test_hidden_thoughts_are_kept_too() -> None:
    reader = MessageReader()
    for event in (
        {"type": "content_block_start", "index": 0, "content_block": {"type": "redacted_thinking", "data": "zz"}},
        {"type": "content_block_stop", "index": 0},
    ):
        assert list(reader.read(thing(event))) == []
    assert reader.thoughts == [{"type": "redacted_thinking", "data": "zz"}]


KINDS = st.sampled_from([
    "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "ping", "new",
])  # fmt: skip
ODD = st.none() | st.integers() | st.text(max_size=3) | st.dictionaries(
    st.sampled_from(["type", "text", "usage", "id", "name", "stop_reason", "partial_json", "output_tokens"]),
    st.none() | st.integers() | st.text(max_size=3) | st.just("text_delta") | st.just("tool_use"), max_size=3,
)  # fmt: skip


@given(st.lists(st.fixed_dictionaries({"type": KINDS}, optional={
    "index": ODD, "delta": ODD, "content_block": ODD, "message": ODD, "usage": ODD,
}), max_size=5))  # fmt: skip
def test_no_event_however_odd_raises(events: list[Any]) -> None:  # P6
    reader = MessageReader()
    for event in events:
        for told in reader.read(thing(event)):
            assert isinstance(told, TextDelta | ToolCallDelta | Usage | Finished)
