"""One stream of message events, translated (LLM-14, LLM-17, services 1.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bots.engine.frames import LLMTokenUsage
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage

_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "refusal": "content_filter",
}
_COUNTS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")


class MessageReader:
    """Reads the events of one message. Thinking is kept for the request that follows a tool's result, never spoken."""

    def __init__(self) -> None:
        self.model = ""
        self.thoughts: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self._counts: dict[str, int] = {}
        self._thinking: dict[int, dict[str, Any]] = {}

    def read(self, event: Any) -> Iterator[LLMEvent]:
        """Yield what one event says; events and blocks that are not known say nothing."""
        kind = getattr(event, "type", None)
        if kind == "message_start":
            message = getattr(event, "message", None)
            self.model = str(getattr(message, "model", None) or "")
            yield from self._usage(getattr(message, "usage", None))
        elif kind == "content_block_start":
            yield from self._begin(_index(event), getattr(event, "content_block", None))
        elif kind == "content_block_delta":
            yield from self._delta(_index(event), getattr(event, "delta", None))
        elif kind == "content_block_stop":
            if (thought := self._thinking.pop(_index(event), None)) is not None:
                self.thoughts.append(thought)
        elif kind == "message_delta":
            yield from self._usage(getattr(event, "usage", None))
            if reason := getattr(getattr(event, "delta", None), "stop_reason", None):
                yield Finished(_REASONS.get(str(reason), str(reason)))

    def _begin(self, index: int, block: Any) -> Iterator[LLMEvent]:
        kind = getattr(block, "type", None)
        if kind == "tool_use":
            call_id = _text(block, "id")
            self.calls.append(call_id)
            yield ToolCallDelta(index, call_id, _text(block, "name"))
        elif kind == "text" and (text := _text(block, "text")):
            yield TextDelta(text)
        elif kind == "thinking":
            self._thinking[index] = {"type": kind, "thinking": _text(block, "thinking"), "signature": ""}
        elif kind == "redacted_thinking":
            self._thinking[index] = {"type": kind, "data": _text(block, "data")}

    def _delta(self, index: int, delta: Any) -> Iterator[LLMEvent]:
        kind = getattr(delta, "type", None)
        if kind == "text_delta" and (text := _text(delta, "text")):
            yield TextDelta(text)
        elif kind == "input_json_delta":
            yield ToolCallDelta(index, arguments=_text(delta, "partial_json"))
        elif kind in ("thinking_delta", "signature_delta") and index in self._thinking:
            name = str(kind).removesuffix("_delta")
            known = self._thinking[index]
            known[name] = known.get(name, "") + _text(delta, name)

    def _usage(self, used: Any) -> Iterator[LLMEvent]:
        if used is None:
            return
        for name in _COUNTS:
            if isinstance(count := getattr(used, name, None), int):
                self._counts[name] = count
        yield Usage(self.tokens, self.model or None)

    @property
    def tokens(self) -> LLMTokenUsage:
        """The counts so far: those of the start, with what came after in their place."""
        prompt, completion = self._counts.get("input_tokens", 0), self._counts.get("output_tokens", 0)
        read, made = self._counts.get("cache_read_input_tokens"), self._counts.get("cache_creation_input_tokens")
        total = prompt + completion + (read or 0) + (made or 0)
        return LLMTokenUsage(prompt, completion, total, read, None, made)


def _index(event: Any) -> int:
    index = getattr(event, "index", None)
    return index if isinstance(index, int) else 0


def _text(value: Any, name: str) -> str:
    found = getattr(value, name, None)
    return found if isinstance(found, str) else ""
