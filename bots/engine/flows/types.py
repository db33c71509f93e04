"""The parts of a flow, under their documented names (FLOW-05…13)."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NotRequired, Protocol, Required, TypedDict

from bots.engine.checks import Checks, is_number
from bots.engine.flows.errors import InvalidFunctionError, InvalidStrategyError
from bots.engine.tools.registry import MAX_TIMEOUT_S

FlowArgs = Mapping[str, Any]
"""A function's arguments as the model gave them."""


class FlowResult(TypedDict, total=False):
    """What the model is told about a call, by habit; any JSON data will do, or None for a mere transition (FLOW-09)."""

    status: str
    error: str


class ContextStrategy(Enum):
    """What becomes of the conversation on entering a node (FLOW-13)."""

    APPEND = "append"
    RESET = "reset"
    RESET_WITH_SUMMARY = "reset_with_summary"


@dataclass(frozen=True, slots=True)
class ContextStrategyConfig:
    """A strategy (FLOW-13); `summary_prompt` tells the model how to sum up, needed for RESET_WITH_SUMMARY only.

    Error: ``flow.bad_strategy`` (a ValueError too).
    """

    strategy: ContextStrategy = ContextStrategy.APPEND
    summary_prompt: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.strategy, ContextStrategy):
            raise InvalidStrategyError("strategy must be a ContextStrategy.")
        Checks(InvalidStrategyError).kinds_or_none(str, "a text", summary_prompt=self.summary_prompt)
        if self.strategy is ContextStrategy.RESET_WITH_SUMMARY and not (self.summary_prompt or "").strip():
            raise InvalidStrategyError("reset_with_summary needs a summary_prompt.")


class ActionConfig(TypedDict, total=False):
    """An action (FLOW-11): `tts_say` and `end_conversation` take a text, `function` a handler or a tool's name.

    Further keys are handed to the handler with it.
    """

    type: Required[str]
    text: str
    handler: Callable[..., Awaitable[None]] | str


class RunningFlow(Protocol):
    """What functions and actions need of the flow they run in; the `FlowManager` is the one that runs."""

    state: dict[str, Any]

    async def call_handler(self, name: str, arguments: FlowArgs) -> Any:
        """Run a handler, or a tool of the bot, by its name."""


# A handler may ask for the whole FlowManager: what it is given is left open to its own annotation.
FlowHandler = Callable[[FlowArgs, Any], Awaitable["tuple[Any, NodeConfig | str | None]"]]
DirectFunction = Callable[..., Awaitable["tuple[Any, NodeConfig | str | None]"]]


@dataclass(frozen=True, slots=True)
class FlowsFunctionSchema:
    """A function of a node: its schema for any model and the handler that answers (FLOW-08, FLOW-09).

    `handler` is an async function `(args, flow_manager) -> (result, next)`, or the name of one. `transition_to` and
    `transition_callback` are the old way to name what follows. `timeout_s` seconds until the call counts as failed;
    None: eight, or what the tool that answers has. Error: ``flow.bad_function``.
    """

    name: str
    description: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()
    handler: FlowHandler | str | None = None
    transition_to: str | None = None
    transition_callback: Callable[..., Awaitable[None]] | None = None
    timeout_s: float | None = None
    cancel_on_interruption: bool = False
    tool: str = ""
    """The tool whose rules (deadline, repetition) hold for this function too; filled in where JSON names a handler."""

    def __post_init__(self) -> None:
        check = Checks(InvalidFunctionError)
        check.texts(name=self.name)
        check.kinds(str, "a text", description=self.description)
        check.kinds(Mapping, "JSON Schema by argument", properties=self.properties)
        check.lists(str, "names", required=self.required)
        if self.handler is not None and not isinstance(self.handler, str):
            check.functions(handler=self.handler)
        if self.timeout_s is not None and not (is_number(self.timeout_s) and 0 < self.timeout_s <= MAX_TIMEOUT_S):
            raise InvalidFunctionError(f"timeout_s must be above 0 and at most {MAX_TIMEOUT_S:g} seconds.")
        if self.transition_to is not None and self.transition_callback is not None:
            raise InvalidFunctionError(f"{self.name}: transition_to and transition_callback exclude each other.")
        if self.transition_callback is not None:
            warnings.warn(
                "transition_callback is deprecated: give the next node back from the handler.",
                DeprecationWarning,
                stacklevel=3,
            )


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
    """A whole static flow (FLOW-05); `global_functions` are offered in every node."""

    initial_node: str
    nodes: dict[str, NodeConfig]
    global_functions: NotRequired[list[FlowsFunctionSchema | DirectFunction | dict[str, Any]]]
