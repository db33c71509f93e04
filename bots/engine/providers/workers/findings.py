"""One line of a self-test, as the doctor command prints it."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.errors import EngineError


@dataclass(frozen=True, slots=True)
class Finding:
    """What a self-test found: a short name, whether it is well, a sentence, and what to type when it is not."""

    name: str
    ok: bool
    message: str
    next_step: str = ""


def finding_of(name: str, error: EngineError) -> Finding:
    """Return the failed finding that an error means."""
    return Finding(name=name, ok=False, message=error.message, next_step=error.next_step)
