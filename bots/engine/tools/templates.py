"""Texts with `{argument}` in them, filled with what the model gave: plain substitution, escaped for its place (S13)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from bots.engine.context.arguments import ToolArgumentsInvalid

_PLACE = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PATH = re.compile(r"\s*(?:\.?([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\.?\[\"([^\"]+)\"\])")


def places_in(template: Any) -> set[str]:
    """Return the names a template, or any text inside it, wants to be filled with."""
    if isinstance(template, str):
        return set(_PLACE.findall(template))
    if isinstance(template, Mapping):
        return {name for key, value in template.items() for name in places_in(str(key)) | places_in(value)}
    if isinstance(template, list | tuple):
        return {name for value in template for name in places_in(value)}
    return set()


def _text(value: Any) -> str:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ToolArgumentsInvalid("An argument holds half a character.") from None
        return value
    return "" if value is None else json.dumps(value)


def filled_url(template: str, arguments: Mapping[str, Any]) -> str:
    """Fill an address; every value is escaped, so none can change the path's depth, the query or the host.

    Error: ``tool.arguments`` for a path segment that would climb.
    """
    path, mark, query = template.partition("?")

    def in_path(found: re.Match[str]) -> str:
        text = _text(arguments.get(found[1]))
        if text.strip() in (".", ".."):
            raise ToolArgumentsInvalid(f"'{found[1]}' must not be a dot or two.")
        return quote(text, safe="")

    return _PLACE.sub(in_path, path) + mark + _PLACE.sub(lambda f: quote(_text(arguments.get(f[1])), safe=""), query)


def filled_header(template: str, arguments: Mapping[str, Any]) -> str:
    """Fill a header's value; control characters would begin another header and are refused (``tool.arguments``)."""
    text = _PLACE.sub(lambda found: _text(arguments.get(found[1])), template)
    if _CONTROL.search(text):
        raise ToolArgumentsInvalid("An argument holds characters that may not stand in a header.")
    return text


def filled_json(template: Any, arguments: Mapping[str, Any]) -> Any:
    """Fill JSON: a text that is one place takes the value as it is; a key without its argument is left out."""
    if isinstance(template, str):
        whole = _PLACE.fullmatch(template)
        if whole:
            return arguments.get(whole[1])
        return _PLACE.sub(lambda found: _text(arguments.get(found[1])), template)
    if isinstance(template, Mapping):
        return {key: filled_json(value, arguments) for key, value in template.items() if not _absent(value, arguments)}
    if isinstance(template, list | tuple):
        return [filled_json(value, arguments) for value in template if not _absent(value, arguments)]
    return template


def _absent(value: Any, arguments: Mapping[str, Any]) -> bool:
    whole = _PLACE.fullmatch(value) if isinstance(value, str) else None
    return whole is not None and whole[1] not in arguments


def steps_of(path: str) -> list[str | int] | None:
    """Return the steps of a path such as ``data.items[0]["full name"]``; None when it cannot be read."""
    steps: list[str | int] = []
    at = 0
    while at < len(path):
        found = _PATH.match(path, at)
        if found is None or found.end() == at:
            return None
        steps.append(int(found[2]) if found[2] else found[1] or found[3])
        at = found.end()
    return steps


def value_at(value: Any, steps: list[str | int]) -> tuple[bool, Any]:
    """Return whether there is something at the end of the steps, and what."""
    for step in steps:
        inside = step < len(value) if isinstance(step, int) and isinstance(value, list) else False
        if not inside and not (isinstance(step, str) and isinstance(value, Mapping) and step in value):
            return False, None
        value = value[step]
    return True, value
