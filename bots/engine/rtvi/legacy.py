"""Services and actions as bots registered them in 2025 (RTVI-06, RTVI-07); newer bots use client messages (RTVI-12).

Clients of before 1.0 may list both and run actions. They never change a bot's configuration (RTVI-15): options are set
by the bot's own code with :meth:`LegacyBook.configure`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots.engine.checks import Checks
from bots.engine.errors import PipelineError

from .errors import Malformed, Refused, Unsupported
from .messages import ClientMessage
from .payloads import fields_of

KINDS: dict[str, tuple[type, ...]] = {
    "number": (int, float), "string": (str,), "bool": (bool,), "array": (list, tuple), "object": (Mapping,),
}  # fmt: skip


class LegacyRegistration(PipelineError, ValueError):
    """A service or an action was registered in a way that it cannot have."""

    code = "rtvi.registration"
    owner = "author"
    next_step = "Mend the registration that the sentence names."


CHECK = Checks(LegacyRegistration)


@dataclass(frozen=True, slots=True)
class RTVIServiceOption:
    """A setting; ``type`` is number, string, bool, array or object. ``handler(processor, service, option)`` applies it.

    The handler gets the option with its new ``value``.
    """

    name: str
    type: str
    handler: Callable[[Any, str, RTVIServiceOption], Awaitable[None]]
    value: Any = None

    def __post_init__(self) -> None:
        CHECK.texts(name=self.name)
        CHECK.functions(handler=self.handler)
        _check_kinds([self])


@dataclass(frozen=True, slots=True)
class RTVIService:
    """A part of the bot with settings (RTVI-06)."""

    name: str
    options: Sequence[RTVIServiceOption] = ()

    def __post_init__(self) -> None:
        CHECK.texts(name=self.name)
        CHECK.lists(RTVIServiceOption, "options", options=self.options)


@dataclass(frozen=True, slots=True)
class RTVIActionArgument:
    """An argument of an action, with its type."""

    name: str
    type: str

    def __post_init__(self) -> None:
        CHECK.texts(name=self.name)
        _check_kinds([self])


@dataclass(frozen=True, slots=True)
class RTVIAction:
    """A function that a client may run (RTVI-07): ``handler(processor, service, arguments)`` returns its result."""

    service: str
    action: str
    handler: Callable[[Any, str, dict[str, Any]], Awaitable[Any]]
    arguments: Sequence[RTVIActionArgument] = field(default=())
    result: str = "bool"

    def __post_init__(self) -> None:
        CHECK.texts(service=self.service, action=self.action)
        CHECK.functions(handler=self.handler)
        CHECK.lists(RTVIActionArgument, "arguments", arguments=self.arguments)
        if not isinstance(self.result, str) or self.result not in KINDS:
            raise LegacyRegistration(f"result: must be one of {', '.join(KINDS)}.")


class LegacyBook:
    """What a bot registered, and the answers to clients that ask for it. ``processor`` is given to handlers."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self._services: dict[str, RTVIService] = {}
        self._actions: dict[tuple[str, str], RTVIAction] = {}

    def __bool__(self) -> bool:
        return bool(self._services or self._actions)

    def register_service(self, service: RTVIService) -> None:
        """Add a service; a name is used once, and option types are the documented ones."""
        names = [option.name for option in service.options]
        if service.name in self._services or len(set(names)) < len(names):
            raise LegacyRegistration("name: a service's or an option's name is used twice.")
        self._services[service.name] = service

    def register_action(self, action: RTVIAction) -> None:
        """Add an action; an action's name is used once in its service."""
        if (action.service, action.action) in self._actions:
            raise LegacyRegistration("action: is registered twice in its service.")
        self._actions[action.service, action.action] = action

    async def configure(self, service: str, option: str, value: Any) -> None:
        """Set an option from the bot's own code; raises :class:`LegacyRegistration` for what does not exist or fit."""
        known = {item.name: item for item in self._services[service].options} if service in self._services else {}
        if option not in known:
            raise LegacyRegistration("option: no service has this option.")
        if not _fits(value, known[option].type):
            raise LegacyRegistration(f"value: must be of type {known[option].type}.")
        await known[option].handler(self._processor, service, replace(known[option], value=value))

    def answer(self, kind: str) -> tuple[str, dict[str, Any]]:
        """Type and data of the answer to a client that asks what there is; raises ``rtvi.unsupported``."""
        if kind == "describe-actions" and self:
            return "actions-available", {"actions": [_shown(action) for action in self._actions.values()]}
        if kind == "describe-config" and self:
            services = [
                {"name": service.name, "options": [{"name": o.name, "type": o.type} for o in service.options]}
                for service in self._services.values()
            ]
            return "config-available", {"config": services}
        if kind == "get-config" and self:
            return "config", {"config": []}
        raise Unsupported("Configuration and actions of versions before 1.0 are gone; use client-message.")

    async def run(self, message: ClientMessage) -> Any:
        """Run the action a client asks for and return its result; raises a coded error where it cannot."""
        fields = fields_of(message)
        action = self._actions.get((str(fields.get("service")), str(fields.get("action"))))
        if action is None:
            raise Unsupported("The bot has no such action.")
        given = _given(fields.get("arguments") or [])
        kinds = {argument.name: argument.type for argument in action.arguments}
        for name, value in given.items():
            if name not in kinds or not _fits(value, kinds[name]):
                raise Malformed("arguments: hold a name that the action does not have, or a value of another type.")
        done = False
        try:
            result = await action.handler(self._processor, action.service, given)
            done = True
        finally:
            if not done:
                await self._processor.refuse(message.id, Refused("The action failed."))
        return result


def _check_kinds(typed: Sequence[RTVIServiceOption] | Sequence[RTVIActionArgument]) -> None:
    if any(not isinstance(item.type, str) or item.type not in KINDS for item in typed):
        raise LegacyRegistration(f"type: must be one of {', '.join(KINDS)}.")


def _fits(value: Any, kind: str) -> bool:
    return isinstance(value, KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))


def _given(arguments: Any) -> dict[str, Any]:
    if not isinstance(arguments, list) or not all(
        isinstance(one, Mapping) and isinstance(one.get("name"), str) and "value" in one for one in arguments
    ):
        raise Malformed("arguments: must be a list of objects with name and value.")
    return {one["name"]: one["value"] for one in arguments}


def _shown(action: RTVIAction) -> dict[str, Any]:
    arguments = [{"name": argument.name, "type": argument.type} for argument in action.arguments]
    return {"service": action.service, "action": action.action, "arguments": arguments, "result": action.result}
