"""What apps above this one have a serving process do beside its calls, again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Duty:
    """Work for every ``every_s`` seconds; ``make`` is the dotted path of what makes it, read when the process serves.

    What it makes is awaited each time without arguments; it may raise a ``DatabaseError``, which is tried again.
    """

    name: str
    make: str
    every_s: float

    def begin(self) -> Callable[[], Awaitable[None]]:
        """Make the work."""
        made: Callable[[], Awaitable[None]] = import_string(self.make)()
        return made


_duties: dict[str, Duty] = {}


def add_duty(duty: Duty) -> None:
    """Have it done by every process that begins to serve from now on; a second one of a name takes its place."""
    _duties[duty.name] = duty


def duties() -> tuple[Duty, ...]:
    """Return them in the order in which they were added."""
    return tuple(_duties.values())
