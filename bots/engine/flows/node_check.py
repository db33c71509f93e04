"""Whether the parts of one node are what they should be; its functions are checked with the whole flow."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem
from bots.engine.flows.forms import NODE_KEYS
from bots.engine.flows.types import ContextStrategy, ContextStrategyConfig

_ROLES = frozenset({"system", "developer", "user", "assistant"})
BUILT_IN_ACTIONS: dict[str, bool] = {"tts_say": True, "end_conversation": False, "function": False}
"""The types of actions that are always there, and whether they need a text (FLOW-11)."""


def problems_in_node(
    path: str, node: Any, handlers: Collection[str] | None = None, action_types: Collection[str] = ()
) -> Iterator[Problem]:
    """The mistakes of a node apart from its functions (FLOW-06)."""
    if not isinstance(node, Mapping):
        yield Problem("flow.bad_node", path, "must be an object")
        return
    for key in node:
        if key not in NODE_KEYS:
            yield Problem("flow.unknown_key", f"{path}.{key}", "is not known here")
    if not node.get("task_messages"):
        yield Problem("flow.no_task", f"{path}.task_messages", "must hold at least one message")
    for key in ("role_messages", "task_messages"):
        yield from _messages(f"{path}.{key}", node.get(key))
    for key in ("pre_actions", "post_actions"):
        yield from problems_in_actions(f"{path}.{key}", node.get(key), handlers, action_types)
    yield from _strategy(f"{path}.context_strategy", node.get("context_strategy"))
    if not isinstance(node.get("respond_immediately", True), bool):
        yield Problem("flow.wrong_type", f"{path}.respond_immediately", "must be true or false")
    if not isinstance(node.get("name", ""), str):
        yield Problem("flow.wrong_type", f"{path}.name", "must be text")


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


def problems_in_actions(
    path: str, actions: Any, handlers: Collection[str] | None, action_types: Collection[str]
) -> Iterator[Problem]:
    """The mistakes of a list of actions."""
    if actions is None:
        return
    if not isinstance(actions, list):
        yield Problem("flow.wrong_type", path, "must be a list")
        return
    known = [*BUILT_IN_ACTIONS, *action_types]
    for index, action in enumerate(actions):
        here = f"{path}[{index}]"
        kind = action.get("type") if isinstance(action, Mapping) else None
        if not isinstance(kind, str) or kind not in known:
            yield Problem("flow.bad_action", here, f"needs a 'type' out of {', '.join(known)}")
        elif kind == "function":
            yield from _handler(f"{here}.handler", action.get("handler"), handlers)
        elif (BUILT_IN_ACTIONS.get(kind) or "text" in action) and not str(action.get("text") or "").strip():
            yield Problem("flow.bad_action", f"{here}.text", "must be a text that can be said")


def _handler(path: str, handler: Any, handlers: Collection[str] | None) -> Iterator[Problem]:
    if callable(handler):
        return
    if not isinstance(handler, str) or not handler.strip():
        yield Problem("flow.bad_action", path, "must name a tool of the bot")
    elif handlers is not None and handler not in handlers:
        yield Problem("flow.unknown_handler", path, f"names '{handler}', which is no tool of the bot")


def _strategy(path: str, strategy: Any) -> Iterator[Problem]:
    if strategy is None or isinstance(strategy, ContextStrategyConfig):
        return
    name = strategy.get("strategy") if isinstance(strategy, Mapping) else strategy
    known = [member.value for member in ContextStrategy]
    if name not in known:
        yield Problem("flow.bad_strategy", path, f"needs a 'strategy' out of {', '.join(known)}")
    elif name == ContextStrategy.RESET_WITH_SUMMARY.value:
        prompt = strategy.get("summary_prompt") if isinstance(strategy, Mapping) else None
        if not isinstance(prompt, str) or not prompt.strip():
            yield Problem("flow.bad_strategy", f"{path}.summary_prompt", "is needed to sum up the conversation")
