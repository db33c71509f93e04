"""A flow as nodes and ways between them (PROD-18)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.flows.branches import targets
from bots.engine.flows.types import FlowsFunctionSchema


@dataclass(frozen=True, slots=True)
class Way:
    """A function that leads from one node to another, or stays (``target`` is the node itself)."""

    source: str
    function: str
    target: str


def listed(value: Any) -> list[Any]:
    """The value if it is a list, else none."""
    return value if isinstance(value, list) else []


def ends(node: Any) -> bool:
    """Whether a node ends the conversation by an action of its own (FLOW-19)."""
    if not isinstance(node, Mapping):
        return False
    actions = [*listed(node.get("pre_actions")), *listed(node.get("post_actions"))]
    return any(isinstance(action, Mapping) and action.get("type") == "end_conversation" for action in actions)


def functions_at(flow: Mapping[str, Any], node: Any) -> list[Any]:
    """The functions offered in a node: its own, then the global ones of other names."""
    own = listed(node.get("functions")) if isinstance(node, Mapping) else []
    names = {name_of(entry) for entry in own}
    return [*own, *(entry for entry in listed(flow.get("global_functions")) if name_of(entry) not in names)]


def name_of(entry: Any) -> str:
    """A function's name, in whatever form it stands there."""
    if isinstance(entry, Mapping):
        return str(entry.get("name"))
    return str(getattr(entry, "name", None) or getattr(entry, "__name__", type(entry).__name__))


def is_open(entry: Any) -> bool:
    """Whether only code knows where a function leads."""
    if isinstance(entry, FlowsFunctionSchema):
        return entry.transition_to is None
    return not isinstance(entry, Mapping) or callable(entry.get("handler"))


def targets_of(entry: Any) -> list[str]:
    """The nodes a function names as those that follow."""
    value = entry.get("next") if isinstance(entry, Mapping) else getattr(entry, "transition_to", None)
    return [target for target in targets(value) if isinstance(target, str)]


def handlers_of(flow: Mapping[str, Any]) -> set[str]:
    """The names that functions of a flow give as their handlers."""
    nodes = flow.get("nodes")
    entries = [*listed(flow.get("global_functions"))]
    for node in nodes.values() if isinstance(nodes, Mapping) else ():
        entries += listed(node.get("functions")) if isinstance(node, Mapping) else []
    named = [
        entry.get("handler") if isinstance(entry, Mapping) else getattr(entry, "handler", None) for entry in entries
    ]
    return {name for name in named if isinstance(name, str)}


def ways_of(flow: Mapping[str, Any]) -> Iterator[Way]:
    """Every way of a flow in our form, in its order; those to nodes that do not exist are left out."""
    nodes = flow.get("nodes")
    if not isinstance(nodes, Mapping):
        return
    for source, node in nodes.items():
        for entry in functions_at(flow, node):
            for target in dict.fromkeys(targets_of(entry)):
                if target in nodes:
                    yield Way(source, name_of(entry), target)


def reached_from(start: str, ways: list[Way]) -> set[str]:
    """The nodes that can be reached from one, itself included."""
    reached, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for way in ways:
            if way.source == here and way.target not in reached:
                reached.add(way.target)
                waiting.append(way.target)
    return reached
