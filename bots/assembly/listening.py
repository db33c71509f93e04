"""What is wrong with the settings of silence, wake phrases and the keypad."""

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.frames import KeypadEntry

MAX_PROMPTS, MAX_PHRASES, MAX_TEXT, MAX_PREFIX = 5, 20, 300, 60
Found = Iterator[tuple[str, str]]


def _lines(path: str, value: Any, most: int) -> Found:
    if not isinstance(value, list) or not all(isinstance(text, str) and text.strip() for text in value):
        yield path, "must be a list of texts."
    elif len(value) > most:
        yield path, f"has more than {most} entries."
    elif any(len(text) > MAX_TEXT for text in value):
        yield path, f"has a text longer than {MAX_TEXT} characters."


def silence_problems(turns: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with what a silent caller hears."""
    yield from _lines("turns.user_idle_prompts", turns.get("user_idle_prompts") or [], MAX_PROMPTS)
    goodbye = turns.get("user_idle_goodbye", "")
    if not isinstance(goodbye, str) or len(goodbye) > MAX_TEXT:
        yield "turns.user_idle_goodbye", f"must be text of at most {MAX_TEXT} characters."


def silence_warnings(draft: Mapping[str, Any]) -> list[str]:
    """Say when a call is over before its silent caller was asked."""
    asked = (draft.get("turns") or {}).get("user_idle_secs") or 0
    limit = (draft.get("limits") or {}).get("idle_timeout_s") or 0
    if not 0 < limit <= asked:
        return []
    return [f"The idle limit of {limit:g} s ends a call before its silent caller is asked after {asked:g} s."]


def wake_problems(turns: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with the wake phrases."""
    path, phrases = "turns.wake_phrases", turns.get("wake_phrases") or []
    found = list(_lines(path, phrases, MAX_PHRASES))
    yield from found
    if not found and not all(any(character.isalnum() for character in phrase) for phrase in phrases):
        yield path, "must be phrases of at least one word."


def keypad_problems(keypad: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with the keypad."""
    if keypad.get("termination_digit", "#") not in set(KeypadEntry):
        yield "keypad.termination_digit", f"must be one of {' '.join(KeypadEntry)}."
    prefix = keypad.get("prefix", "")
    if not isinstance(prefix, str) or len(prefix) > MAX_PREFIX:
        yield "keypad.prefix", f"must be text of at most {MAX_PREFIX} characters."
