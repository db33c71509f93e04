"""Observers see every hop and change nothing; turns are counted from what they see (OBS-01…09)."""

import asyncio
from typing import Any

import pytest

from bots.engine.core.observer import BaseObserver
from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.turn_tracking import TurnTrackingObserver
from bots.engine.errors import PipelineError
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
    TextFrame,
    UserStartedSpeakingFrame,
)
from tests.engine.core.probes import Probe, Run, in_a_run


class Watching(BaseObserver):
    def __init__(self, *kinds: type[Frame]) -> None:
        self.frame_types = kinds or None  # type: ignore[misc]
        self.seen: list[tuple[str, str | None, str, FrameDirection, int]] = []

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        self.seen.append((source.name, destination and destination.name, str(frame), direction, timestamp))


class Failing(BaseObserver):
    async def on_push_frame(self, *seen: Any) -> None:
        raise ValueError


async def a_text(run: Run) -> None:
    await run.clock.sleep(1)
    await run.task.queue_frame(TextFrame("a"))
    await run.clock.sleep(1)


def test_a_frame_is_reported_once_a_hop_with_nanoseconds() -> None:  # OBS-01
    watching = Watching(TextFrame)
    in_a_run(lambda: Run(Probe("one"), Probe("two"), observers=[watching]), a_text)
    hops = [(source, destination) for source, destination, *_ in watching.seen]
    assert hops == [("PipelineSource", "one"), ("one", "two"), ("two", None)]
    assert {round(timestamp / 1e6) for *_, timestamp in watching.seen} == {1001}


def test_every_observer_of_the_task_and_of_the_params_is_told_even_beside_one_that_fails() -> None:  # OBS-02, CONF-05
    first, second, probe = Watching(TextFrame), Watching(), Probe()
    params = PipelineParams(observers=(first,))
    in_a_run(lambda: Run(probe, params=params, observers=[Failing(), second]), a_text)
    assert len(first.seen) == 2
    assert {kind for _, _, kind, *_ in second.seen} >= {"StartFrame", "TextFrame", "CancelFrame"}
    assert len(probe.of(TextFrame)) == 1


class Turns:
    def __init__(self, observer: TurnTrackingObserver) -> None:
        self.log: list[Any] = []
        observer.add_event_handler("on_turn_started", self.started)
        observer.add_event_handler("on_turn_ended", self.ended)

    async def started(self, observer: object, number: int) -> None:
        self.log.append(number)

    async def ended(self, observer: object, number: int, duration: float, was_interrupted: bool) -> None:
        self.log.append((number, round(duration, 2), was_interrupted))


def turns_of(*steps: Any, relay: bool = False, timeout: float = 2.5) -> list[Any]:
    """Play frames and pauses (seconds) and return what a turn observer of one's own told (OBS-09)."""
    observer = TurnTrackingObserver(timeout)
    turns, probe = Turns(observer), Probe()
    cut: list[Frame] = []

    class Interrupts(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if relay and isinstance(frame, UserStartedSpeakingFrame) and cut:
                await self.push_frame(cut.pop())
            await self.push_frame(frame, direction)

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, Frame):
                if relay and isinstance(step, UserStartedSpeakingFrame):
                    cut.append(BotStoppedSpeakingFrame(interrupted=True))
                await run.task.queue_frame(step)
            else:
                await run.clock.sleep(step)

    in_a_run(lambda: Run(Probe(), Interrupts(), probe, observers=[observer], enable_turn_tracking=False), play)
    return turns.log


BOT, SILENT, USER = BotStartedSpeakingFrame, BotStoppedSpeakingFrame, UserStartedSpeakingFrame


def test_a_turn_ends_when_the_bot_has_been_silent_for_the_timeout() -> None:  # OBS-07, OBS-08
    assert turns_of(1, USER(), 1, BOT(), 1, SILENT(), 5) == [1, (1, pytest.approx(5.5), False)]


def test_a_bot_that_goes_on_within_the_timeout_stays_in_its_turn() -> None:  # OBS-08
    assert turns_of(1, BOT(), 1, SILENT(), 2, BOT(), 1, SILENT(), 5) == [1, (1, pytest.approx(7.5), False)]


def test_the_user_ends_a_turn_after_the_bot_and_begins_the_next() -> None:  # OBS-08
    assert turns_of(BOT(), 1, SILENT(), 1, USER(), 1) == [1, (1, pytest.approx(2.0), False), 2]


def test_the_user_over_the_bot_ends_the_turn_as_interrupted_and_begins_the_next_at_once() -> None:  # OBS-08
    assert turns_of(BOT(), 1, USER(), 1) == [1, (1, pytest.approx(1.0), True), 2]


def test_the_silence_of_a_bot_that_was_cut_off_does_not_end_the_turn_of_the_user() -> None:
    assert turns_of(BOT(), 1, USER(), 6, relay=True) == [1, (1, pytest.approx(1.0), True), 2]


def test_the_task_has_a_turn_observer_unless_it_is_refused() -> None:  # TASK-03, OBS-09, CONF-02
    async def look(run: Run) -> None:
        assert isinstance(run.task.turn_tracking_observer, TurnTrackingObserver)
        assert run.task.turn_tracking_observer.turn_number == 1

    async def none(run: Run) -> None:
        assert run.task.turn_tracking_observer is None

    in_a_run(lambda: Run(Probe()), look)
    in_a_run(lambda: Run(Probe(), enable_turn_tracking=False), none)


def test_a_turn_observer_of_ones_own_takes_the_place_of_the_built_in_one() -> None:  # OBS-09
    own = TurnTrackingObserver(turn_end_timeout_secs=3.5)

    async def look(run: Run) -> None:
        assert run.task.turn_tracking_observer is own
        assert own.turn_number == 1

    in_a_run(lambda: Run(Probe(), observers=[own], enable_turn_tracking=False), look)
    assert turns_of(1, BOT(), 1, SILENT(), 3, BOT(), 1, SILENT(), 5, timeout=3.5) == [1, (1, pytest.approx(9.5), False)]


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_the_end_of_a_turn_needs_a_time_above_zero(timeout: float) -> None:  # OBS-07
    with pytest.raises(PipelineError, match="turn_end_timeout_secs"):
        TurnTrackingObserver(timeout)


class Endless(Watching):
    patience_secs = 0.5

    async def on_push_frame(self, *seen: Any) -> None:
        await super().on_push_frame(*seen)
        await asyncio.sleep(3600)


def test_an_observer_that_holds_a_frame_is_told_no_more(caplog: pytest.LogCaptureFixture) -> None:  # OBS-01
    endless, other, probe = Endless(TextFrame), Watching(TextFrame), Probe()

    async def two_texts(run: Run) -> None:
        await a_text(run)
        await a_text(run)

    run = in_a_run(lambda: Run(probe, observers=[endless, other]), two_texts)
    assert len(endless.seen) == 1
    assert len(other.seen) == 4
    assert len(probe.of(TextFrame)) == 2
    assert run.outcome is not None
    assert [record.__dict__["observer"] for record in caplog.records if "told no more" in record.message] == ["Endless"]


class Broken(BaseObserver):
    def attach(self, *lent: Any) -> None:
        raise ValueError

    def close(self) -> None:
        raise ValueError


def test_an_observer_that_cannot_begin_or_end_does_not_harm_the_call() -> None:  # OBS-01
    probe = Probe()
    run = in_a_run(lambda: Run(probe, observers=[Broken()]), a_text)
    assert len(probe.of(TextFrame)) == 1
    assert run.outcome is not None
    assert run.codes() == []
