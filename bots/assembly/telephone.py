"""What is wrong with a bot's telephone settings (calls it places, its menu of keys), and the engine's view of them."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from bots.assembly.variables import filled
from bots.engine.blocks.answering.plan import MAX_KEYS
from bots.engine.frames import KeypadEntry
from bots.engine.spec import KeyChoice, KeypadSpec, PhoneSpec

MAX_TEXT = 500
ON_MACHINE = ("hang_up", "leave_message")
Found = Iterator[tuple[str, str]]


def _known(kind: Any, value: Any) -> dict[str, Any]:
    names = {item.name for item in fields(kind)}
    return {name: item for name, item in dict(value or {}).items() if name in names}


def phone_spec(value: Any, variables: Any) -> PhoneSpec:
    """The engine's view; versions from before these settings have the defaults."""
    known = _known(PhoneSpec, value)
    for name in ("machine_message", "screener_text"):
        known[name] = filled(str(known.get(name) or ""), variables)
    return PhoneSpec(**known)


def keypad_spec(value: Any) -> KeypadSpec:
    """The engine's view of the keypad and its menu."""
    known = _known(KeypadSpec, value)
    menu = known.get("menu") or {}
    known["menu"] = {str(key): KeyChoice(**_known(KeyChoice, choice)) for key, choice in menu.items()}
    return KeypadSpec(**known)


def phone_problems(phone: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with what happens to calls that the bot places."""
    if phone.get("on_machine", ON_MACHINE[0]) not in ON_MACHINE:
        yield "phone.on_machine", f"must be {' or '.join(ON_MACHINE)}."
    for name in ("machine_message", "screener_text"):
        yield from _text(f"phone.{name}", phone.get(name, ""))
    if phone.get("on_machine") == "leave_message" and not str(phone.get("machine_message") or "").strip():
        yield "phone.machine_message", "is missing: it is to be left on answering machines."
    keys = phone.get("menu_keys", "")
    if not isinstance(keys, str) or len(keys) > MAX_KEYS or not set(keys) <= set(KeypadEntry):
        yield "phone.menu_keys", f"must be at most {MAX_KEYS} of {' '.join(KeypadEntry)}."


def menu_problems(draft: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with the menu of keys."""
    keypad = draft.get("keypad")
    if not isinstance(keypad, Mapping):
        return
    for name in ("menu_prompt", "menu_unknown"):
        yield from _text(f"keypad.{name}", keypad.get(name, ""))
    menu = keypad.get("menu") or {}
    if not isinstance(menu, Mapping):
        yield "keypad.menu", "must be an object with keys of a telephone keypad."
        return
    functions = set(functions_in(draft))
    for key, choice in menu.items():
        path = f"keypad.menu.{key}"
        if key not in set(KeypadEntry):
            yield path, f"must be one of {' '.join(KeypadEntry)}."
        elif not isinstance(choice, Mapping) or sum(bool(choice.get(name)) for name in KeyChoice.__slots__) != 1:
            yield path, "must have one of phrase, answer and function."
        else:
            ((name, value),) = ((name, choice[name]) for name in KeyChoice.__slots__ if choice.get(name))
            yield from _text(f"{path}.{name}", value)
            if name == "function" and isinstance(value, str) and value not in functions:
                yield f"{path}.function", "is not the name of a function of the flow, and not of a tool."


def _text(path: str, value: Any) -> Found:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        yield path, f"must be text of at most {MAX_TEXT} characters."


def functions_in(draft: Mapping[str, Any]) -> Iterator[str]:
    """Names of a draft's tools and of the functions in its flow, in whatever form they are written."""
    tools, flow = draft.get("tools"), draft.get("flow")
    for tool in tools if isinstance(tools, list) else ():
        yield from _name_of(tool)
    nodes = flow.get("nodes") if isinstance(flow, Mapping) else None
    for node in (flow, *(nodes.values() if isinstance(nodes, Mapping) else ())):
        for part in ("functions", "global_functions") if isinstance(node, Mapping) else ():
            listed = node.get(part)
            for function in listed if isinstance(listed, list) else ():
                yield from _name_of(function)
                yield from _name_of(function.get("function") if isinstance(function, Mapping) else None)


def _name_of(function: Any) -> Iterator[str]:
    if isinstance(function, Mapping) and isinstance(function.get("name"), str):
        yield function["name"]


def menu_warnings(draft: Mapping[str, Any]) -> list[str]:
    """Sentences about a menu that is valid and does not do what it seems to."""
    keypad, turns = (draft.get(name) or {} for name in ("keypad", "turns"))
    if not keypad.get("menu"):
        return []
    found = []
    if not keypad.get("enabled", True):
        found.append("The menu of keys does nothing while telephone keys are switched off.")
    idle, repeat = turns.get("user_idle_secs") or 0, keypad.get("menu_repeat_secs") or KeypadSpec().menu_repeat_secs
    if keypad.get("menu_prompt") and 0 < idle <= repeat:
        found.append(f"A silent caller is asked after {idle:g} s, before the menu is said again after {repeat:g} s.")
    return found
