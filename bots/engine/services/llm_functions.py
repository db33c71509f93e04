"""The half of a language model's processor that deals with functions (FUNC-01, FUNC-06…09, FUNC-14…18)."""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from bots.engine.context.direct import DirectFunction
from bots.engine.core.processor import handles
from bots.engine.frames import (
    FunctionCallFromLLM,
    InterruptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.tools.legacy import with_one_parameter, with_start_callback
from bots.engine.tools.records import FunctionCall
from bots.engine.tools.registry import DEFAULT_TIMEOUT_S, FunctionCallParams, FunctionRegistry, Registration
from bots.engine.tools.runner import FunctionRunner

from .llm_failures import CHECK
from .metrics import MeasuredProcessor


class FunctionCallingService(MeasuredProcessor):
    """Registers functions and runs the calls of them.

    ``run_in_parallel``: calls of one reply side by side, or strictly in order (FUNC-09). Event:
    ``on_function_calls_started(service, calls)``, the place to say something meanwhile (FUNC-15).
    """

    def __init__(self, *, run_in_parallel: bool = True, name: str | None = None) -> None:
        super().__init__(name=name)
        CHECK.flags(run_in_parallel=run_in_parallel)
        self.functions = FunctionRegistry()
        self._runner = FunctionRunner(self, self.functions, in_parallel=run_in_parallel)
        self._cancelled: list[FunctionCall] = []

    def register_function(
        self,
        function_name: str | None,
        handler: Callable[..., Awaitable[Any]],
        start_callback: Callable[..., Awaitable[None]] | None = None,
        *,
        cancel_on_interruption: bool = True,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        """Let ``handler`` answer calls of this name; None answers all others (FUNC-06).

        ``timeout_s`` seconds until the call counts as failed (FUNC-17). ``start_callback`` and handlers with the six
        arguments of old work and warn (FUNC-06, FUNC-18). Error: ``tool.registration``.
        """
        entry = Registration(with_one_parameter(function_name, handler), cancel_on_interruption, timeout_s)
        if start_callback is not None:
            warnings.warn(
                "start_callback is deprecated: put that code at the top of the handler.",
                DeprecationWarning,
                stacklevel=2,
            )
            entry = replace(entry, handler=with_start_callback(entry.handler, start_callback))
        self.register(function_name, entry)

    def register_direct_function(
        self,
        handler: Callable[..., Awaitable[Any]],
        *,
        cancel_on_interruption: bool = True,
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> None:
        """Let an async function answer calls of its own name, its arguments checked by its signature (FUNC-04, 06)."""
        direct = DirectFunction(handler)

        async def answer(params: FunctionCallParams) -> Any:
            return await direct(params, params.arguments)

        self.register(direct.name, Registration(answer, cancel_on_interruption, timeout_s, schema=direct.schema))

    def register(self, function_name: str | None, registration: Registration) -> None:
        """Register a handler with all its rules; an earlier one of the name is replaced."""
        self.functions.register(function_name, registration)

    def unregister_function(self, function_name: str | None) -> None:
        """Forget the handler of a name; an unknown one is no error (FUNC-07)."""
        self.functions.unregister(function_name)

    def unregister_direct_function(self, handler: Callable[..., Awaitable[Any]]) -> None:
        """Forget a direct function (FUNC-07)."""
        self.functions.unregister(DirectFunction(handler).name)

    def has_function(self, function_name: str) -> bool:
        """Whether calls of this name are answered, by its own handler or a catch-all (FUNC-07)."""
        return self.functions.has(function_name)

    async def run_function_calls(self, calls: Sequence[FunctionCallFromLLM]) -> None:
        """Run a batch of calls; nothing for none (FUNC-09)."""
        if calls:
            await self.emit("on_function_calls_started", list(calls))
            await self._runner.run(calls)

    def name_calls(self, call_id: str) -> None:
        """Begin every idempotency key with the id of the call."""
        self._runner.journal.call_id = call_id

    async def give_function_result(self, tool_call_id: str, result: Any) -> None:
        """Finish a running call from outside its handler; nothing happens where there is none."""
        await self._runner.give_result(tool_call_id, result)

    def on_interruption(self) -> None:
        self._cancelled += self._runner.interrupt()

    @handles(InterruptionFrame)
    async def on_cut(self, frame: InterruptionFrame) -> None:
        cancelled, self._cancelled = self._cancelled, []
        await self._runner.tell_cancelled(cancelled)

    @handles(UserStartedSpeakingFrame)
    async def on_caller_speaks(self, frame: UserStartedSpeakingFrame) -> None:
        self._runner.filler.caller_speaks = True

    @handles(UserStoppedSpeakingFrame)
    async def on_caller_silent(self, frame: UserStoppedSpeakingFrame) -> None:
        self._runner.filler.caller_speaks = False

    async def cleanup(self) -> None:
        self._runner.journal.close()
        await super().cleanup()
