"""Runs the calls a model asked for (FUNC-09…17): side by side or in order, each with a deadline, each journaled."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bots.engine.context.arguments import validate_arguments
from bots.engine.errors import EngineError
from bots.engine.frames import (
    Frame,
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallResultProperties,
    FunctionCallsStartedFrame,
)

from .filler import Filler
from .journal import ToolJournal
from .records import CallState, FunctionCall
from .registry import Duplicates, FunctionCallParams, FunctionRegistry, Registration

if TYPE_CHECKING:
    from bots.engine.core.processor import FrameProcessor

log = logging.getLogger(__name__)


class FunctionRunner:
    """Runs function calls for one processor (the model's service), whose frames and tasks it uses.

    The model asks, a handler runs, its result goes into the context, and the model answers with it (FUNC-01). Unknown
    names (FUNC-10), handlers that raise (FUNC-12) and ones that take too long (FUNC-17) give error results. Frames of
    progress and result go both ways (FUNC-11). Without ``in_parallel`` calls run strictly one after the other; all
    tasks are the call's and end with it (FUNC-16).
    """

    def __init__(self, owner: FrameProcessor, registry: FunctionRegistry, *, in_parallel: bool = True) -> None:
        self._owner, self._registry, self._in_parallel = owner, registry, in_parallel
        self._calls: dict[str, FunctionCall] = {}
        self._in_order = asyncio.Lock()
        self.journal = ToolJournal(owner)
        self.filler = Filler(owner)

    @property
    def running(self) -> list[FunctionCall]:
        """Calls that are not in a final state."""
        return list(self._calls.values())

    async def run(self, calls: Sequence[FunctionCallFromLLM]) -> None:
        """Accept a batch: record each call, tell everybody, start them. An id that was seen before is not run again."""
        batch = []
        for call in calls:
            record = self.journal.request(call, self._registry.find(call.function_name))
            if record is not None:
                self._calls[record.id] = record
                batch.append((record, replace(call, arguments=record.arguments)))
        if batch:
            # Its own task: an interruption that stops the model in this very moment must not leave a call half begun.
            await asyncio.shield(self._owner.create_task(self._begin(batch), "function calls"))

    async def _begin(self, batch: Sequence[tuple[FunctionCall, FunctionCallFromLLM]]) -> None:
        await self._both_ways(FunctionCallsStartedFrame(tuple(call for _, call in batch)))
        for record, call in batch:
            self._owner.create_task(self._run(record, call), f"function {record.name}")

    async def _run(self, record: FunctionCall, call: FunctionCallFromLLM) -> None:
        try:
            if self._in_parallel:
                await self._perform(record, call)
            else:
                async with self._in_order:
                    await self._perform(record, call)
        finally:
            self._calls.pop(record.id, None)

    async def _perform(self, record: FunctionCall, call: FunctionCallFromLLM) -> None:
        if not self.journal.begin(record):
            await self.tell_cancelled([record])
            return
        await self._both_ways(
            FunctionCallInProgressFrame(record.name, record.id, record.arguments, record.cancel_on_interruption)
        )
        registration = record.registration
        if record.state is not CallState.RUNNING:
            return  # interrupted while everybody was being told of it: nothing has been done yet, and nothing will be
        if registration is None:
            log.warning("the model asked for a function that nobody answers", extra={"tool": record.name})
            await self._fail(record, "tool.unknown", f"There is no function named {record.name}.")
            return
        if record.repeats is not None and registration.duplicates is Duplicates.REJECT:
            await self._fail(record, "tool.duplicate", f"{record.name} was called with these arguments already.")
            return
        if record.repeats is None and not self.journal.is_confirmed(record):
            said = f"Not done yet: ask the caller to agree, and call {record.name} again with the same arguments then."
            await self._fail(record, "tool.unconfirmed", said)
            return
        if record.repeats is None and not self.journal.may_run(record):
            await self._fail(record, "tool.limit", f"{record.name} was used as often as one call may.")
            return
        work = self._work(record, registration, call) if record.repeats is None else self._join(record, record.repeats)
        record.working = self._owner.create_task(work, f"function {record.name} work")
        await self._until_over(record, registration, record.working)

    async def _until_over(self, record: FunctionCall, registration: Registration, working: asyncio.Task[Any]) -> None:
        try:
            # The deadline does not trust the handler: one that swallows its cancellation is timed out all the same.
            async with asyncio.timeout(registration.timeout_s):
                if registration.filler and not await self._over_within(record, registration.filler_after_s):
                    await self.filler.say(record)
                await record.done.wait()
                if not self._in_parallel:
                    await asyncio.wait({working})
        except TimeoutError:
            said = f"{record.name} did not answer within {registration.timeout_s:g} seconds."
            working.cancel()
            await self._fail(record, "tool.timeout", said, CallState.TIMED_OUT)

    @staticmethod
    async def _over_within(record: FunctionCall, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await record.done.wait()
        except TimeoutError:
            return False

    async def _work(self, record: FunctionCall, registration: Registration, call: FunctionCallFromLLM) -> None:
        async def give_back(result: Any, *, properties: FunctionCallResultProperties | None = None) -> None:
            await self._take(record, registration, result, properties)

        async def note(text: str) -> None:
            self.journal.progress(record, text)

        try:
            arguments = self._checked(record, registration, call)
            await registration.handler(
                FunctionCallParams(
                    record.name, record.id, arguments, self._owner, call.context, give_back, record.key, note
                )
            )
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            await self._fail(record, "tool.failed", f"{record.name} was broken off.")
        except Exception as error:
            log.warning("a tool failed", extra={"tool": record.name, "error": type(error).__name__})
            said = error.message if isinstance(error, EngineError) else f"{record.name} failed."
            await self._fail(record, error.code if isinstance(error, EngineError) else "tool.failed", said)

    @staticmethod
    def _checked(record: FunctionCall, registration: Registration, call: FunctionCallFromLLM) -> Mapping[str, Any]:
        """Return the arguments as the tool declares them; what is wrong with them goes back to the model (P9)."""
        schema = registration.schema or (call.context.tools.find(record.name) if call.context.tools else None)
        return record.arguments if schema is None else validate_arguments(schema, record.arguments)

    async def _take(
        self,
        record: FunctionCall,
        registration: Registration,
        result: Any,
        properties: FunctionCallResultProperties | None,
    ) -> None:
        size = _size_of(result)
        if size is None:
            await self._fail(record, "tool.bad_result", f"{record.name} gave a result that is not JSON data.")
        elif size > registration.max_result_bytes:
            said = f"{record.name} gave more than {registration.max_result_bytes} bytes."
            await self._fail(record, "tool.result_too_large", said)
        elif self.journal.finish(record, result, properties):
            await self._result(record, result, properties)

    async def _join(self, record: FunctionCall, first: FunctionCall) -> None:
        """Give a repetition what the first call gives."""
        await first.done.wait()
        if first.state is CallState.FINISHED:
            properties = replace(first.properties, on_context_updated=None) if first.properties else None
            if self.journal.finish(record, first.result, properties):
                await self._result(record, first.result, properties)
        else:
            await self._fail(record, *first.failure)

    async def _fail(self, record: FunctionCall, code: str, message: str, state: CallState = CallState.FAILED) -> None:
        if self.journal.fail(record, code, message, state):
            await self._result(record, {"error": message, "code": code}, None)

    async def _result(self, record: FunctionCall, result: Any, properties: FunctionCallResultProperties | None) -> None:
        run_llm = properties.run_llm if properties else None
        await self._both_ways(
            FunctionCallResultFrame(record.name, record.id, record.arguments, result, run_llm, properties)
        )

    async def give_result(self, tool_call_id: str, result: Any) -> None:
        """Give a running call its result from outside its handler, as a picture that was asked for does (LLM-22)."""
        for record in self.running:
            if record.id == tool_call_id and (registration := self._registry.find(record.name)) is not None:
                await self._take(record, registration, result, None)

    def interrupt(self) -> list[FunctionCall]:
        """Cancel what speech may cancel (FUNC-14); return those calls, for :meth:`tell_cancelled`.

        Calls that wait for their place in an order stay in it.
        """
        reach = (CallState.RUNNING, CallState.REQUESTED) if self._in_parallel else (CallState.RUNNING,)
        cancelled = []
        for record in list(self._calls.values()):
            if record.cancel_on_interruption and self.journal.cancel(record, reach):
                if record.working is not None:
                    record.working.cancel()
                cancelled.append(record)
        return cancelled

    async def tell_cancelled(self, records: Sequence[FunctionCall]) -> None:
        """Push one cancel frame downstream for each call."""
        for record in records:
            await self._owner.push_frame(FunctionCallCancelFrame(record.name, record.id))

    async def _both_ways(self, frame: Frame) -> None:
        await self._owner.push_frame(frame, FrameDirection.UPSTREAM)
        await self._owner.push_frame(frame)


def _size_of(result: Any) -> int | None:
    """Return the bytes of a result as JSON; None when it is no JSON data."""
    try:
        return len(json.dumps(result, allow_nan=False, ensure_ascii=False).encode())
    except (TypeError, ValueError, RecursionError):
        return None
