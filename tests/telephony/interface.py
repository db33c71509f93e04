"""A carrier's interface that has numbers, fails as told, or is slow; and a way out that answers what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bots.engine.tools.egress.client import EgressRequest, EgressResponse
from telephony.carriers.base import OwnedNumber, Placement, StatusReport
from telephony.models.carrier import LegStatus


@dataclass
class Interface:
    """Numbers by their refs; ``fails`` is raised by everything, ``slow_s`` waited for first."""

    owned: list[OwnedNumber] = field(default_factory=list)
    fails: Exception | None = None
    slow_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    closed: int = 0

    async def _ask(self, what: str) -> None:
        self.asked.append(what)
        await asyncio.sleep(self.slow_s)
        if self.fails is not None:
            raise self.fails

    async def check(self) -> str:
        await self._ask("check")
        return "Emulated account"

    async def numbers(self) -> list[OwnedNumber]:
        await self._ask("numbers")
        return list(self.owned)

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        await self._ask(f"set {ref}")
        self.owned = [
            replace(item, voice_url=voice_url, status_url=status_url) if item.ref == ref else item
            for item in self.owned
        ]  # fmt: skip

    async def place_call(self, placement: Placement) -> str:
        await self._ask("place")
        return "CA1"

    async def status(self, carrier_call_id: str) -> StatusReport:
        await self._ask("status")
        return StatusReport(carrier_call_id, LegStatus.QUEUED)

    async def hang_up(self, carrier_call_id: str) -> None:
        await self._ask("hang up")

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        await self._ask("redirect")

    async def aclose(self) -> None:
        self.closed += 1


@dataclass
class WayOut:
    """Answers every request by a function, or raises what it raises."""

    answer: Callable[[EgressRequest], EgressResponse]
    sent: list[EgressRequest] = field(default_factory=list)
    closed: bool = False

    async def send(self, request: EgressRequest) -> EgressResponse:
        self.sent.append(request)
        return self.answer(request)

    async def aclose(self) -> None:
        self.closed = True
