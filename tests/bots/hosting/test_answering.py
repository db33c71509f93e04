"""Who took a placed call: what the carrier says reaches the engine, what is found reaches the carrier's side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

from bots.engine.blocks.answering import AnswerKind, FoundBy
from bots.engine.core.events import EventSource
from bots.engine.frames import AnsweredByFrame, Frame
from bots.engine.testing.loop import run_virtual
from bots.hosting.answering import AnswerNews, leave_telephone


class Telephone:
    """A carrier's side that says ``says`` from ``at`` on and writes down what it is told."""

    def __init__(self, says: str = "", at: float = 0.0) -> None:
        self._says, self._at = says, at
        self.asked = 0
        self.told: list[str] = []

    async def carrier_answer(self) -> str:
        self.asked += 1
        return self._says if asyncio.get_running_loop().time() >= self._at else ""

    async def answered_by(self, kind: str) -> None:
        self.told.append(kind)

    async def hang_up(self, reason: str) -> None:
        self.told.append(f"hung up: {reason}")


def during(telephone: Telephone, play: Callable[[EventSource], Awaitable[None]]) -> list[Frame]:
    """What enters the pipeline while this happens."""
    entered: list[Frame] = []

    async def queue_frame(frame: Frame) -> None:
        entered.append(frame)

    async def main() -> None:
        detector = EventSource()
        built: Any = SimpleNamespace(answer=detector, task=SimpleNamespace(queue_frame=queue_frame))
        news = AnswerNews(built, telephone)  # type: ignore[arg-type]
        await play(detector)
        await leave_telephone(telephone, news, "bot_ended")  # type: ignore[arg-type]
        assert len(asyncio.all_tasks()) == 1

    run_virtual(main())
    return entered


def test_what_the_carrier_says_late_enters_the_call_once() -> None:
    async def nothing(detector: EventSource) -> None:
        await asyncio.sleep(50)

    telephone = Telephone("machine", at=4.5)
    (frame,) = during(telephone, nothing)
    assert isinstance(frame, AnsweredByFrame) and frame.kind == "machine"
    assert (telephone.asked, telephone.told) == (6, ["hung up: bot_ended"])


def test_what_the_carrier_said_before_the_call_began_is_known_at_once() -> None:
    async def moment(detector: EventSource) -> None:
        await asyncio.sleep(0.01)

    assert len(during(Telephone("fax"), moment)) == 1


def test_a_carrier_that_says_nothing_is_asked_for_half_a_minute() -> None:
    async def nothing(detector: EventSource) -> None:
        await asyncio.sleep(100)

    telephone = Telephone()
    assert during(telephone, nothing) == []
    assert telephone.asked == 30


def test_a_machine_is_told_at_once_and_nothing_is_asked_any_more() -> None:
    async def found(detector: EventSource) -> None:
        await asyncio.sleep(2.5)
        await detector.emit("on_answered", AnswerKind.MACHINE, FoundBy.WORDS)
        assert telephone.told == ["machine"]
        await asyncio.sleep(20)

    telephone = Telephone()
    during(telephone, found)
    assert telephone.asked <= 3
    assert telephone.told == ["machine", "hung up: bot_ended"]


def test_a_person_is_told_in_the_end_when_nothing_corrects_it_any_more() -> None:
    async def found(detector: EventSource) -> None:
        await detector.emit("on_answered", AnswerKind.HUMAN, FoundBy.WORDS)
        await asyncio.sleep(3)
        assert telephone.told == []

    telephone = Telephone()
    during(telephone, found)
    assert telephone.told == ["hung up: bot_ended", "human"]


def test_a_call_that_was_not_placed_has_no_such_news() -> None:
    async def main() -> None:
        telephone: Any = Telephone("machine")
        news = AnswerNews(SimpleNamespace(answer=None), telephone)  # type: ignore[arg-type]
        await asyncio.sleep(10)
        await news.close()
        assert (telephone.asked, telephone.told) == (0, [])
        await leave_telephone(None, None, "bot_ended")

    run_virtual(main())
