"""A provider's options dataclass as the admin and the checks see it: typed fields with ranges and help."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

Kind = Literal["flag", "whole", "number", "text", "choice", "json", "secret"]


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a provider."""

    name: str
    kind: Kind
    default: Any
    help: str = ""
    choices: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None
    optional: bool = False

    @property
    def label(self) -> str:
        """The name for people."""
        return self.name.replace("_", " ").capitalize()


def _default_of(item: dataclasses.Field[Any]) -> Any:
    if item.default is not dataclasses.MISSING:
        return item.default
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return None


def _kind_of(hint: Any, metadata: Mapping[str, Any]) -> tuple[Kind, tuple[Any, ...], bool]:
    """Kind, choices and whether None is allowed."""
    optional = False
    if typing.get_origin(hint) in (Union, types.UnionType):
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        optional = len(inner) < len(typing.get_args(hint))
        hint = inner[0]
    if metadata.get("secret"):
        return "secret", (), optional
    if metadata.get("choices"):
        return "choice", tuple(metadata["choices"]), optional
    if typing.get_origin(hint) is Literal:
        return "choice", typing.get_args(hint), optional
    plain: dict[Any, Kind] = {bool: "flag", int: "whole", float: "number", str: "text"}
    return plain.get(hint, "json"), (), optional


def options_of(settings: type) -> list[Option]:
    """The settings of an options dataclass, in its order."""
    hints = typing.get_type_hints(settings)
    found: list[Option] = []
    for item in dataclasses.fields(settings):
        kind, choices, optional = _kind_of(hints[item.name], item.metadata)
        found.append(
            Option(
                name=item.name,
                kind=kind,
                default=_default_of(item),
                help=str(item.metadata.get("help", "")),
                choices=choices,
                least=item.metadata.get("min"),
                most=item.metadata.get("max"),
                optional=optional,
            )
        )
    return found


def _range_problem(option: Option, value: float) -> str:
    if option.least is not None and value < option.least:
        return f"must be at least {option.least:g}."
    if option.most is not None and value > option.most:
        return f"must be at most {option.most:g}."
    return ""


def option_problem(option: Option, value: Any) -> str:
    """What is wrong with a value of an option; empty when nothing is."""
    if value is None:
        return "" if option.optional or option.default is None else "must not be empty."
    if option.kind == "flag":
        return "" if isinstance(value, bool) else "must be true or false."
    if option.kind in ("whole", "number"):
        kinds = (int,) if option.kind == "whole" else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds):
            return "must be a whole number." if option.kind == "whole" else "must be a number."
        return _range_problem(option, value)
    if option.kind == "choice" and value not in option.choices:
        return f"must be one of {', '.join(map(str, option.choices))}."
    if option.kind in ("text", "secret") and not isinstance(value, str):
        return "must be text."
    return ""


def settings_problems(options: list[Option], values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and message of every value that is unknown or wrong."""
    known = {option.name: option for option in options}
    for name, value in values.items():
        if name not in known:
            yield name, "is not a setting of this provider."
        elif message := option_problem(known[name], value):
            yield name, message
