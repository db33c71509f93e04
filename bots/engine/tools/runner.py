"""Runs the calls a model asked for (FUNC-09…17): side by side or in order, each with a deadline, each journaled."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

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

from .records import CallState, FunctionCall
from .registry import FunctionCallParams, FunctionRegistry, Registration

if TYPE_CHECKING:
    from bots.engine.core.processor import FrameProcessor

log = logging.getLogger(__name__)


class FunctionRunner:
    """Runs function calls for one processor (the model's service), whose frames and tasks it uses."""

    def __init__(self, owner: FrameProcessor, registry: FunctionRegistry, *, in_parallel: bool = True) -> None:
        self._owner, self._registry, self._in_parallel = owner, registry, in_parallel
        self._calls: dict[str, FunctionCall] = {}
        self._known: set[str] = set()
        self._in_order = asyncio.Lock()

    @property
    def running(self) -> list[FunctionCall]:
        """Calls that are not in a final state."""
        return list(self._calls.values())

    async def run(self, calls: Sequence[FunctionCallFromLLM]) -> None:
        """Accept a batch: record each call, tell everybody, start them. An id that was seen before is not run again."""
        batch = [(record, call) for call in calls if (record := self._recorded(call)) is not None]
        if batch:
            # Its own task: an interruption that stops the model in this very moment must not leave a call half begun.
            await asyncio.shield(self._owner.create_task(self._begin(batch), "function calls"))

    def _recorded(self, call: FunctionCallFromLLM) -> FunctionCall | None:
        if call.tool_call_id in self._known:
            return None
        found = self._registry.find(call.function_name)
        record = FunctionCall(
            call.function_name,
            call.tool_call_id,
            call.arguments,
            found.cancel_on_interruption if found else False,
            found.timeout_s if found else 0.0,
        )
        self._known.add(record.id)
        self._calls[record.id] = record
        self._owner.journal.record(
            "tool.started", {"id": record.id, "name": record.name, "arguments": dict(record.arguments)}
        )
        return record

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
        if not record.move(CallState.REQUESTED, CallState.RUNNING):
            await self.tell_cancelled([record])
            return
        registration = self._registry.find(record.name)
        await self._both_ways(
            FunctionCallInProgressFrame(record.name, record.id, record.arguments, record.cancel_on_interruption)
        )
        if registration is None:
            await self._fail(record, "tool.unknown", f"There is no function named {record.name}.")
            return
        working = self._owner.create_task(self._work(record, registration, call), f"function {record.name} work")
        record.working = working
        try:
            # The deadline does not trust the handler: one that swallows its cancellation is timed out all the same.
            async with asyncio.timeout(record.timeout_s):
                await record.done.wait()
                if not self._in_parallel:
                    await asyncio.wait({working})
        except TimeoutError:
            said = f"{record.name} did not answer within {record.timeout_s:g} seconds."
            working.cancel()
            await self._fail(record, "tool.timeout", said, CallState.TIMED_OUT)

    async def _work(self, record: FunctionCall, registration: Registration, call: FunctionCallFromLLM) -> None:
        async def give_back(result: Any, *, properties: FunctionCallResultProperties | None = None) -> None:
            if not _is_json(result):
                await self._fail(record, "tool.bad_result", f"{record.name} gave a result that is not JSON data.")
            elif record.move(CallState.RUNNING, CallState.FINISHED):
                self._owner.journal.record("tool.finished", {"id": record.id, "name": record.name, "result": result})
                await self._result(record, result, properties)

        params = FunctionCallParams(record.name, record.id, record.arguments, self._owner, call.context, give_back)
        try:
            await registration.handler(params)
        except Exception as error:
            log.warning("a tool failed", extra={"tool": record.name, "error": type(error).__name__})
            said = error.message if isinstance(error, EngineError) else f"{record.name} failed."
            await self._fail(record, error.code if isinstance(error, EngineError) else "tool.failed", said)

    async def _fail(self, record: FunctionCall, code: str, message: str, state: CallState = CallState.FAILED) -> None:
        if record.move(CallState.RUNNING, state):
            data = {"id": record.id, "name": record.name, "code": code, "message": message}
            self._owner.journal.record("tool.failed", data)
            await self._result(record, {"error": message, "code": code}, None)

    async def _result(self, record: FunctionCall, result: Any, properties: FunctionCallResultProperties | None) -> None:
        run_llm = properties.run_llm if properties else None
        await self._both_ways(
            FunctionCallResultFrame(record.name, record.id, record.arguments, result, run_llm, properties)
        )

    def interrupt(self) -> list[FunctionCall]:
        """Cancel what speech may cancel (FUNC-14); return those calls, for :meth:`tell_cancelled`."""
        cancelled = []
        for record in list(self._calls.values()):
            if record.cancel_on_interruption and (
                record.move(CallState.RUNNING, CallState.CANCELLED)
                or record.move(CallState.REQUESTED, CallState.CANCELLED)
            ):
                self._owner.journal.record("tool.cancelled", {"id": record.id, "name": record.name})
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


def _is_json(result: Any) -> bool:
    try:
        json.dumps(result, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def arguments_of(text: str) -> Mapping[str, Any] | None:
    """Read a model's argument text; empty is no arguments, None is unreadable (LLM-17)."""
    if not text.strip():
        return {}
    try:
        read = json.loads(text)
    except ValueError:
        return None
    return read if isinstance(read, dict) else None
