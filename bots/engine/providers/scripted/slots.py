"""Reading a slot's value out of what was heard."""

from collections.abc import Mapping, Sequence
from datetime import date

from bots.engine.providers.scripted.script import Slot
from bots.engine.providers.scripted.spoken.answers import find_choice, find_yes_no
from bots.engine.providers.scripted.spoken.contacts import find_email, find_name, find_phone
from bots.engine.providers.scripted.spoken.dates import find_date
from bots.engine.providers.scripted.spoken.numbers import find_digits, find_number
from bots.engine.providers.scripted.spoken.times import find_time
from bots.engine.providers.scripted.spoken.words import Found

UNASKED_TYPES = ("date", "time", "email", "phone", "name", "choice")
"""What callers tell before they are asked, most precise first."""
_SURE_PHONE_DIGITS = 7
_DEFAULT_HINTS = {
    "date": "You can say a day, such as tomorrow, Friday, or the third of May.",
    "time": "You can say a time, such as nine fifteen or half past two.",
    "name": "Please just say the name.",
    "yes_no": "Please say yes or no.",
    "number": "Please say a number.",
    "digits": "Please say it digit by digit.",
    "phone": "Please say the number digit by digit.",
    "email": "You can say it like: anna dot smith at example dot com.",
    "text": "Please say it in your own words.",
}


def read_slot(
    slot: Slot, words: list[str], text: str, today: date, options: Sequence[str] = (), *, sure: bool = False
) -> Found | None:
    """The slot's value and the words it came from; with `sure` only what cannot be meant otherwise."""
    if slot.type == "text":
        return Found(text.strip(), 0, len(words)) if words and not sure else None
    if slot.type == "email":
        address = find_email(text)
        return Found(address, 0, 0) if address else None
    if slot.type == "time":
        found = find_time(words, options=options, sure=sure)
        if found is None and options and not sure:
            found = find_choice(words, dict.fromkeys(options, ()))
        return found
    if slot.type == "choice" or options:
        ways: Mapping[str, Sequence[str]] = slot.options or dict.fromkeys(options, ())
        return find_choice(words, ways, by_place=not sure)
    return _plain(slot, words, today, sure=sure)


def _plain(slot: Slot, words: list[str], today: date, *, sure: bool) -> Found | None:
    least = int(slot.least) if slot.least is not None else None
    match slot.type:
        case "date":
            return find_date(words, today)
        case "name":
            return find_name(words, sure=sure)
        case "phone":
            return find_phone(words, shortest=_SURE_PHONE_DIGITS if sure else (least or 5))
        case "yes_no":
            return None if sure else find_yes_no(words)
        case "digits":
            longest = int(slot.most) if slot.most is not None else 40
            return None if sure else find_digits(words, shortest=least or 1, longest=longest)
    found = None if sure else find_number(words)
    if found is None or not isinstance(found.value, (int, float)):
        return None
    too_small = slot.least is not None and found.value < slot.least
    too_big = slot.most is not None and found.value > slot.most
    return None if too_small or too_big else found


def hint_for(slot: Slot, options: Sequence[str] = ()) -> str:
    """What a caller can say for a slot; option values stay in braces-free text for the caller of this function."""
    if slot.hint:
        return slot.hint
    named = [sayings[0] if sayings else value for value, sayings in slot.options.items()]
    listed = list(options) or named
    if listed:
        return f"You can say: {', '.join(listed[:-1])}{' or ' if len(listed) > 1 else ''}{listed[-1]}."
    return _DEFAULT_HINTS.get(slot.type, "")
