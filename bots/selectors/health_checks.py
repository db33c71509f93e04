"""What a check of the installation finds, and the checks that other apps add when they are ready."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; ``todo`` is what to do about it."""

    level: Level
    subject: str
    sentence: str
    todo: str = ""


Check = Callable[[], Iterator[Finding]]
_further: dict[str, Check] = {}


def register_check(code: str, check: Check) -> None:
    """Add a check, or replace the one of its code; it may use the database."""
    _further[code] = check


def further_checks() -> list[Check]:
    """The added checks."""
    return list(_further.values())
