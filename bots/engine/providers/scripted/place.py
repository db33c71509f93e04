"""Reading JSON value by value, noting every mistake with its place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.engine.errors import Problem
from bots.engine.providers.scripted.matching import likeness
from bots.engine.providers.scripted.patterns import UnsafePattern, compiled

LONGEST_TEXT = 2000
MOST_ITEMS = 500


@dataclass(frozen=True, slots=True)
class Place:
    """A value inside the script, its path, and the shared list of problems."""

    value: Any
    path: str
    problems: list[Problem]

    def problem(self, code: str, message: str) -> None:
        """Note a mistake here."""
        self.problems.append(Problem(f"script.{code}", self.path, message))

    def at(self, key: str) -> "Place":
        """The place of a key of this object."""
        return Place(self.value.get(key), f"{self.path}.{key}", self.problems)

    def has(self, key: str) -> bool:
        """Whether the object holds the key with a value."""
        return isinstance(self.value, dict) and self.value.get(key) is not None

    def object(self, keys: Sequence[str], required: Sequence[str] = ()) -> bool:
        """Whether this is an object; unknown and missing keys are noted."""
        if not isinstance(self.value, dict):
            self.problem("wrong_type", "must be an object")
            return False
        for key in self.value:
            if key not in keys:
                near = max(keys, key=lambda known: likeness(str(key), known))
                hint = f"; did you mean '{near}'?" if likeness(str(key), near) >= 0.6 else ""
                self.at(str(key)).problem("unknown_key", f"is not known here{hint}")
        for key in required:
            if self.value.get(key) is None:
                self.problem("missing", f"needs '{key}'")
        return True

    def entries(self) -> Iterator[tuple[str, "Place"]]:
        """The members of an object with free keys."""
        if self.value is None:
            return
        if not isinstance(self.value, dict):
            self.problem("wrong_type", "must be an object")
            return
        for key in self.value:
            yield str(key), Place(self.value[key], f"{self.path}.{key}", self.problems)

    def items(self) -> Iterator["Place"]:
        """The members of a list."""
        if self.value is None:
            return
        if not isinstance(self.value, list):
            self.problem("wrong_type", "must be a list")
            return
        if len(self.value) > MOST_ITEMS:
            self.problem("too_long", f"holds more than {MOST_ITEMS} entries")
        for index, value in enumerate(self.value[:MOST_ITEMS]):
            yield Place(value, f"{self.path}[{index}]", self.problems)

    def text(self, default: str = "") -> str:
        """A text; empty ones are noted."""
        if self.value is None:
            return default
        if not isinstance(self.value, str):
            self.problem("wrong_type", "must be text")
            return default
        if not self.value.strip():
            self.problem("empty", "must not be empty")
        elif len(self.value) > LONGEST_TEXT:
            self.problem("too_long", f"is longer than {LONGEST_TEXT} characters")
        return self.value

    def texts(self, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """One text or a list of texts."""
        if self.value is None:
            return default
        if isinstance(self.value, str):
            return (self.text(),)
        found = tuple(item.text() for item in self.items())
        if isinstance(self.value, list) and not found:
            self.problem("empty", "must hold at least one text")
        return found

    def flag(self) -> bool:
        """True or false."""
        if self.value is not None and not isinstance(self.value, bool):
            self.problem("wrong_type", "must be true or false")
        return self.value is True

    def number(self) -> float | None:
        """A number or nothing."""
        if self.value is None:
            return None
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            self.problem("wrong_type", "must be a number")
            return None
        return self.value

    def mapping(self) -> Mapping[str, Any]:
        """An object kept as it is."""
        return {key: place.value for key, place in self.entries()}

    def one_of(self, known: Sequence[str]) -> str:
        """A text out of a closed list."""
        text = self.text()
        if text and text not in known:
            self.problem("unknown_value", f"must be one of {', '.join(known)}")
        return text

    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """Regular expressions that are safe to run on what callers say."""
        found: list[re.Pattern[str]] = []
        for item in [self] if isinstance(self.value, str) else self.items():
            try:
                found.append(compiled(item.text()))
            except UnsafePattern as error:
                item.problem("unsafe_pattern", f"could take too long: {error}")
            except ValueError as error:
                item.problem("bad_pattern", f"is not a regular expression: {error}")
        return tuple(found)
