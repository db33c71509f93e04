"""Dates as people say them, relative to the day of the call."""

from datetime import date, timedelta

from bots.engine.providers.scripted.spoken.numbers import (
    TENS,
    read_below_hundred,
    read_number,
    read_ordinal,
    say_number,
    say_ordinal,
)
from bots.engine.providers.scripted.spoken.words import Found, listed

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = listed("january february march april may june july august september october november december")
_FARTHEST_DAYS = 3660


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next_date(today: date, month: int, day: int) -> date | None:
    """The first such day that is not past (the 29th of February may be years away)."""
    for year in range(today.year, today.year + 9):
        found = _day(year, month, day)
        if found and found >= today:
            return found
    return None


def _next_day_of_month(today: date, day: int) -> date | None:
    month = today.replace(day=1)
    for _ in range(13):
        found = _day(month.year, month.month, day)
        if found and found >= today:
            return found
        month = (month + timedelta(days=32)).replace(day=1)
    return None


def _year(words: list[str], at: int) -> tuple[int, int] | None:
    """ "2027", "twenty twenty seven", "two thousand and twenty seven"."""
    if at < len(words) and words[at].isdecimal() and len(words[at]) == 4:
        return int(words[at]), at + 1
    century = read_below_hundred(words, at)
    if century and century[0] == 20 and (rest := read_below_hundred(words, century[1])) and 10 <= rest[0] < 100:
        return 2000 + rest[0], rest[1]
    whole = read_number(words, at)
    return whole if whole and 2000 <= whole[0] < 2200 else None


def _month_date(words: list[str], at: int, today: date) -> Found | None:
    """ "the third of May", "third May", "May the third", "May 3", each with or without a year."""
    if at and words[at - 1] in TENS:
        return None
    day, month, end = None, None, at
    if words[at] in MONTHS:
        month = MONTHS.index(words[at]) + 1
        after = at + 2 if words[at + 1 : at + 2] == ["the"] else at + 1
        read = read_ordinal(words, after) or read_below_hundred(words, after)
        if read:
            day, end = read
    elif read := read_ordinal(words, at) or (read_below_hundred(words, at) if words[at].isdecimal() else None):
        after = read[1] + 1 if words[read[1] : read[1] + 1] == ["of"] else read[1]
        if after < len(words) and words[after] in MONTHS:
            day, month, end = read[0], MONTHS.index(words[after]) + 1, after + 1
    if day is None or month is None:
        return None
    year = _year(words, end)
    found = _day(year[0], month, day) if year else _next_date(today, month, day)
    return Found(found.isoformat(), at, year[1] if year else end) if found else None


def _relative(words: list[str], at: int, today: date) -> Found | None:
    rest = words[at:]
    if rest[:3] == ["day", "after", "tomorrow"]:
        return Found((today + timedelta(days=2)).isoformat(), at, at + 3)
    if rest[0] in ("today", "tonight", "tomorrow"):
        return Found((today + timedelta(days=rest[0] == "tomorrow")).isoformat(), at, at + 1)
    if rest[0] == "in" and len(rest) > 2:
        count = (1, at + 2) if rest[1] in ("a", "one") else read_below_hundred(words, at + 1)
        unit = words[count[1]] if count and count[1] < len(words) else ""
        size = {"day": 1, "days": 1, "week": 7, "weeks": 7}.get(unit, 0)
        if count and size and count[0] * size <= _FARTHEST_DAYS:
            return Found((today + timedelta(days=count[0] * size)).isoformat(), at, count[1] + 1)
    return None


def _iso(words: list[str], at: int, today: date) -> Found | None:
    if len(words[at]) != 10 or words[at].count("-") != 2:
        return None
    year, month, day = (int(part) for part in words[at].split("-"))
    found = _day(year, month, day)
    return Found(found.isoformat(), at, at + 1) if found else None


def _weekday(words: list[str], at: int, today: date) -> Found | None:
    """A weekday is the next one after today; "next Friday" and "Friday next week" lie in the following week."""
    name = words[at].removesuffix("'s")
    if name not in WEEKDAYS:
        return None
    index = WEEKDAYS.index(name)
    start, end = at, at + 1
    following = words[at + 1 : at + 3] == ["next", "week"]
    if following:
        end = at + 3
    elif at and words[at - 1] == "next":
        following, start = True, at - 1
    if following:
        day = today + timedelta(days=7 - today.weekday() + index)
    else:
        day = today + timedelta(days=(index - today.weekday() - 1) % 7 + 1)
    return Found(day.isoformat(), start, end)


def _day_of_month(words: list[str], at: int, today: date) -> Found | None:
    """ "the third", but not "the third one"."""
    read = read_ordinal(words, at)
    whole = read is not None and at == 0 and read[1] == len(words)
    if (
        read is None
        or not (whole or (at and words[at - 1] == "the"))
        or words[read[1] : read[1] + 1] in (["one"], ["of"])
    ):
        return None
    found = _next_day_of_month(today, read[0])
    return Found(found.isoformat(), at - 1 if at and words[at - 1] == "the" else at, read[1]) if found else None


def find_date(words: list[str], today: date) -> Found | None:
    """The date in the words as ISO text; the most precise reading wins ("Friday the third of May" is the third)."""
    for rule in (_iso, _relative, _month_date, _day_of_month, _weekday):
        for at in range(len(words)):
            if found := rule(words, at, today):
                return found
    return None


def say_date(day: date, today: date) -> str:
    """A coming date in words; month and year only where they are needed to mean it."""
    if day == today:
        return "today"
    if day == today + timedelta(days=1):
        return "tomorrow"
    if day - today < timedelta(days=7):
        return f"{WEEKDAYS[day.weekday()].title()} the {say_ordinal(day.day)}"
    text = full_date(day)
    if _next_date(today, day.month, day.day) != day:
        text += f" {say_number(day.year // 100)} {say_number(day.year % 100)}" if day.year % 100 > 9 else f" {day.year}"
    return text


def full_date(day: date) -> str:
    """A date in words without its year."""
    return f"{WEEKDAYS[day.weekday()].title()} the {say_ordinal(day.day)} of {MONTHS[day.month - 1].title()}"
