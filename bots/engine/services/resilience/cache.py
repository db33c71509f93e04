"""Replies kept for the same request (LK-15): greetings and first questions need no second inference."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.engine.clock import BaseClock
from bots.engine.errors import SpecError
from bots.engine.text.words import plain_words

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

MAX_REPLIES = 512
MAX_CHARACTERS = 2000
"""Longer replies are not kept: what is repeated word by word is short."""


class CacheWrong(SpecError, ValueError):
    """A cache without room."""

    code = "llm.cache"


def request_key(scope: str, settings: Mapping[str, Any], context: LLMContext, *, loosely: bool = False) -> str:
    """Return a digest of everything a reply depends on: model and settings, messages, tools, tool choice (LK-15).

    ``scope`` names bot, model and its settings; ``settings`` what was changed since. ``loosely``: the newest user
    message counts by its words alone, so that an interim transcript equals its final text.
    """
    messages = [dict(message) for message in context.messages]
    if loosely and messages and isinstance(said := messages[-1].get("content"), str):
        messages[-1]["content"] = [word for word in plain_words(said) if word]
    tools = context.tools
    described: list[Any] = [scope, dict(settings), messages, context.tool_choice]
    if tools is not None:
        described += [
            [(tool.name, tool.description, tool.parameters) for tool in tools.schemas],
            {kind.value: list(custom) for kind, custom in tools.custom_tools.items()},
        ]
    return hashlib.sha256(json.dumps(described, sort_keys=True, default=repr).encode()).hexdigest()


def in_a_tool_turn(context: LLMContext) -> bool:
    """Whether tools were called since the newest user message: such a reply is never kept (LK-15)."""
    for message in reversed(context.messages):
        if message.get("role") == "user":
            return False
        if message.get("role") == "tool" or message.get("tool_calls"):
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Kept:
    text: str
    until: float


class ResponseCache:
    """Texts by request key, the least used leaving first; shared by the calls of a process.

    Holds at most ``limit`` replies of at most 2000 characters each, in memory only. Error: ``llm.cache``.
    """

    def __init__(self, clock: BaseClock, *, limit: int = MAX_REPLIES) -> None:
        if limit < 1:
            raise CacheWrong("limit must be at least 1.")
        self._clock, self._limit = clock, limit
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: str) -> str | None:
        """Return a reply that is not too old."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if kept.until <= self._clock.now():
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return kept.text

    def keep(self, key: str, text: str, ttl_s: float) -> None:
        """Keep a reply for ``ttl_s`` seconds; nothing, or something long, is not kept."""
        if not text.strip() or len(text) > MAX_CHARACTERS or ttl_s <= 0:
            return
        self._kept[key] = _Kept(text, self._clock.now() + ttl_s)
        self._kept.move_to_end(key)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
