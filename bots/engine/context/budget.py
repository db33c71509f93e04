"""How much of a conversation a model is shown (CTX-15): an estimate of tokens, and what goes when it is too much.

Nothing here changes a context: a model is shown a shorter list, the conversation itself stays whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bots.engine.errors import SpecError

from .context import LLMContext, Message
from .schemas import ToolsSchema

MESSAGE_TOKENS = 4
IMAGE_TOKENS = 800
CHARACTERS_PER_TOKEN = 4
PINNED = frozenset({"system", "developer"})
LEAST_TOKENS = 200


class BudgetTooSmall(SpecError, ValueError):
    """A context budget leaves no room for a conversation."""

    code = "context.budget"
    next_step = f"Give the context at least {LEAST_TOKENS} tokens, or 0 for no limit."


def text_tokens(text: str) -> int:
    """Estimate a text's tokens: four ASCII characters make one, every other character is one. Errs on the high side."""
    plain = sum(character.isascii() for character in text)
    return -(-plain // CHARACTERS_PER_TOKEN) + len(text) - plain


def message_tokens(message: Message) -> int:
    """Estimate the tokens of one message: its texts, its tool calls, 800 for an image, 4 for being a message."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [content]
    total = MESSAGE_TOKENS
    for part in parts:
        if isinstance(part, str):
            total += text_tokens(part)
        elif isinstance(part, dict):
            total += text_tokens(part["text"]) if isinstance(part.get("text"), str) else IMAGE_TOKENS
    if calls := message.get("tool_calls"):
        total += text_tokens(json.dumps(calls, default=str))
    return total


def tools_tokens(tools: ToolsSchema | None) -> int:
    """Estimate the tokens of the tools a request carries."""
    if tools is None:
        return 0
    described = [(tool.name, tool.description, tool.parameters) for tool in tools.schemas]
    return text_tokens(json.dumps(described, default=str))


def context_tokens(context: LLMContext) -> int:
    """Estimate the tokens of a whole request."""
    return sum(map(message_tokens, context.messages)) + tools_tokens(context.tools)


@dataclass(frozen=True, slots=True)
class Unit:
    """Messages that stay or go together: one alone, or a request for tools with all its results.

    ``pinned`` ones, the system and developer messages, always stay.
    """

    messages: tuple[Message, ...]
    pinned: bool

    @property
    def tokens(self) -> int:
        """The estimate for all of them."""
        return sum(map(message_tokens, self.messages))

    @property
    def role(self) -> str:
        """The role of the first."""
        return str(self.messages[0].get("role"))


def units_of(messages: Iterable[Message]) -> list[Unit]:
    """Part a conversation into units, in order; the results of a request may stand anywhere after it."""
    given = list(messages)
    results: dict[str, list[Message]] = {}
    for message in given:
        if message.get("role") == "tool":
            results.setdefault(str(message.get("tool_call_id")), []).append(message)
    units = []
    for message in given:
        if message.get("role") == "tool":
            continue
        asked = [result for call in message.get("tool_calls") or () for result in results.get(str(call.get("id")), ())]
        units.append(Unit((message, *asked), message.get("role") in PINNED))
    return units


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What is shown, and what is left out of it, each in order."""

    kept: list[Message]
    dropped: list[Message]


def trimmed(messages: Sequence[Message], budget: int) -> Trimmed:
    """Leave out the oldest units until the rest fits into ``budget`` tokens (estimated).

    Kept whatever it costs: system and developer messages, and everything from the newest user message on. What is kept
    begins with a user message where there is one to begin with, so that no answer stands without its question. Error:
    ``context.budget``.
    """
    if budget < LEAST_TOKENS:
        raise BudgetTooSmall(f"budget must be at least {LEAST_TOKENS} tokens.")
    units = units_of(messages)
    needed = _newest_turn(units)
    left = budget - sum(unit.tokens for index, unit in enumerate(units) if unit.pinned or index >= needed)
    first = needed
    for index in range(needed - 1, -1, -1):
        if units[index].pinned:
            continue
        left -= units[index].tokens
        if left < 0:
            break
        first = index
    if any(not unit.pinned for unit in units[:first]):
        while first < needed and (units[first].pinned or units[first].role != "user"):
            first += 1
    kept = [unit for index, unit in enumerate(units) if unit.pinned or index >= first]
    dropped = [unit for index, unit in enumerate(units) if not unit.pinned and index < first]
    return Trimmed(
        [message for unit in kept for message in unit.messages],
        [message for unit in dropped for message in unit.messages],
    )


def _newest_turn(units: Sequence[Unit]) -> int:
    """Return where the newest user message stands, or the last unit where there is none."""
    users = [index for index, unit in enumerate(units) if unit.role == "user"]
    return users[-1] if users else max(0, len(units) - 1)
