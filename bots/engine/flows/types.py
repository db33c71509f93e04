"""The parts of a flow, under their documented names (FLOW-05…FLOW-13)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, Required, TypedDict

FlowArgs = Mapping[str, Any]
"""A function's arguments as the model gave them."""
FlowResult = Any
"""What the model is told about a call: JSON data, or None for a mere transition."""


class ContextStrategy(Enum):
    """What becomes of the conversation on entering a node (FLOW-13)."""

    APPEND = "append"
    RESET = "reset"
    RESET_WITH_SUMMARY = "reset_with_summary"


@dataclass(frozen=True, slots=True)
class ContextStrategyConfig:
    """A strategy; `summary_prompt` tells the model how to sum up and is needed for RESET_WITH_SUMMARY only."""

    strategy: ContextStrategy = ContextStrategy.APPEND
    summary_prompt: str | None = None

    def __post_init__(self) -> None:
        if self.strategy is ContextStrategy.RESET_WITH_SUMMARY and not (self.summary_prompt or "").strip():
            raise ValueError("reset_with_summary needs a summary_prompt")


class ActionConfig(TypedDict, total=False):
    """An action: `tts_say` and `end_conversation` take a text, `function` a handler (FLOW-11)."""

    type: Required[str]
    text: str
    handler: Callable[..., Awaitable[None]]


class Flow(Protocol):
    """What functions and actions need of the flow they run in; the `FlowManager` is the one that runs."""

    state: dict[str, Any]


# A handler may ask for the whole FlowManager: what it is given is left open to its own annotation.
FlowHandler = Callable[[FlowArgs, Any], Awaitable["tuple[FlowResult, NodeConfig | str | None]"]]
DirectFunction = Callable[..., Awaitable["tuple[FlowResult, NodeConfig | str | None]"]]


@dataclass(frozen=True, slots=True)
class FlowsFunctionSchema:
    """A function of a node: its schema for any model and the handler that answers (FLOW-08, FLOW-09)."""

    name: str
    description: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()
    handler: FlowHandler | None = None
    timeout_s: float = 8.0


class NodeConfig(TypedDict, total=False):
    """One step of a conversation; only `task_messages` is required (FLOW-06)."""

    name: str
    role_messages: list[dict[str, Any]]
    task_messages: Required[list[dict[str, Any]]]
    functions: list[FlowsFunctionSchema | DirectFunction | dict[str, Any]]
    pre_actions: list[ActionConfig]
    post_actions: list[ActionConfig]
    context_strategy: ContextStrategyConfig | dict[str, Any] | None
    respond_immediately: bool


class FlowConfig(TypedDict):
    """A whole static flow (FLOW-05)."""

    initial_node: str
    nodes: dict[str, NodeConfig]
