"""Who took a placed call: the carrier's word goes to the engine, what the engine found goes to the carrier's side."""

from __future__ import annotations

import asyncio

from bots.engine.blocks.answering import AnswerDetector, AnswerKind, FoundBy
from bots.engine.build import BuiltCall
from bots.engine.frames import AnsweredByFrame

from .phone import Telephone

ASK_EVERY_S = 1.0
ASK_FOR_S = 30.0
"""Carriers listen no longer (Twilio's "Answering Machine Detection", MachineDetectionTimeout, 30 s by default)."""


class AnswerNews:
    """Asks the telephone what the carrier found as long as that may come, and tells it what was found here.

    A person is told of at the end only: what is heard later may correct it. Nothing happens in calls that were not
    placed.
    """

    def __init__(self, built: BuiltCall, telephone: Telephone | None) -> None:
        self._built, self._telephone = built, telephone
        self._kind: AnswerKind | None = None
        self._told: AnswerKind | None = None
        self._asking: asyncio.Task[None] | None = None
        if built.answer is not None and telephone is not None:
            built.answer.add_event_handler("on_answered", self._answered)
            self._asking = asyncio.get_running_loop().create_task(self._ask(telephone), name="carrier's answer")

    async def close(self) -> None:
        """Tell what was found in the end."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self._tell(self._kind)

    async def _ask(self, telephone: Telephone) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + ASK_FOR_S
        while loop.time() < until and self._told is None:
            if found := await telephone.carrier_answer():
                await self._built.task.queue_frame(AnsweredByFrame(found))
                return
            await asyncio.sleep(ASK_EVERY_S)

    async def _answered(self, detector: AnswerDetector, kind: AnswerKind, by: FoundBy) -> None:
        self._kind = kind
        if kind is not AnswerKind.HUMAN:
            await self._tell(kind)

    async def _tell(self, kind: AnswerKind | None) -> None:
        if self._telephone is not None and kind is not None and kind is not self._told:
            self._told = kind
            await self._telephone.answered_by(kind.value)


async def leave_telephone(telephone: Telephone | None, news: AnswerNews | None, reason: str) -> None:
    """Hang up for the end reason's code, and tell what was found; for a call that is over."""
    if telephone is not None:
        await telephone.hang_up(reason)
    if news is not None:
        await news.close()
