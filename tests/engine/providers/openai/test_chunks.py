"""Chunks of a completion: text, calls told apart, tokens (LLM-04, LLM-14, LLM-17)."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.frames import LLMTokenUsage
from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.providers.openai.chunks import ChunkReader
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.testing.servers.chat import chunks_of
from bots.engine.testing.servers.reply import ModelCall, ModelReply


def thing(value: Any) -> Any:
    """A JSON value as the SDK would give it."""
    if isinstance(value, dict):
        return SimpleNamespace(**{key: thing(item) for key, item in value.items()})
    return [thing(item) for item in value] if isinstance(value, list) else value


def read(*chunks: Any) -> list[LLMEvent]:
    reader = ChunkReader()
    return [event for chunk in chunks for event in reader.read(thing(chunk))]


def delta(**said: Any) -> dict[str, Any]:
    return {"model": "m-1", "choices": [{"delta": said, "finish_reason": None}]}


def call(name: str = "", arguments: str = "", **more: Any) -> dict[str, Any]:
    return {"function": {"name": name or None, "arguments": arguments}, **more}


def calls_in(events: list[LLMEvent]) -> list[tuple[str, str, str]]:
    found: dict[int, list[str]] = {}
    for event in events:
        if isinstance(event, ToolCallDelta):
            entry = found.setdefault(event.index, ["", "", ""])
            found[event.index] = [entry[0] or event.id, entry[1] or event.name, entry[2] + event.arguments]
    return [(entry[0], entry[1], entry[2]) for _, entry in sorted(found.items())]


REPLY = ModelReply(
    text="Let me look. 東京 🗼",
    thinking="They want a table",
    calls=[
        ModelCall("find", {"day": "monday"}, "a"),
        ModelCall("book", {}, "b"),
        ModelCall("find", {"day": "sunday"}, "c"),
    ],
    prompt_tokens=9,
    cached_tokens=2,
)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.key)
def test_the_stream_of_every_vendor_is_understood(preset: Any) -> None:  # LLM-04, LLM-15, LLM-17
    reader = ChunkReader(preset.usage_mode)
    events = [event for chunk in chunks_of(REPLY, preset) for event in reader.read(thing(json.loads(chunk)))]
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == REPLY.text
    assert calls_in(events) == [
        ("a", "find", '{"day": "monday"}'), ("b", "book", "{}"), ("c", "find", '{"day": "sunday"}'),
    ]  # fmt: skip
    assert [event.reason for event in events if isinstance(event, Finished)] == ["tool_calls"]
    assert reader.model == "served-1"
    counted = [event.tokens for event in events if isinstance(event, Usage)]
    assert counted[-1].completion_tokens == len(REPLY.words)
    assert counted[-1].prompt_tokens == 9


def test_reasoning_is_never_text_and_a_refusal_is() -> None:  # LLM-04
    assert read(delta(reasoning_content="Hm."), delta(reasoning="Hm."), delta(content="Hello.")) == [
        TextDelta("Hello.")
    ]
    assert read(delta(refusal="I cannot help with that.")) == [TextDelta("I cannot help with that.")]
    assert read(delta(audio={"transcript": "Spoken."})) == [TextDelta("Spoken.")]


def test_calls_under_one_index_are_told_apart_by_their_ids() -> None:  # LLM-17
    events = read(
        delta(tool_calls=[call("a", "{", index=0, id="x")]), delta(tool_calls=[call("", "}", index=0, id="x")]),
        delta(tool_calls=[call("b", "{}", index=0, id="y")]), delta(tool_calls=[call("", "", index=0)]),
    )  # fmt: skip
    assert calls_in(events) == [("x", "a", "{}"), ("y", "b", "{}")]


def test_fragments_without_index_and_id_belong_to_the_call_before() -> None:  # LLM-17
    events = read(
        delta(tool_calls=[call("a", "", id="x")]), delta(tool_calls=[call("", "{")]), delta(tool_calls=[call("", "}")]),
        delta(tool_calls=[call("b", "{}", id="y"), call("c", "{}", id="z")]),
    )  # fmt: skip
    assert calls_in(events) == [("x", "a", "{}"), ("y", "b", "{}"), ("z", "c", "{}")]


def test_an_index_may_begin_anywhere() -> None:  # LLM-17
    events = read(delta(tool_calls=[call("a", "{}", index=3, id="x")]), delta(tool_calls=[call("", " ", index=3)]))
    assert calls_in(events) == [("x", "a", "{} ")]


def test_tokens_of_every_spelling() -> None:  # LLM-14
    used = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    assert read({"usage": used, "choices": []}) == [Usage(LLMTokenUsage(9, 4, 13))]
    assert read({"usage": None, "x_groq": {"usage": used}, "choices": []}) == [Usage(LLMTokenUsage(9, 4, 13))]
    details = {"prompt_tokens_details": {"cached_tokens": 2}, "completion_tokens_details": {"reasoning_tokens": 1}}
    assert read({"usage": {**used, **details}}) == [Usage(LLMTokenUsage(9, 4, 13, 2, 1))]
    assert read({"usage": {"prompt_tokens": "nine", "completion_tokens": True, "total_tokens": -1}}) == [
        Usage(LLMTokenUsage(0, 0, 0))
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["choices", "delta", "content", "usage", "tool_calls", "function", "index", "id", "model"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["choices", "usage", "model", "x_groq", "citations"]), JSON), max_size=4)
)
def test_no_chunk_however_odd_raises(chunks: list[Any]) -> None:  # P6
    for event in read(*chunks):
        assert isinstance(event, TextDelta | ToolCallDelta | Usage | Finished)


def test_the_sources_of_an_answer_are_kept() -> None:
    reader = ChunkReader()
    assert list(reader.read(thing({"citations": ["https://a.example", "https://b.example"]}))) == []
    assert reader.citations == ["https://a.example", "https://b.example"]
