"""Every mistake of a static flow, before a caller meets it."""

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem
from bots.engine.flows.branches import is_branch, targets
from bots.engine.flows.function_check import problems_in_function
from bots.engine.flows.types import ContextStrategy

_NODE_KEYS = frozenset(
    {
        "name", "role_messages", "task_messages", "functions", "pre_actions", "post_actions",
        "context_strategy", "respond_immediately",
    }
)  # fmt: skip
_ROLES = frozenset({"system", "developer", "user", "assistant"})
PLAIN_ACTIONS: dict[str, bool] = {"tts_say": True, "end_conversation": False}
"""Action types that JSON can hold, and whether they need a text."""


def problems_in_flow(flow: Any) -> list[Problem]:
    """Every mistake of a flow as it is stored in a bot, with its place."""
    if not isinstance(flow, Mapping):
        return [Problem("flow.not_an_object", "$", "must be an object with 'initial_node' and 'nodes'")]
    nodes = flow.get("nodes")
    if not isinstance(nodes, Mapping) or not nodes:
        return [Problem("flow.no_nodes", "$.nodes", "must be an object with at least one node")]
    problems = [
        Problem("flow.unknown_key", f"$.{key}", "is not known here")
        for key in flow
        if key not in ("initial_node", "nodes")
    ]
    start = flow.get("initial_node")
    if not isinstance(start, str) or not start:
        problems.append(Problem("flow.no_start", "$.initial_node", "must name the node that comes first"))
    elif start not in nodes:
        problems.append(Problem("flow.unknown_start", "$.initial_node", f"names '{start}', which is no node"))
    for name, node in nodes.items():
        problems += _node(f"$.nodes.{name}", node, nodes)
    if isinstance(start, str) and start in nodes:
        problems += _unreachable(start, nodes)
    return problems


def _node(path: str, node: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    if not isinstance(node, Mapping):
        yield Problem("flow.bad_node", path, "must be an object")
        return
    for key in node:
        if key not in _NODE_KEYS:
            yield Problem("flow.unknown_key", f"{path}.{key}", "is not known here")
    if not node.get("task_messages"):
        yield Problem("flow.no_task", f"{path}.task_messages", "must hold at least one message")
    for key in ("role_messages", "task_messages"):
        yield from _messages(f"{path}.{key}", node.get(key))
    yield from _functions(f"{path}.functions", node.get("functions"), nodes)
    for key in ("pre_actions", "post_actions"):
        yield from _actions(f"{path}.{key}", node.get(key))
    yield from _strategy(f"{path}.context_strategy", node.get("context_strategy"))
    if not isinstance(node.get("respond_immediately", True), bool):
        yield Problem("flow.wrong_type", f"{path}.respond_immediately", "must be true or false")
    if not node.get("functions") and not _ends(node):
        yield Problem("flow.dead_end", path, "has no functions and no 'end_conversation' action: nothing can follow it")


def _ends(node: Mapping[str, Any]) -> bool:
    actions = [*_listed(node.get("pre_actions")), *_listed(node.get("post_actions"))]
    return any(isinstance(action, Mapping) and action.get("type") == "end_conversation" for action in actions)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _messages(path: str, messages: Any) -> Iterator[Problem]:
    if messages is None:
        return
    if not isinstance(messages, list):
        yield Problem("flow.wrong_type", path, "must be a list of messages")
        return
    for index, message in enumerate(messages):
        known = isinstance(message, Mapping) and message.get("role") in _ROLES
        if not known or not isinstance(message.get("content"), (str, list)):
            yield Problem("flow.bad_message", f"{path}[{index}]", "needs a 'role' (such as system) and 'content'")


def _functions(path: str, functions: Any, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    if functions is None:
        return
    if not isinstance(functions, list):
        yield Problem("flow.wrong_type", path, "must be a list")
        return
    seen: set[str] = set()
    for index, function in enumerate(functions):
        here = f"{path}[{index}]"
        yield from problems_in_function(here, function)
        if not isinstance(function, Mapping):
            continue
        name = str(function.get("name"))
        if name in seen:
            yield Problem("flow.duplicate_function", f"{here}.name", f"'{name}' is offered twice in this node")
        seen.add(name)
        for target in targets(function.get("next")):
            if not isinstance(target, str) or target not in nodes:
                yield Problem("flow.unknown_target", f"{here}.next", f"names '{target}', which is no node")
        if is_branch(function.get("next")) and function["next"]["by"] not in (function.get("properties") or {}):
            yield Problem("flow.unknown_argument", f"{here}.next.by", "names no property of the function")


def _actions(path: str, actions: Any) -> Iterator[Problem]:
    if actions is None:
        return
    if not isinstance(actions, list):
        yield Problem("flow.wrong_type", path, "must be a list")
        return
    for index, action in enumerate(actions):
        kind = action.get("type") if isinstance(action, Mapping) else None
        if kind not in PLAIN_ACTIONS:
            yield Problem("flow.bad_action", f"{path}[{index}]", f"needs a 'type' out of {', '.join(PLAIN_ACTIONS)}")
        elif (PLAIN_ACTIONS[kind] or "text" in action) and not str(action.get("text") or "").strip():
            yield Problem("flow.bad_action", f"{path}[{index}].text", "must be a text that can be said")


def _strategy(path: str, strategy: Any) -> Iterator[Problem]:
    if strategy is None:
        return
    name = strategy.get("strategy") if isinstance(strategy, Mapping) else strategy
    known = [member.value for member in ContextStrategy]
    if name not in known:
        yield Problem("flow.bad_strategy", path, f"needs a 'strategy' out of {', '.join(known)}")
    elif name == ContextStrategy.RESET_WITH_SUMMARY.value:
        prompt = strategy.get("summary_prompt") if isinstance(strategy, Mapping) else None
        if not isinstance(prompt, str) or not prompt.strip():
            yield Problem("flow.bad_strategy", f"{path}.summary_prompt", "is needed to sum up the conversation")


def _unreachable(start: str, nodes: Mapping[str, Any]) -> Iterator[Problem]:
    reached, waiting = {start}, [start]
    while waiting:
        node = nodes[waiting.pop()]
        for function in _listed(node.get("functions")) if isinstance(node, Mapping) else []:
            for target in targets(function.get("next")) if isinstance(function, Mapping) else ():
                if isinstance(target, str) and target in nodes and target not in reached:
                    reached.add(target)
                    waiting.append(target)
    for name in nodes:
        if name not in reached:
            yield Problem("flow.unreachable", f"$.nodes.{name}", "cannot be reached from the first node")
