"""Taking values for a form's slots out of what was heard."""

from collections.abc import Mapping
from typing import Any

from bots.engine.providers.scripted.script import Form, Slot
from bots.engine.providers.scripted.slots import UNASKED_TYPES, read_slot
from bots.engine.providers.scripted.spoken.dates import find_date
from bots.engine.providers.scripted.spoken.words import without
from bots.engine.providers.scripted.talk import Talk
from bots.engine.providers.scripted.wording import at_path

_WHOLE = ("yes_no", "text", "choice")
"""Types whose answers may begin like a correction ("no")."""


class FormValues:
    """Fills slots: with the answer, with what was told unasked, with corrections."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk

    def take_asked(self, form: Form, words: list[str], rest: list[str]) -> bool:
        memory = self.talk.memory
        slot = form.slot(memory.asked)
        if slot is None:
            return False
        heard = words if slot.type in _WHOLE else rest or words
        if slot.type in ("time", "number") and any(other.type == "date" for other in form.slots):
            heard = without(heard, find_date(heard, self.talk.now.date()))
        found = read_slot(slot, heard, memory.heard, self.talk.now.date(), self.options(slot))
        if found is None:
            return False
        memory.slots[slot.name] = found.value
        if slot.type not in _WHOLE:
            self.take_unasked(form, without(heard, found) if found.end else [])
            if heard is not words:
                self.take_unasked(form, words, types=("date",))
        return True

    def take_unasked(
        self, form: Form, words: list[str], *, again: bool = False, types: tuple[str, ...] = UNASKED_TYPES
    ) -> bool:
        """Take values nobody asked for; with `again` they may replace what is known."""
        memory, taken = self.talk.memory, False
        left = list(words)
        for slot in sorted(form.slots, key=lambda slot: _rank(slot.type)):
            if slot.type not in types or (slot.name in memory.slots and not again) or not left:
                continue
            found = read_slot(slot, left, memory.heard, self.talk.now.date(), sure=True)
            if found is not None:
                memory.slots[slot.name] = found.value
                taken, left = True, left if slot.type == "choice" else without(left, found)
        return taken

    def take_correction(self, form: Form, rest: list[str]) -> bool:
        """ "No, Friday": the value goes to the filled slot it can belong to, precise types first."""
        memory = self.talk.memory
        filled = [slot for slot in form.slots if slot.name in memory.slots and slot.type != "text"]
        for slot in sorted(filled, key=lambda slot: _rank(slot.type)):
            if slot.name == memory.asked:
                continue
            found = read_slot(slot, rest, " ".join(rest), self.talk.now.date(), self.options(slot))
            if found is not None and found.value != memory.slots[slot.name]:
                memory.slots[slot.name] = found.value
                self.take_unasked(form, without(rest, found), again=True)
                return True
        return False

    def options(self, slot: Slot) -> list[str]:
        """The values a look-up offered for a slot."""
        if slot.lookup is None or slot.name not in self.talk.memory.lookups:
            return []
        found = at_path(self.talk.memory.lookups[slot.name][1], slot.lookup.options)
        return [str(value) for value in found] if isinstance(found, list) else []

    def take_arguments(self, form: Form, given: Mapping[str, Any], template: Mapping[str, Any]) -> None:
        """What a made call says about the slots is truer than what was worked out again."""
        for key, value in template.items():
            name = value[1:-1] if isinstance(value, str) and value.startswith("{") and value.endswith("}") else ""
            if key in given and form.slot(name):
                self.talk.memory.slots[name] = given[key]


def _rank(slot_type: str) -> int:
    return UNASKED_TYPES.index(slot_type) if slot_type in UNASKED_TYPES else len(UNASKED_TYPES)
