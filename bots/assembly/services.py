"""Checks a draft's services against the provider registry."""

from collections.abc import Iterator, Mapping
from typing import Any


def service_problems(role: str, value: Any) -> Iterator[tuple[str, str]]:
    """Path and message of everything wrong with one service of a draft; ``role`` is stt, llm or tts."""
    if not isinstance(value, Mapping):
        yield role, "must be an object with provider and settings."
        return
    provider = value.get("provider")
    if not isinstance(provider, str) or not provider:
        yield f"{role}.provider", "is missing."
    if not isinstance(value.get("settings") or {}, Mapping):
        yield f"{role}.settings", "must be an object."
