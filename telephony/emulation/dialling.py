"""Calls that the server places: an emulated carrier rings somebody, who answers, or a machine, or nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from .call import EmulatedCall, Moment
from .exchange import Exchange, new_call_id
from .interfaces import Order
from .profile import LineFacts
from .profiles import PROFILES
from .script import Step, act_out
from .voices import Voices, sounds_of

ANSWERS = ("human", "machine", "busy", "no-answer", "rejects")
MACHINE_SAYS = "Hello. You have reached the telephone of Anna. I am not at home. Please leave a message after the tone."
DETECTS_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class Callee:
    """Who is called: how they answer (one of :data:`ANSWERS`), after how many seconds, and what they do then."""

    answers: str = "human"
    rings_s: float = 1.5
    steps: tuple[Step, ...] = (Step("first", "hello"),)
    dialled: str = "answers"


class PlacedCall(EmulatedCall):
    """A call to a callee: it rings first."""

    callee: Callee
    order: Order

    async def _begin(self) -> str:
        self.note("placed", to=self.line.to_number, caller_id=self.line.from_number)
        for status in ("initiated", "ringing"):
            if status in self.profile.tells:
                await self.status(status)
        answers = self.callee.answers
        await self.wait(min(self.order.ring_s, 3.0) if answers == "no-answer" else self.callee.rings_s)
        if answers in ("busy", "no-answer") or self._hung_up.is_set():
            return answers if answers in ("busy", "no-answer") else "canceled"
        if answers == "rejects":
            return "busy"
        self.note("answered", by=answers)
        if "in-progress" in self.profile.tells:
            await self.status("in-progress")
        if self.order.detect_machine and self.profile.machine_form(self.line):
            self._loop.call_later(DETECTS_AFTER_S, lambda: self._loop.create_task(self._detected(), name="detected"))
        return ""

    async def _detected(self) -> None:
        if not self.over.is_set():
            self.line.answered_by = "machine_start" if self.callee.answers == "machine" else "human"
            await self.tell(self.profile.machine_form(self.line), self.line.answered_by)


class Dialler:
    """Places calls for an :class:`Exchange`; :attr:`placed` are all of them. ``callee_of`` says who has a number."""

    session: aiohttp.ClientSession
    """Set before the first call."""

    def __init__(
        self,
        voices: Voices,
        callee_of: Callable[[str], Callee],
        told: Callable[[PlacedCall, Moment], None] | None = None,
    ) -> None:
        self._voices, self._callee_of = voices, callee_of
        self._told = told or (lambda call, moment: None)
        self.placed: list[PlacedCall] = []
        self._running: set[asyncio.Task[None]] = set()

    async def __call__(self, exchange: Exchange, order: Order) -> str:
        """Begin to ring; returns the carrier's id of the call."""
        callee = self._callee_of(order.to_number)
        line = LineFacts(
            call_id=new_call_id(order.carrier), from_number=order.from_number, to_number=order.to_number,
            account_id=order.account_id, secret=order.secret, outbound=True,
        )  # fmt: skip
        call = PlacedCall(
            PROFILES[order.carrier], line, self.session, voice_url=order.answer_url, status_url=order.status_url,
            dialled=callee.dialled, told=lambda moment: self._told(call, moment),
        )  # fmt: skip
        call.callee, call.order = callee, order
        exchange.calls[line.call_id] = call
        self.placed.append(call)
        task = asyncio.get_running_loop().create_task(self._live(call), name="placed call")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return line.call_id

    async def _live(self, call: PlacedCall) -> None:
        await asyncio.sleep(0.05)  # the answer to the request that placed it goes first
        acting = asyncio.get_running_loop().create_task(self._act(call), name="callee")
        try:
            async with asyncio.timeout(call.order.limit_s):
                await call.run()
        except TimeoutError:
            call.end()
        finally:
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)

    async def _act(self, call: PlacedCall) -> None:
        steps = list(call.callee.steps)
        if call.callee.answers == "machine":
            steps = [Step("first", MACHINE_SAYS), Step("beep"), Step("wait", seconds=60)]
        await act_out(call, steps, await sounds_of(steps, self._voices))

    async def finish(self) -> None:
        """End all calls."""
        for call in self.placed:
            call.end()
        await asyncio.gather(*self._running, return_exceptions=True)
