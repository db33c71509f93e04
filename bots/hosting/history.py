"""What was said, as a client that comes back or goes on from an earlier call shows it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from bots.engine.core.journal import JournalEvent

MAX_TURNS = 500
ROLES = {"user.turn": "user", "bot.turn": "assistant"}
SHOWN = ("turn", "text", "planned", "interrupted", "at")


class ShownTurns:
    """The latest turns of a call, from its journal; ``count`` counts all of them."""

    def __init__(self) -> None:
        self._turns: deque[dict[str, Any]] = deque(maxlen=MAX_TURNS)
        self.count = 0

    def take(self, event: JournalEvent) -> None:
        """Keep the event if it is a turn."""
        if role := ROLES.get(event.kind):
            self.count += 1
            self._turns.append({"role": role, **{key: event.data[key] for key in SHOWN if key in event.data}})

    def message(self) -> dict[str, Any]:
        """Return the ``history`` message."""
        return {"type": "history", "turns": list(self._turns)}


def history_message(messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the ``history`` message of an earlier conversation, from the model's messages."""
    said = [message for message in messages if message.get("role") in ROLES.values()]
    texts = [(message["role"], message.get("content")) for message in said[-MAX_TURNS:]]
    turns = [
        {"turn": number, "role": role, "text": text, "at": 0.0}
        for number, (role, text) in enumerate(texts, 1)
        if isinstance(text, str) and text.strip()
    ]
    return {"type": "history", "turns": turns}
