"""Whether the parts of a script that name each other exist."""

from collections.abc import Iterable

from bots.engine.providers.scripted.place import Place
from bots.engine.providers.scripted.script import Form, Intent, Script, ToolUse
from bots.engine.providers.scripted.wording import placeholders

_ALWAYS = ("heard", "now.time", "now.date", "offer", "passage", "source", "title", "prompt")
_OPEN = ("result.", "results.", "slots.")


def check_references(script: Script, place: Place) -> None:
    """Note forms, slots and placeholders that are used but not defined."""
    for path, intent in _intents(script):
        here = Place(None, f"$.{path}", place.problems)
        if intent.form and intent.form not in script.forms:
            here.problem("unknown_form", f"names the form '{intent.form}', which is not defined")
        known = {name for pattern in intent.patterns for name in pattern.groupindex}
        known |= {slot.name for form in script.forms.values() for slot in form.slots}
        _check_texts(here, intent.replies, known)
        if intent.tool:
            _check_tool(here, intent.tool, known, None)
    for form in script.forms.values():
        _check_form(form, Place(None, f"$.forms.{form.name}", place.problems))


def _intents(script: Script) -> Iterable[tuple[str, Intent]]:
    for index, intent in enumerate(script.intents):
        yield f"intents[{index}]", intent
    for node in script.nodes.values():
        for index, intent in enumerate(node.intents):
            yield f"nodes.{node.name}.intents[{index}]", intent


def _check_form(form: Form, here: Place) -> None:
    names = {slot.name for slot in form.slots}
    _check_texts(here, form.confirm + form.replies, names)
    if form.tool:
        _check_tool(Place(None, f"{here.path}.tool", here.problems), form.tool, names, form)
    for index, slot in enumerate(form.slots):
        at = Place(None, f"{here.path}.slots[{index}]", here.problems)
        _check_texts(at, slot.prompt + slot.reprompt, names)
        if slot.lookup is not None:
            lookup = Place(None, f"{at.path}.lookup", here.problems)
            _check_tool(lookup, slot.lookup.tool, names, form)
            _check_texts(lookup, slot.lookup.say + slot.lookup.empty + slot.lookup.refuse, names)
            _check_slots(lookup, slot.lookup.empty_clear, form)


def _check_tool(here: Place, tool: ToolUse, known: set[str], form: Form | None) -> None:
    _check_texts(here, tuple(value for value in tool.arguments.values() if isinstance(value, str)), known)
    _check_texts(here, tool.filler + tool.failed + tool.unavailable, known)
    for outcome in tool.outcomes:
        _check_texts(here, outcome.say, known)
        if form:
            _check_slots(here, outcome.clear, form)


def _check_slots(here: Place, names: Iterable[str], form: Form) -> None:
    for name in names:
        if form.slot(name) is None:
            here.problem("unknown_slot", f"names the slot '{name}', which the form does not have")


def _check_texts(here: Place, texts: Iterable[str], known: set[str]) -> None:
    for text in texts:
        for name in placeholders(text):
            if name not in known and name not in _ALWAYS and not name.startswith(_OPEN):
                here.problem("unknown_slot", f"uses '{{{name}}}', which is never filled")
