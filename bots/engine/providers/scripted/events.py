"""What a brain says and does."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Say:
    """One word of the reply; its leading space is part of it, so that joining gives the exact text."""

    text: str


@dataclass(frozen=True, slots=True)
class CallTool:
    """A tool call; ids are given by whoever runs it."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """The end of a reply; counts are words, the scripted model's tokens."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Fail:
    """The script wants the model to fail here; nothing follows."""


BrainEvent = Say | CallTool | Done | Fail
