"""JSON → Script, with every mistake named."""

from typing import Any

from bots.engine.errors import Problem
from bots.engine.providers.scripted.place import Place
from bots.engine.providers.scripted.problems import ScriptError
from bots.engine.providers.scripted.references import check_references
from bots.engine.providers.scripted.script import (
    GLOBAL_NAMES,
    SLOT_TYPES,
    VERSION,
    Answer,
    Form,
    Intent,
    Lookup,
    Node,
    Outcome,
    Passage,
    Phrases,
    Script,
    Slot,
    ToolUse,
)

_TOP = ("version", "phrases", "globals", "intents", "forms", "nodes", "knowledge", "vocabulary", "handover", "end_tool")
_PHRASES = tuple(Phrases.__dataclass_fields__)
_TOOL = ("name", "arguments", "filler", "outcomes", "failed", "unavailable")
_INTENT = ("name", "patterns", "examples", "replies", "when", "tool", "form", "move", "arguments", "end",
           "fail")  # fmt: skip
_SLOT = (
    "name",
    "type",
    "prompt",
    "reprompt",
    "hint",
    "options",
    "optional",
    "least",
    "most",
    "lookup",
)
_LOOKUP = ("tool", "options", "say", "empty", "empty_clear", "refuse")


def read_script(data: Any) -> Script:
    """Make a script of its JSON value; ScriptError lists all mistakes."""
    problems: list[Problem] = []
    script = _script(Place(data, "$", problems))
    if problems or script is None:
        raise ScriptError(problems)
    return script


def problems_in_script(data: Any) -> list[Problem]:
    """Every mistake of a script, in the order of its text."""
    problems: list[Problem] = []
    _script(Place(data, "$", problems))
    return problems


def _script(place: Place) -> Script | None:
    if not place.object(_TOP, ("version",)):
        return None
    if place.has("version") and place.value["version"] != VERSION:
        place.at("version").problem("version", f"must be {VERSION}")
    script = Script(
        phrases=_phrases(place.at("phrases")),
        globals={name: _global(name, at) for name, at in place.at("globals").entries()},
        intents=_unique(place.at("intents")),
        forms={name: _form(name, at) for name, at in place.at("forms").entries()},
        nodes={name: _node(name, at) for name, at in place.at("nodes").entries()},
        knowledge=tuple(_passage(at) for at in place.at("knowledge").items()),
        vocabulary=place.at("vocabulary").texts(),
        handover_tool=_tool(place.at("handover")) if place.has("handover") else None,
        end_tool=place.at("end_tool").text("end_call"),
    )
    check_references(script, place)
    return script


def _phrases(place: Place) -> Phrases:
    if place.value is None or not place.object(_PHRASES):
        return Phrases()
    return Phrases(**{key: place.at(key).texts() for key in _PHRASES if place.has(key)})


def _global(name: str, place: Place) -> Intent:
    if name not in GLOBAL_NAMES:
        place.problem("unknown_key", f"is no built-in intent; there are {', '.join(GLOBAL_NAMES)}")
    if not place.object(("patterns", "examples", "replies", "tool", "end")):
        return Intent(name)
    return Intent(
        name,
        patterns=place.at("patterns").patterns(),
        examples=place.at("examples").texts(),
        replies=place.at("replies").texts(),
        tool=_tool(place.at("tool")) if place.has("tool") else None,
        end=place.at("end").flag(),
    )


def _unique(place: Place) -> tuple[Intent, ...]:
    intents: dict[str, Intent] = {}
    for item in place.items():
        intent = _intent(item)
        if intent.name in intents:
            item.at("name").problem("duplicate", f"'{intent.name}' is used twice")
        intents[intent.name] = intent
    return tuple(intents.values())


def _intent(place: Place) -> Intent:
    if not place.object(_INTENT, ("name",)):
        return Intent(place.path)
    intent = Intent(
        name=place.at("name").text(),
        patterns=place.at("patterns").patterns() if place.has("patterns") else (),
        examples=place.at("examples").texts(),
        replies=place.at("replies").texts(),
        when=place.at("when").mapping(),
        tool=_tool(place.at("tool")) if place.has("tool") else None,
        form=place.at("form").text() or None,
        move=place.at("move").text() or None,
        arguments=place.at("arguments").mapping(),
        end=place.at("end").flag(),
        fail=place.at("fail").flag(),
    )
    if not (intent.patterns or intent.examples) and not (place.has("patterns") or place.has("examples")):
        place.problem("missing", "needs 'patterns' or 'examples', or it is never recognised")
    if not (intent.replies or intent.tool or intent.form or intent.move or intent.end or intent.fail):
        place.problem(
            "no_reply", "needs 'replies', 'tool', 'form', 'move', 'end' or 'fail', or the caller hears nothing"
        )
    return intent


