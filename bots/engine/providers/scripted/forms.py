"""Filling a form: questions, corrections, look-ups, the confirmation and the tool."""

from collections.abc import Mapping
from typing import Any

from bots.engine.providers.scripted.form_values import FormValues
from bots.engine.providers.scripted.matching import likeness
from bots.engine.providers.scripted.memory import CHANGE, CONFIRM
from bots.engine.providers.scripted.script import Form, Slot
from bots.engine.providers.scripted.slots import hint_for
from bots.engine.providers.scripted.spoken.answers import CORRECTION_LEADS, find_yes_no
from bots.engine.providers.scripted.spoken.words import strip_lead, words_of
from bots.engine.providers.scripted.talk import Talk
from bots.engine.providers.scripted.wording import arguments, spoken

_MOST_FAILURES = 2
_SAME_WORD = 0.75


class FormTalk:
    """The form that is being filled, if any."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.values = FormValues(talk)

    @property
    def form(self) -> Form | None:
        """The current form."""
        return self.talk.script.forms.get(self.talk.memory.form or "")

    def begin(self, name: str) -> None:
        """Start a form with what the caller has told already."""
        memory = self.talk.memory
        memory.close_form()
        memory.slots.clear()
        memory.form = name
        form = self.form
        if form is not None:
            self.values.take_unasked(form, words_of(memory.heard))
            self.advance(form)

    def hear(self) -> bool:
        """Take what was heard as an answer; False when it is none."""
        memory, form = self.talk.memory, self.form
        if form is None:
            return False
        words = words_of(memory.heard)
        rest, corrected = strip_lead(words, CORRECTION_LEADS)
        if memory.asked == CONFIRM:
            return self._hear_confirmation(form, words, rest)
        if memory.asked == CHANGE:
            return self._hear_change(form, words, rest)
        if corrected and rest and self.values.take_correction(form, rest):
            return self._go_on(form)
        if self.values.take_asked(form, words, rest) or self.values.take_unasked(form, words, again=True):
            return self._go_on(form)
        if memory.resume:
            return self._go_on(form)
        return False

    def _go_on(self, form: Form) -> bool:
        self.talk.memory.misses = 0
        self.advance(form)
        return True

    def _hear_confirmation(self, form: Form, words: list[str], rest: list[str]) -> bool:
        answer = find_yes_no(words)
        if rest and (answer is None or answer.value is False) and self.values.take_correction(form, rest):
            return self._go_on(form)
        if answer is None:
            return self.values.take_unasked(form, words, again=True) and self._go_on(form)
        self.talk.memory.misses = 0
        if answer.value is True:
            self._submit(form)
        elif not self._clear_named(form, words):
            self.talk.memory.asked = CHANGE
            self.talk.say(self.talk.script.phrases.change)
        return True

    def _hear_change(self, form: Form, words: list[str], rest: list[str]) -> bool:
        if self.values.take_correction(form, rest or words):
            return self._go_on(form)
        if self._clear_named(form, words):
            return True
        if "nothing" in words or find_yes_no(words):
            return self._go_on(form)
        return False

    def _clear_named(self, form: Form, words: list[str]) -> bool:
        """ "The day": ask that slot again."""
        for slot in form.slots:
            names = slot.name.replace("_", " ").split()
            if any(likeness(name, word) >= _SAME_WORD for name in names for word in words):
                self.talk.memory.slots.pop(slot.name, None)
                return self._go_on(form)
        return False

    def advance(self, form: Form) -> None:
        """Ask for the next thing, look it up first where the script says so, confirm, or call the tool."""
        memory, talk = self.talk.memory, self.talk
        memory.resume = False
        for slot in form.slots:
            if slot.lookup is not None:
                if self._lookup_is_due(slot):
                    memory.asked = slot.name
                    if not talk.use(slot.lookup.tool, "lookup", slot.name):
                        memory.close_form()
                    return
                if slot.name in memory.slots and slot.lookup.options and not self._on_offer(slot):
                    talk.say(slot.lookup.refuse or slot.reprompt or slot.lookup.say)
                    memory.slots.pop(slot.name)
                    memory.asked = slot.name
                    return
            if slot.name not in memory.slots and not slot.optional:
                memory.asked = slot.name
                talk.say(self.question(slot))
                return
        if form.confirm:
            memory.asked = CONFIRM
            talk.say(form.confirm)
        else:
            self._submit(form)

    def _on_offer(self, slot: Slot) -> bool:
        return str(self.talk.memory.slots[slot.name]) in self.values.options(slot)

    def _lookup_is_due(self, slot: Slot) -> bool:
        known = self.talk.memory.lookups.get(slot.name)
        wanted = arguments(slot.lookup.tool.arguments, self.talk.value) if slot.lookup else {}
        return known is None or known[0] != wanted

    def question(self, slot: Slot) -> tuple[str, ...]:
        """The wordings that ask for a slot."""
        return (slot.lookup.say if slot.lookup else ()) or slot.prompt or (f"Please tell me the {slot.name}.",)

    def _submit(self, form: Form) -> None:
        if form.tool is None:
            self.talk.say(form.replies)
            self.talk.memory.close_form()
        elif not self.talk.use(form.tool, "form"):
            self.talk.memory.close_form()

    def ask_again(self) -> None:
        """Put the open question once more."""
        memory, form = self.talk.memory, self.form
        if form is None:
            return
        slot = form.slot(memory.asked)
        if memory.asked == CONFIRM:
            self.talk.say(form.confirm)
        elif slot is not None and not self.values.options(slot):
            self.talk.say(slot.prompt or self.question(slot))
        elif slot is not None:
            self.talk.say(self.question(slot))
        else:
            self.talk.say(self.talk.script.phrases.change)

    def miss(self, level: int) -> None:
        """Say what was heard, then ask again, with more help each time."""
        memory, form = self.talk.memory, self.form
        slot = form.slot(memory.asked) if form else None
        if level == 1 and slot is not None and slot.reprompt:
            self.talk.say(slot.reprompt)
            return
        self.talk.say(("I heard: {heard}.",))
        if slot is not None and level > 1:
            today = self.talk.now.date()
            self.talk.say((hint_for(slot, [spoken(value, today) for value in self.values.options(slot)]),))
        self.ask_again()

    def looked_up(self, slot_name: str | None, given: Mapping[str, Any]) -> None:
        """A look-up came back."""
        memory, form = self.talk.memory, self.form
        slot = form.slot(slot_name) if form else None
        if form is None or slot is None or slot.lookup is None:
            return
        if self.talk.failed():
            self._failed(slot.lookup.tool.failed)
            return
        memory.lookups[slot.name] = (dict(given), memory.result)
        if slot.lookup.options and not self.values.options(slot):
            self.talk.say(slot.lookup.empty)
            for name in slot.lookup.empty_clear:
                memory.slots.pop(name, None)
            memory.asked = slot.lookup.empty_clear[0] if slot.lookup.empty_clear else slot.name
        else:
            self.advance(form)

    def done(self) -> None:
        """The form's tool came back."""
        form = self.form
        if form is None or form.tool is None:
            return
        if self.talk.failed() and not self.talk.foresees(form.tool):
            self._failed(form.tool.failed)
            return
        again = self.talk.outcome(form.tool, form.replies)
        memory = self.talk.memory
        if again:
            for name in again:
                memory.slots.pop(name, None)
            memory.lookups.clear()
            self.advance(form)
        else:
            memory.close_form()

    def _failed(self, texts: tuple[str, ...]) -> None:
        memory = self.talk.memory
        memory.failures += 1
        self.talk.say(texts or self.talk.script.phrases.failed)
        if memory.failures >= _MOST_FAILURES:
            memory.close_form()
            self.talk.say(("{offer}",))
        else:
            memory.resume = memory.asked != CONFIRM
            self.ask_again()
