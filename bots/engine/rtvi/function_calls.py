"""Functions that run in the client: what was announced, who waits for a result (RTVI-08, FUNC-19)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from .payloads import CallResult

REMEMBERED = 256


class CallParams(Protocol):
    """What is needed of the parameters a function handler gets (FUNC-08)."""

    @property
    def function_name(self) -> str:
        """The function's name."""

    @property
    def tool_call_id(self) -> str:
        """The model's id of this call."""

    @property
    def arguments(self) -> Mapping[str, Any]:
        """The arguments the model gave."""

    @property
    def result_callback(self) -> Callable[..., Awaitable[Any]]:
        """Where the result goes."""


class _Call:
    __slots__ = ("early", "stages", "waiting", "wanted")

    def __init__(self) -> None:
        self.stages: set[str] = set()
        self.early: CallResult | None = None
        self.waiting: asyncio.Future[CallResult] | None = None
        self.wanted: Callable[[CallResult], Awaitable[None]] | None = None


class ClientCalls:
    """The function calls a client knows of, newest last, at most :data:`REMEMBERED`.

    A client may answer between the announcement and the moment somebody waits: such a result is kept for its waiter.
    """

    def __init__(self) -> None:
        self._calls: dict[str, _Call] = {}

    def enter(self, tool_call_id: str, stage: str) -> bool:
        """Note that a call reached a stage; returns whether it is there for the first time."""
        call = self._call(tool_call_id)
        if stage in call.stages:
            return False
        call.stages.add(stage)
        return True

    async def wait(self, tool_call_id: str) -> CallResult:
        """Wait for the client's result; whoever calls owns the deadline and cancels."""
        call = self._call(tool_call_id)
        if call.early is not None:
            result, call.early = call.early, None
            call.stages.add("finished")
            return result
        call.waiting = asyncio.get_running_loop().create_future()
        try:
            return await call.waiting
        finally:
            call.waiting = None
            call.stages.add("finished")

    async def want(self, tool_call_id: str, receive: Callable[[CallResult], Awaitable[None]]) -> None:
        """Have ``receive`` called with the result when it comes, or now if it came already."""
        call = self._call(tool_call_id)
        if call.early is not None:
            result, call.early = call.early, None
            call.stages.add("finished")
            await receive(result)
        else:
            call.wanted = receive

    async def resolve(self, result: CallResult) -> bool:
        """Hand a client's result to who waits for it; False when the call is unknown or over."""
        call = self._calls.get(result.tool_call_id)
        if call is None or "finished" in call.stages or call.early is not None:
            return False
        if call.waiting is not None:
            if call.waiting.done():
                return False
            call.waiting.set_result(result)
        elif call.wanted is not None:
            receive, call.wanted = call.wanted, None
            call.stages.add("finished")
            await receive(result)
        else:
            call.early = result
        return True

    def finish(self, tool_call_id: str) -> None:
        """Note that a call is over, so that a later result is refused."""
        if (call := self._calls.get(tool_call_id)) is not None:
            call.stages.add("finished")
            call.early = call.wanted = None

    def _call(self, tool_call_id: str) -> _Call:
        call = self._calls.pop(tool_call_id, None) or _Call()
        self._calls[tool_call_id] = call
        while len(self._calls) > REMEMBERED:
            oldest = next(iter(self._calls))
            if (waiting := self._calls.pop(oldest).waiting) is not None:
                waiting.cancel()
        return call
