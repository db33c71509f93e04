"""Every mistake of a flow, before a caller meets it (FLOW-17, PROD-18)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem
from bots.engine.flows.branches import OUTSIDE, is_branch, targets
from bots.engine.flows.findings import errors_of, surprise
from bots.engine.flows.forms import canonical_flow
from bots.engine.flows.function_check import problems_in_function
from bots.engine.flows.graph import ends, functions_at, is_open, name_of, reached_from, targets_of, ways_of
from bots.engine.flows.node_check import problems_in_node
from bots.engine.flows.types import FlowsFunctionSchema

LARGEST_FLOW = 300


def problems_in_flow(
    flow: Any,
    *,
    handlers: Collection[str] | None = None,
    action_types: Collection[str] = (),
) -> list[Problem]:
    """Every mistake that keeps a flow from running, with its place; see `findings_in`."""
    return errors_of(findings_in(flow, handlers=handlers, action_types=action_types))


def findings_in(
    flow: Any,
    *,
    handlers: Collection[str] | None = None,
    action_types: Collection[str] = (),
    can_hang_up: bool = False,
) -> list[Problem]:
    """Every finding about a flow, mistakes and surprises, in any form it may be written in.

    `handlers` are the names that a `handler` may have (a bot's tools), None: any. `action_types` are types of actions
    beside the built-in ones. `can_hang_up`: a tool that ends the call is offered in every node, so no node is a dead
    end. Code inside a flow is taken as it is; where it leads is not known, so nothing is said of what is reached.
    """
    if not isinstance(flow, Mapping):
        return [Problem("flow.not_an_object", "$", "must be an object with 'initial_node' and 'nodes'")]
    plain, found = canonical_flow(flow)
    nodes = plain.get("nodes")
    if not isinstance(nodes, Mapping) or not nodes:
        return [*found, Problem("flow.no_nodes", "$.nodes", "must be an object with at least one node")]
    if len(nodes) > LARGEST_FLOW:
        return [*found, Problem("flow.too_large", "$.nodes", f"has more than {LARGEST_FLOW} nodes")]
    start = plain.get("initial_node")
    if not isinstance(start, str) or not start:
        found.append(Problem("flow.no_start", "$.initial_node", "must name the node that comes first"))
    elif start not in nodes:
        found.append(Problem("flow.unknown_start", "$.initial_node", f"names '{start}', which is no node"))
    found += _functions("$.global_functions", plain.get("global_functions"), nodes, handlers)
    for name, node in nodes.items():
        path = f"$.nodes.{name}"
        found += problems_in_node(path, node, handlers, action_types)
        if isinstance(node, Mapping):
            found += _functions(f"{path}.functions", node.get("functions"), nodes, handlers)
    if isinstance(start, str) and start in nodes:
        found += _ways(plain, start, can_hang_up)
    return found


def _functions(
    path: str, functions: Any, nodes: Mapping[str, Any], handlers: Collection[str] | None
) -> Iterator[Problem]:
    if functions is None:
        return
    if not isinstance(functions, list):
        yield Problem("flow.wrong_type", path, "must be a list")
        return
    seen: set[str] = set()
    for index, function in enumerate(functions):
        here = f"{path}[{index}]"
        if not isinstance(function, FlowsFunctionSchema) and not callable(function):
            yield from problems_in_function(here, function)
        name = name_of(function)
        if name in seen:
            yield Problem("flow.duplicate_function", f"{here}.name", f"'{name}' is offered twice in this node")
        seen.add(name)
        yield from _targets(here, function, nodes)
        handler = function.get("handler") if isinstance(function, Mapping) else getattr(function, "handler", None)
        if handlers is not None and isinstance(handler, str) and handler not in handlers:
            yield Problem("flow.unknown_handler", f"{here}.handler", f"names '{handler}', which is no tool of the bot")


def _targets(path: str, function: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(function, Mapping):
        for target in targets_of(function):
            if target not in nodes:
                yield Problem("flow.unknown_target", f"{path}.transition_to", f"names '{target}', which is no node")
        return
    following = function.get("next")
    for target in targets(following):
        if not isinstance(target, str) or target not in nodes:
            yield Problem("flow.unknown_target", f"{path}.next", f"names '{target}', which is no node")
    if is_branch(following):
        by = following["by"]
        known = function.get("properties") or {}
        if not isinstance(by, str) or not (by.startswith(OUTSIDE) or by in known):
            yield Problem("flow.unknown_argument", f"{path}.next.by", "names no property of the function")


def _ways(flow: Mapping[str, Any], start: str, can_hang_up: bool) -> Iterator[Problem]:
    """What can and cannot be reached."""
    nodes: Mapping[str, Any] = flow["nodes"]
    if any(is_open(entry) for node in nodes.values() for entry in functions_at(flow, node)):
        return
    ways = list(ways_of(flow))
    reached = reached_from(start, ways)
    for name in nodes:
        if name not in reached:
            yield surprise("flow.unreachable", f"$.nodes.{name}", "cannot be reached from the first node")
    leaving = {way.source for way in ways if way.target != way.source}
    for name, node in nodes.items():
        if name not in leaving and not ends(node) and not can_hang_up:
            yield surprise(
                "flow.dead_end",
                f"$.nodes.{name}",
                "is a dead end: no function leads on, and no 'end_conversation' action ends the call",
            )
    if not can_hang_up and not any(ends(nodes[name]) for name in reached) and reached <= leaving:
        yield surprise("flow.no_end", "$.nodes", "never comes to an 'end_conversation' action: only callers can end it")
