"""What a brain knows of a conversation; rebuilt from the messages for every reply."""

from dataclasses import dataclass, field
from typing import Any, Literal

from bots.engine.providers.scripted.script import ToolUse

CONFIRM = "?confirm"
CHANGE = "?change"

Purpose = Literal["lookup", "form", "intent", "move", "end", "handover"]


@dataclass(slots=True)
class Pending:
    """A tool call that was planned, and whether the conversation shows it was made."""

    purpose: Purpose
    tool: ToolUse
    slot: str | None = None
    called: bool = False


@dataclass(slots=True)
class Memory:
    """The state of the conversation at one message."""

    turn: int = 0
    heard: str = ""
    planned: str = ""
    """The whole of what we set out to say last, heard or not."""
    told: str = ""
    """What of it was heard."""
    form: str | None = None
    asked: str | None = None
    slots: dict[str, Any] = field(default_factory=dict)
    captures: dict[str, str] = field(default_factory=dict)
    lookups: dict[str, tuple[dict[str, Any], Any]] = field(default_factory=dict)
    results: dict[str, Any] = field(default_factory=dict)
    result: Any = None
    filler: str = ""
    """Said beside a tool call and perhaps heard only after it."""
    misses: int = 0
    failures: int = 0
    pending: Pending | None = None
    running: bool = False
    waits: int = 0
    resume: bool = False
    """A planned tool call was cut off before it was made."""
    node: str | None = None
    started: bool = False

    def close_form(self) -> None:
        """Leave the form; its values stay for templates."""
        self.form = self.asked = None
        self.misses = self.failures = 0
        self.resume = False
        self.lookups.clear()
