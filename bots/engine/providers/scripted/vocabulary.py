"""What callers may say to a scripted bot, for the recogniser's own language model."""

from collections.abc import Iterable

from bots.engine.providers.scripted.builtins import BUILT_IN
from bots.engine.providers.scripted.script import Script, Slot
from bots.engine.providers.scripted.spoken.dates import MONTHS, WEEKDAYS
from bots.engine.providers.scripted.spoken.numbers import SMALL, TENS, say_number, say_ordinal
from bots.engine.providers.scripted.spoken.words import words_of

_HOURS = [say_number(hour) for hour in range(1, 13)]
_DATES = (
    "today",
    "tomorrow",
    "tomorrow morning",
    "tomorrow afternoon",
    "the day after tomorrow",
    "in a week",
    *(f"{lead}{day}" for day in WEEKDAYS for lead in ("", "on ", "next ", "no ")),
    *(f"the {say_ordinal(day)} of {MONTHS[day % 12]}" for day in range(1, 32)),
    *(f"{month} the {say_ordinal(index + 1)}" for index, month in enumerate(MONTHS)),
)
_TIMES = (
    *(f"{hour} o'clock" for hour in _HOURS),
    *(f"at {hour}" for hour in _HOURS),
    *(f"{hour} {minutes}" for hour in _HOURS for minutes in ("fifteen", "thirty", "forty five")),
    *(f"{part} {hour}" for hour in _HOURS for part in ("half past", "quarter past", "quarter to")),
    "in the morning",
    "in the afternoon",
    "in the evening",
    "the first one",
    "the second one",
    "the last one",
    "the earliest",
)
_NUMBERS = (*SMALL, *TENS, "one hundred", "twenty one", "thirty two", "forty three")
_DIGITS = ("zero one two three four", "five six seven eight nine", "double five", "oh", "triple seven")
_YES_NO = ("yes", "yes please", "yeah", "that is right", "correct", "sure", "no", "no thanks", "nope", "that is wrong")
_BY_TYPE: dict[str, tuple[str, ...]] = {
    "date": _DATES,
    "time": _TIMES,
    "number": _NUMBERS,
    "digits": _DIGITS,
    "phone": _DIGITS,
    "yes_no": _YES_NO,
    "name": ("my name is", "it is", "under the name"),
    "email": ("at", "dot com", "underscore"),
}


def vocabulary(script: Script) -> list[str]:
    """Sentences and words callers may say, lower case, without punctuation or repeats, in a fixed order."""
    sentences: dict[str, None] = {}
    for text in _sayings(script):
        words = " ".join(word for word in words_of(text) if not word[0].isdigit() and word != "+")
        if words:
            sentences.setdefault(words)
    return list(sentences)


def _sayings(script: Script) -> Iterable[str]:
    for intent in (*script.intents, *script.globals.values(), *BUILT_IN.values()):
        yield from intent.examples
    for node in script.nodes.values():
        for intent in node.intents:
            yield from intent.examples
        if node.answer is not None:
            yield from _of_slot(node.answer.slot)
    for form in script.forms.values():
        for slot in form.slots:
            yield from _of_slot(slot)
        if form.confirm:
            yield from _YES_NO
    yield from script.vocabulary


def _of_slot(slot: Slot) -> Iterable[str]:
    for value, sayings in slot.options.items():
        yield value
        yield from sayings
    yield from _BY_TYPE.get(slot.type, ())
