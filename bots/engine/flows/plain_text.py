"""JSON and YAML as plain data, with limits: no code, no references, nothing said twice, nothing endless.

YAML is read by the rules of its version 1.2: `yes`, `no` and `on` are words, and so are dates and times of day.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Literal

import yaml

from bots.engine.flows.errors import FlowTextError

Form = Literal["json", "yaml"]
LONGEST = 400_000
DEEPEST = 40
MOST_VALUES = 50_000

_BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):  # type: ignore[misc]
    """Plain scalars by YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, Any] = {}


_WHOLE, _NUMBER = "tag:voiceapp,2026:whole", "tag:voiceapp,2026:number"
_WHOLE_WRITTEN = re.compile(r"^[-+]?[0-9]+$")
_NUMBER_WRITTEN = re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(_WHOLE, _WHOLE_WRITTEN, "-+0123456789")
_Loader.add_implicit_resolver(_NUMBER, _NUMBER_WRITTEN, "-+.0123456789")
_Loader.add_constructor(_WHOLE, lambda loader, node: _whole(loader.construct_scalar(node)))
_Loader.add_constructor(_NUMBER, lambda loader, node: _number(loader.construct_scalar(node)))


class _Dumper(yaml.SafeDumper):
    """Writes everything out: the same part twice is written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        """Never refer back."""
        return True


# Words that would be read back as numbers are quoted.
_Dumper.add_implicit_resolver(_WHOLE, _WHOLE_WRITTEN, list("-+0123456789"))
_Dumper.add_implicit_resolver(_NUMBER, _NUMBER_WRITTEN, list("-+.0123456789"))


def form_of(text: str) -> Form:
    """Whether a text looks like JSON; anything else is YAML."""
    return "json" if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")) else "yaml"


def read_plain(text: str, form: Form | None = None) -> Any:
    """Return the data of a text; FlowTextError with line and column where it cannot be read."""
    if len(text) > LONGEST:
        raise FlowTextError(f"The text is longer than {LONGEST} characters.")
    text = text.removeprefix("\ufeff")
    data = _json(text) if (form or form_of(text)) == "json" else _yaml(text)
    _count(data)
    return data


def write_plain(data: Any, form: Form) -> str:
    """Return data as a text that `read_plain` reads back."""
    if form == "json":
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _json(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_number, parse_float=_number, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise FlowTextError(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise FlowTextError("The text is nested too deeply.") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FlowTextError(f"'{twice[:80]}' stands twice in the same object.")
    return made


def _whole(text: str) -> int:
    if len(text) > 30:
        raise FlowTextError("A number has more than 30 digits.")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise FlowTextError(f"'{text[:20]}' is not a number that can be kept.")
    return number


def _yaml(text: str) -> Any:
    try:
        _look_through(text)
        return _plain_node(_Loader, text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise FlowTextError(f"{place}{error.problem or 'this is not YAML'}.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise FlowTextError("The text is not YAML: it holds characters that may not stand there.") from error


def _look_through(text: str) -> None:
    """Refuse, before anything is built, what could grow beyond its text or is more than data."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=_BASE)):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise FlowTextError(_at(event, "anchors and aliases (& and *) are not read; write the part out"))
        if getattr(event, "tag", None):
            raise FlowTextError(_at(event, "tags (!) are not read; only plain data is"))
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise FlowTextError("The text is nested too deeply.")
        if count > MOST_VALUES * 2:
            raise FlowTextError(f"The text holds more than {MOST_VALUES} values.")


def _at(event: Any, said: str) -> str:
    return f"Line {event.start_mark.line + 1}, column {event.start_mark.column + 1}: {said}."


def _plain_node(kind: Any, text: str) -> Any:
    loader = kind(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _built(loader, node)
    finally:
        loader.dispose()


def _built(loader: Any, node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        pairs = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise FlowTextError(f"Line {key.start_mark.line + 1}: a key must be a word.")
            pairs.append((str(key.value), _built(loader, value)))
        return _once(pairs)
    if isinstance(node, yaml.SequenceNode):
        return [_built(loader, part) for part in node.value]
    return loader.construct_object(node)


def _count(data: Any) -> None:
    """Refuse what is too deep or too much, whatever form it came in."""
    waiting, count = [(data, 0)], 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > DEEPEST:
            raise FlowTextError("The text is nested too deeply.")
        if count > MOST_VALUES:
            raise FlowTextError(f"The text holds more than {MOST_VALUES} values.")
        if isinstance(value, Mapping):
            waiting += [(part, depth + 1) for part in value.values()]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
