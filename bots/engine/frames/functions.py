"""Function calls from request to result (FUNC-08…14)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.engine.errors import ToolError

from .base import SystemFrame, frame

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


@dataclass(frozen=True, slots=True)
class FunctionCallFromLLM:
    """A call as the model asked for it (FUNC-08)."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    context: LLMContext


class ResultPropertiesWrong(ToolError, ValueError):
    """A result was given with properties that it cannot have."""

    code = "tool.result_properties"
    next_step = "Correct the property that is named where the handler gives its result back."


@dataclass(frozen=True, slots=True)
class FunctionCallResultProperties:
    """What follows a result (FUNC-13): ``run_llm`` None means infer when no other call is still running."""

    run_llm: bool | None = None
    on_context_updated: Callable[[], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        if self.run_llm is not None and not isinstance(self.run_llm, bool):
            raise ResultPropertiesWrong("run_llm must be true, false or None.")
        if self.on_context_updated is not None and not callable(self.on_context_updated):
            raise ResultPropertiesWrong("on_context_updated must be an async function.")


@frame
class FunctionCallsStartedFrame(SystemFrame):
    """A batch of calls was accepted."""

    function_calls: tuple[FunctionCallFromLLM, ...]


@frame
class FunctionCallInProgressFrame(SystemFrame):
    """One call is running."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    cancel_on_interruption: bool = False


@frame
class FunctionCallResultFrame(SystemFrame):
    """One call is finished; ``result`` is JSON data."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    result: Any
    run_llm: bool | None = None
    properties: FunctionCallResultProperties | None = None


@frame
class FunctionCallCancelFrame(SystemFrame):
    """One call was cancelled."""

    function_name: str
    tool_call_id: str
