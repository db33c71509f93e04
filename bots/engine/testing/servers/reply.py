"""What a fake model answers, in no vendor's words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ModelCall:
    """A tool call; ``text`` in the place of ``arguments`` is sent as it is, valid JSON or not."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    id: str = "call_1"
    text: str | None = None

    @property
    def json(self) -> str:
        """The arguments as they are sent."""
        return json.dumps(dict(self.arguments)) if self.text is None else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelReply:
    """One answer: thinking that nobody may hear, text, calls, then the reason (empty: the one that fits)."""

    text: str = ""
    calls: Sequence[ModelCall] = ()
    thinking: str = ""
    finish: str = ""
    refusal: str = ""
    prompt_tokens: int = 9
    cached_tokens: int = 0
    model: str = "served-1"

    @property
    def words(self) -> list[str]:
        """The text in tokens."""
        return re.findall(r"\s*\S+\s*", self.text)


Answers = Sequence[ModelReply] | Callable[[dict[str, Any]], ModelReply]


class Script:
    """Gives replies in order, the last one for ever, or as a function of the request says."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._next = 0

    def reply(self, body: dict[str, Any]) -> ModelReply:
        """Return the answer to a request."""
        if callable(self._answers):
            return self._answers(body)
        reply = self._answers[min(self._next, len(self._answers) - 1)]
        self._next += 1
        return reply
