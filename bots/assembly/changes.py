"""What differs between two configurations, value by value."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MISSING = "—"
MAX_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """One value that differs; ``before`` and ``after`` as text."""

    path: str
    before: str
    after: str


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
    return text if len(text) <= MAX_LENGTH else text[:MAX_LENGTH] + "…"


def _walk(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            here = f"{path}.{key}" if path else str(key)
            if key not in after:
                yield Change(here, _shown(before[key]), MISSING)
            elif key not in before:
                yield Change(here, MISSING, _shown(after[key]))
            else:
                yield from _walk(here, before[key], after[key])
        return
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (left, right) in enumerate(zip(before, after, strict=True)):
            yield from _walk(f"{path}[{number}]", left, right)
        return
    yield Change(path, _shown(before), _shown(after))


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Every value of the first configuration that the second changes, adds or drops."""
    return list(_walk("", before, after))
