"""Templates filled with values, said as people say them. Plain substitution: nothing is evaluated."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from bots.engine.providers.scripted.spoken.dates import say_date
from bots.engine.providers.scripted.spoken.numbers import say_digits
from bots.engine.providers.scripted.spoken.times import say_time

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][\w.]{0,80})\}")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_REFERENCE = re.compile(r"([A-Z]{1,3})-?(\d{1,6})", re.ASCII)
_LONGEST_LIST = 6
_ON_A_WORD = re.compile(r"\b([Oo])n (today|tomorrow)\b")
"""Nobody says "on tomorrow"."""


def placeholders(text: str) -> list[str]:
    """The names between braces."""
    return _PLACEHOLDER.findall(text)


def spoken(value: Any, today: date) -> str:
    """A value as it is said: ISO dates and times in words, "A7" as "A seven", lists joined with "or"."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        parts = [spoken(part, today) for part in value[:_LONGEST_LIST]]
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}" if parts else "nothing"
    if isinstance(value, Mapping):
        return ", ".join(spoken(part, today) for part in value.values())
    text = "" if value is None else str(value)
    if match := _TIME.fullmatch(text):
        return say_time(int(match[1]), int(match[2]))
    if match := _REFERENCE.fullmatch(text):
        return f"{' '.join(match[1])} {say_digits(match[2])}"
    if _DAY.fullmatch(text):
        try:
            return say_date(date.fromisoformat(text), today)
        except ValueError:
            return text
    return text


def at_path(data: Any, path: str) -> Any:
    """The value at a dotted path through objects and lists; None when there is none."""
    for key in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(key)
        elif isinstance(data, Sequence) and not isinstance(data, str) and key.isdecimal() and len(key) < 6:
            data = data[int(key)] if int(key) < len(data) else None
        else:
            return None
    return data


def filled(template: str, value_of: Callable[[str], Any], today: date) -> str:
    """The template with its values in words; unknown ones vanish."""
    text = _PLACEHOLDER.sub(lambda match: spoken(value_of(match[1]), today), template)
    text = _ON_A_WORD.sub(lambda match: match[2].capitalize() if match[1] == "O" else match[2], text)
    return re.sub(r" {2,}", " ", text).strip()


def arguments(template: Mapping[str, Any], value_of: Callable[[str], Any]) -> dict[str, Any]:
    """Tool arguments: a lone placeholder keeps its value's type and vanishes when unknown; others become text."""
    made: dict[str, Any] = {}
    for key, value in template.items():
        if not isinstance(value, str):
            made[key] = value
        elif alone := _PLACEHOLDER.fullmatch(value):
            if (found := value_of(alone[1])) is not None:
                made[key] = found
        else:
            made[key] = _PLACEHOLDER.sub(lambda match: _plain(value_of(match[1])), value)
    return made


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def holds(conditions: Mapping[str, Any], value_of: Callable[[str], Any]) -> bool:
    """Whether all conditions hold: a path equals a literal, is present ("*") or is absent (null)."""
    for path, wanted in conditions.items():
        found = value_of(path)
        if (wanted == "*" and found in (None, "", [])) or (wanted is None and found is not None):
            return False
        if wanted not in ("*", None) and not _same(found, wanted):
            return False
    return True


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return found in wanted
    return bool(found == wanted) and isinstance(found, bool) == isinstance(wanted, bool)
