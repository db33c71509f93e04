"""One stream of chat completion chunks, translated (LLM-04, LLM-14, LLM-15, LLM-17, services 1.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bots.engine.frames import LLMTokenUsage
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.services.llm_run import UsageMode, counted


class ChunkReader:
    """Reads the chunks of one reply; only the first choice counts, and what a lax server leaves out is no fault.

    Text is ``content``, the transcript of an audio model, or the words of a refusal; reasoning is never text. Calls are
    told apart by index, or, where a server sends none or the same one for all, by id (services 1.1, SambaNova). Counts
    of tokens are those of the reply so far, whatever ``usage_mode`` the server has (services 13.2).
    """

    def __init__(self, usage_mode: UsageMode = "final") -> None:
        self.model = ""
        self._mode = usage_mode
        self._tokens: LLMTokenUsage | None = None
        self.citations: list[str] = []
        self._ids: list[str] = []
        self._own: dict[int, int] = {}

    def read(self, chunk: Any) -> Iterator[LLMEvent]:
        """Yield what one chunk says."""
        model = getattr(chunk, "model", None)
        if isinstance(model, str) and model:
            self.model = model
        if isinstance(found := getattr(chunk, "citations", None), list):
            self.citations = [str(entry) for entry in found]
        used = getattr(chunk, "usage", None) or _part(getattr(chunk, "x_groq", None), "usage")
        if used is not None:
            self._tokens = counted(self._tokens, tokens_of(used), self._mode)
            yield Usage(self._tokens, self.model or None)
        choices = getattr(chunk, "choices", None)
        if not choices or not isinstance(choices, list):
            return
        delta = getattr(choices[0], "delta", None)
        if delta is not None:
            yield from self._delta(delta)
        if reason := getattr(choices[0], "finish_reason", None):
            yield Finished(str(reason))

    def _delta(self, delta: Any) -> Iterator[LLMEvent]:
        for position, call in enumerate(getattr(delta, "tool_calls", None) or ()):
            asked = getattr(call, "function", None)
            name, arguments = _text(asked, "name"), _text(asked, "arguments")
            call_id = _text(call, "id")
            yield ToolCallDelta(self._index(call, position, call_id, name), call_id, name, arguments)
        audio = getattr(delta, "audio", None)
        for text in (_text(delta, "content"), _text(audio, "transcript"), _text(delta, "refusal")):
            if text:
                yield TextDelta(text)
                return

    def _index(self, call: Any, position: int, call_id: str, name: str) -> int:
        """Return the number of a fragment's call, counted from 0 in the order in which calls begin."""
        given = getattr(call, "index", None)
        if call_id and call_id in self._ids:
            return self._ids.index(call_id)
        if isinstance(given, int):
            begun = self._own.get(given)
            # A second call under the same index is told by its own id and name.
            if begun is not None and not (call_id and name and self._ids[begun]):
                return begun
            self._own[given] = len(self._ids)
        elif self._ids and not call_id and not name:
            return len(self._ids) - 1
        self._ids.append(call_id)
        return len(self._ids) - 1


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _text(value: Any, name: str) -> str:
    found = _part(value, name)
    return found if isinstance(found, str) else ""


def _count(value: Any, name: str) -> int | None:
    found = _part(value, name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None


def tokens_of(used: Any) -> LLMTokenUsage:
    """Return the counts of a usage object; what is missing is 0, cached and reasoning tokens None (LLM-14)."""
    prompt, completion = _count(used, "prompt_tokens") or 0, _count(used, "completion_tokens") or 0
    return LLMTokenUsage(
        prompt,
        completion,
        _count(used, "total_tokens") or prompt + completion,
        _count(_part(used, "prompt_tokens_details"), "cached_tokens"),
        _count(_part(used, "completion_tokens_details"), "reasoning_tokens"),
    )
