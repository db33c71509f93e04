"""What a hosted call needs of a telephone; the app that knows carriers provides it (TEL-07, TEL-23)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bots.engine.tools.phone_line import PhoneLine


class Telephone(Protocol):
    """The carrier's side of a call."""

    @property
    def phone_line(self) -> PhoneLine:
        """What tools may do with the line."""

    @property
    def handed_on(self) -> bool:
        """Whether the call goes on without us: somebody else talks with the caller now."""

    async def is_over(self) -> bool:
        """Whether the carrier has said that the call is over; never raises, done within a second."""

    def when_handed_on(self, leave: Callable[[], None]) -> None:
        """``leave`` is called when our part of the call must end for the call to go on elsewhere."""

    async def carrier_answer(self) -> str:
        """Who took the call as far as the carrier has said: human, machine, fax …, or nothing; never raises."""

    async def answered_by(self, kind: str) -> None:
        """Keep who took the call as it was found out here (human, machine, screener, menu, fax); never raises."""

    async def hang_up(self, reason: str) -> None:
        """End the call at the carrier, for the end reason's code; never raises, done within five seconds."""
