"""Which function answers which name (FUNC-06, FUNC-07)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bots.engine.errors import ToolError
from bots.engine.frames import FunctionCallResultProperties

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext
    from bots.engine.core.processor import FrameProcessor

DEFAULT_TIMEOUT_S = 8.0


class ResultCallback(Protocol):
    """Gives a call's result back; only the first one counts."""

    async def __call__(self, result: Any, *, properties: FunctionCallResultProperties | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class FunctionCallParams:
    """What a handler gets (FUNC-08)."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    llm: FrameProcessor
    context: LLMContext
    result_callback: ResultCallback


FunctionHandler = Callable[[FunctionCallParams], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler and its rules; ``timeout_s`` seconds until the call counts as failed (FUNC-17)."""

    handler: FunctionHandler
    cancel_on_interruption: bool = True
    timeout_s: float = DEFAULT_TIMEOUT_S


class FunctionRegistry:
    """Handlers by name; the name None answers every name that has no own handler."""

    def __init__(self) -> None:
        self._entries: dict[str | None, Registration] = {}

    def register(self, name: str | None, registration: Registration) -> None:
        """Register a handler; an earlier one of the same name is replaced."""
        if not callable(registration.handler):
            raise ToolError(f"The handler of {name or 'all functions'} cannot be called.")
        self._entries[name] = registration

    def unregister(self, name: str | None) -> None:
        """Forget a handler; an unknown name is no error."""
        self._entries.pop(name, None)

    def has(self, name: str) -> bool:
        """Whether a call of this name would be answered (FUNC-07)."""
        return name in self._entries or None in self._entries

    def find(self, name: str) -> Registration | None:
        """Return what answers this name."""
        return self._entries.get(name) or self._entries.get(None)
