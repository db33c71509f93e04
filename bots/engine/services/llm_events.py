"""What a language model's stream consists of; every provider translates its wire into these."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.frames import LLMTokenUsage


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply's text, with its white space."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A fragment of a tool call; ``arguments`` is a piece of JSON text. A new index begins a new call (LLM-17)."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens used, and the model that the provider says has answered."""

    tokens: LLMTokenUsage
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The stream is complete: ``stop``, ``length``, ``tool_calls`` or the provider's own word."""

    reason: str = "stop"


LLMEvent = TextDelta | ToolCallDelta | Usage | Finished