def _tool(place: Place) -> ToolUse:
    if not place.object(_TOOL, ("name",)):
        return ToolUse("")
    return ToolUse(
        name=place.at("name").text(),
        arguments=place.at("arguments").mapping(),
        filler=place.at("filler").texts(),
        outcomes=tuple(_outcome(at) for at in place.at("outcomes").items()),
        failed=place.at("failed").texts(),
        unavailable=place.at("unavailable").texts(),
    )


def _outcome(place: Place) -> Outcome:
    if not place.object(("when", "say", "clear", "end"), ("say",)):
        return Outcome(())
    return Outcome(
        say=place.at("say").texts(),
        when=place.at("when").mapping(),
        clear=place.at("clear").texts(),
        end=place.at("end").flag(),
    )


def _form(name: str, place: Place) -> Form:
    if not place.object(("slots", "confirm", "tool", "replies"), ("slots",)):
        return Form(name, ())
    slots: list[Slot] = []
    for item in place.at("slots").items():
        slot = _slot(item)
        if slot.name in [known.name for known in slots]:
            item.at("name").problem("duplicate", f"'{slot.name}' is used twice")
        slots.append(slot)
    if not slots and place.has("slots"):
        place.at("slots").problem("empty", "must hold at least one slot")
    if not place.has("tool") and not place.has("replies"):
        place.problem("no_reply", "needs 'tool' or 'replies', or the caller hears nothing at the end")
    return Form(
        name,
        tuple(slots),
        confirm=place.at("confirm").texts(),
        tool=_tool(place.at("tool")) if place.has("tool") else None,
        replies=place.at("replies").texts(),
    )


def _slot(place: Place) -> Slot:
    if not place.object(_SLOT, ("name", "type")):
        return Slot("", "text")
    slot = Slot(
        name=place.at("name").text(),
        type=place.at("type").one_of(SLOT_TYPES),
        prompt=place.at("prompt").texts(),
        reprompt=place.at("reprompt").texts(),
        hint=place.at("hint").text(),
        options=_options(place.at("options")),
        optional=place.at("optional").flag(),
        least=place.at("least").number(),
        most=place.at("most").number(),
        lookup=_lookup(place.at("lookup")) if place.has("lookup") else None,
    )
    if slot.type == "choice" and not slot.options and slot.lookup is None:
        place.problem("missing", "a choice needs 'options'")
    if not slot.optional and not slot.prompt and slot.lookup is None:
        place.problem("missing", "needs 'prompt', the question that asks for it")
    return slot


def _options(place: Place) -> dict[str, tuple[str, ...]]:
    """Either a list of texts or an object from value to its sayings."""
    if isinstance(place.value, dict):
        return {value: at.texts() if at.value != [] else () for value, at in place.entries()}
    return {item.text(): () for item in place.items()}


def _lookup(place: Place) -> Lookup | None:
    if not place.object(_LOOKUP, ("tool", "options", "say", "empty")):
        return None
    return Lookup(
        tool=_tool(place.at("tool")),
        options=place.at("options").text(),
        say=place.at("say").texts(),
        empty=place.at("empty").texts(),
        empty_clear=place.at("empty_clear").texts(),
        refuse=place.at("refuse").texts(),
    )


def _node(name: str, place: Place) -> Node:
    if not place.object(("say", "prompt", "functions", "intents", "answer", "end")):
        return Node(name)
    return Node(
        name,
        say=place.at("say").texts(),
        prompt=place.at("prompt").texts(),
        functions=place.at("functions").texts() if place.value.get("functions") else (),
        intents=_unique(place.at("intents")),
        answer=_answer(place.at("answer")) if place.has("answer") else None,
        end=place.at("end").flag(),
    )


def _answer(place: Place) -> Answer | None:
    if not place.object(("slot", "move", "arguments", "otherwise"), ("slot", "move")):
        return None
    return Answer(
        slot=_slot(place.at("slot")),
        move=place.at("move").text(),
        arguments=place.at("arguments").mapping(),
        otherwise=place.at("otherwise").text() or None,
    )


def _passage(place: Place) -> Passage:
    if isinstance(place.value, str):
        return Passage(place.text())
    if not place.object(("text", "source", "title"), ("text",)):
        return Passage("")
    return Passage(place.at("text").text(), place.at("source").text(), place.at("title").text())
