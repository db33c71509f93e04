"""What other apps add to the call page and the call list; they register it when they are ready."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.models import Call

_sections: dict[str, "CallSection"] = {}
_callers: dict[str, "CallerNames"] = {}


@dataclass(frozen=True, slots=True)
class CallSection:
    """A tab beside a call's transcript. ``facts`` gives the template's variables, or None when the call has none."""

    code: str
    title: Any
    template: str
    facts: Callable[[Call, Any], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section of one call, as its page draws it."""

    code: str
    title: str
    template: str
    facts: Mapping[str, Any]


CallerNames = Callable[[Sequence[Call], Any], Mapping[uuid.UUID, str]]
"""Tells for calls and the person who looks how to name the far end of those that it knows."""


def register_section(section: CallSection) -> None:
    """Add a section, or replace the one of its code."""
    _sections[section.code] = section


def register_callers(code: str, names: CallerNames) -> None:
    """Add a source of names for the call list, or replace the one of its code."""
    _callers[code] = names


def sections_for(call: Call, user: Any) -> list[ShownSection]:
    """The sections that have something to say of a call, in the order in which they were added."""
    found = ((section, section.facts(call, user)) for section in _sections.values())
    return [
        ShownSection(section.code, str(section.title), section.template, facts)
        for section, facts in found
        if facts is not None
    ]


def callers_of(calls: Sequence[Call], user: Any) -> dict[uuid.UUID, str]:
    """How to name the far end of calls, as far as anybody knows."""
    found: dict[uuid.UUID, str] = {}
    for names in _callers.values():
        found |= names(calls, user)
    return found
