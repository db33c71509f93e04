"""Times of day as people say them."""

from collections.abc import Sequence

from bots.engine.providers.scripted.spoken.numbers import read_below_hundred, say_number
from bots.engine.providers.scripted.spoken.words import Found

_MORNING = ("morning", "am")
_LATER = ("afternoon", "evening", "pm", "tonight", "night")
_NAMED = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
_MINUTES = {"half": 30, "quarter": 15}
_NOT_A_TIME = (
    "first",
    "second",
    "third",
    "last",
    "other",
    "that",
    "this",
    "which",
    "next",
    "early",
    "late",
    "earlier",
    "later",
)
_FIRST_MORNING_HOUR = 8
"""Without a word for the part of the day, eight to eleven are in the morning and one to seven in the afternoon."""


def _clock(words: list[str], at: int) -> tuple[int, int, int, bool] | None:
    """Hour, minute, next position and whether the words can only be a time."""
    word = words[at]
    if ":" in word:
        hour, minute = (int(part) for part in word.split(":"))
        return hour, minute, at + 1, True
    minutes = _before_or_after(words, at)
    if minutes:
        return minutes
    read = read_below_hundred(words, at)
    if read is None or not 0 <= read[0] <= 23 or words[at].startswith("zero"):
        return None
    hour, end = read
    if end < len(words) and words[end] == "o'clock":
        return hour, 0, end + 1, True
    if end < len(words) and words[end] in ("oh", "o", "zero"):
        single = read_below_hundred(words, end + 1)
        if single and 0 < single[0] < 10:
            return hour, single[0], single[1], True
    past = read_below_hundred(words, end)
    if past and 10 <= past[0] < 60:
        return hour, past[0], past[1], False
    return hour, 0, end, False


def _before_or_after(words: list[str], at: int) -> tuple[int, int, int, bool] | None:
    """ "half past nine", "a quarter to five", "twenty five to six", "ten minutes past eight"."""
    at += words[at] in ("a", "at") and at + 1 < len(words)
    read = (_MINUTES[words[at]], at + 1) if words[at] in _MINUTES else read_below_hundred(words, at)
    if read is None:
        return None
    minute, at = read
    at += at < len(words) and words[at] in ("minutes", "minute")
    if at >= len(words) or words[at] not in ("past", "after", "to", "before", "till", "of") or not 0 < minute < 60:
        return None
    hour = (12, at + 2) if words[at + 1 : at + 2] in (["noon"], ["midday"]) else read_below_hundred(words, at + 1)
    if hour is None or not 0 <= hour[0] <= 23:
        return None
    if words[at] in ("past", "after"):
        return hour[0], minute, hour[1], True
    if words[at] == "of":
        return None
    return (hour[0] - 1) % 24 if hour[0] != 1 else 12, 60 - minute, hour[1], True


def _half_of_day(words: list[str], at: int) -> tuple[str | None, int]:
    """The part of the day named right after the time, and the next position."""
    end = at
    while end < len(words) and words[end] in ("in", "the", "at", "o'clock"):
        end += 1
    if end < len(words) and words[end] in _MORNING:
        return "morning", end + 1
    if end < len(words) and words[end] in _LATER:
        return words[end], end + 1
    return None, at


def _readings(hour: int, minute: int, half: str | None) -> list[str]:
    """What the words can mean as HH:MM, the likeliest first."""
    if hour > 23 or minute > 59:
        return []
    if hour > 12 or hour == 0:
        return [f"{hour:02}:{minute:02}"]
    morning, later = f"{hour % 12:02}:{minute:02}", f"{hour % 12 + 12:02}:{minute:02}"
    if half == "morning" or (half == "night" and hour in (12, 1, 2, 3, 4)):
        return [morning]
    if half is not None:
        return [later]
    return [morning, later] if _FIRST_MORNING_HOUR <= hour < 12 else [later, morning]


def find_time(words: list[str], *, options: Sequence[str] = (), sure: bool = False) -> Found | None:
    """The time in the words as HH:MM.

    `options` decides between morning and afternoon where the words leave it open; with `sure` a bare number is no
    time unless "at" or a part of the day stands beside it.
    """
    loose: Found | None = None
    for at, word in enumerate(words):
        if word in _NAMED:
            return Found(_NAMED[word], at, at + 1)
        if word == "one" and at and words[at - 1] in _NOT_A_TIME:
            continue
        read = _clock(words, at)
        if read is None:
            continue
        hour, minute, end, certain = read
        half, after = _half_of_day(words, end)
        readings = _readings(hour, minute, half)
        if not readings:
            continue
        value = next((reading for reading in readings if reading in options), readings[0])
        found = Found(value, at, after)
        if certain or half or (at and words[at - 1] in ("at", "around", "by")) or (minute and not sure):
            return found
        loose = loose or found
    return None if sure else loose


def say_time(hour: int, minute: int) -> str:
    """A time in words that reads back as the same time."""
    if minute == 0 and hour in (0, 12):
        return "midnight" if hour == 0 else "noon"
    text = say_number(hour % 12 or 12)
    if minute:
        text += f" oh {say_number(minute)}" if minute < 10 else f" {say_number(minute)}"
    elif _FIRST_MORNING_HOUR <= hour < 20:
        text += " o'clock"
    if hour < _FIRST_MORNING_HOUR:
        return f"{text} in the morning"
    return f"{text} in the evening" if hour >= 20 else text
