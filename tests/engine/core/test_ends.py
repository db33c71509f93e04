"""How calls end: graceful, at once, by whom, and how long it may take (TASK-02, TASK-19…23)."""

import asyncio

import pytest

from bots.engine.core.outcome import CATALOGUE, EndReason
from bots.engine.core.params import Deadlines
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    CancelFrame,
    CancelTaskFrame,
    EndFrame,
    EndTaskFrame,
    ErrorFrame,
    Frame,
    TextFrame,
)
from bots.engine.testing.loop import run_virtual
from tests.engine.core.probes import UP, Probe, Run, in_a_run


async def nothing(run: Run) -> None:
    pass


async def a_minute(run: Run) -> None:
    await run.clock.sleep(60)


class Worker(FrameProcessor):
    """Takes a second for each text."""

    waits = True

    @handles(TextFrame)
    async def work(self, frame: TextFrame) -> None:
        await self.clock.sleep(1)


def test_frames_queued_before_the_run_wait_for_the_start_and_keep_their_order() -> None:  # TASK-02
    async def main() -> None:
        probe = Probe()
        task = PipelineTask(Pipeline([probe]))
        await task.queue_frames([TextFrame("a"), ErrorFrame("in between"), TextFrame("b")])
        await task.stop_when_done()
        outcome = await task.run()
        assert [type(frame).__name__ for frame, _ in probe.seen] == [
            "StartFrame", "ErrorFrame", "TextFrame", "TextFrame", "EndFrame",
        ]  # fmt: skip
        assert outcome.reason is EndReason.BOT_ENDED
        assert task.has_finished()

    run_virtual(main())


def test_a_graceful_end_waits_behind_what_is_pending() -> None:  # TASK-19
    worker, probe = Worker(), Probe()

    async def play(run: Run) -> None:
        await run.task.queue_frames([TextFrame("a"), TextFrame("b")])
        await run.task.stop_when_done(EndReason.CALLER_HUNG_UP)
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(worker, probe), play)
    assert len(probe.of(TextFrame)) == 2
    assert probe.of(CancelFrame) == []
    assert run.outcome is not None and run.outcome.reason is EndReason.CALLER_HUNG_UP
    assert run.outcome.duration_s == pytest.approx(2.0, abs=0.01)


def test_end_task_from_inside_ends_behind_the_farewell() -> None:  # TASK-19
    worker, probe = Worker(), Probe()

    async def play(run: Run) -> None:
        await worker.queue_frame(TextFrame("goodbye"))
        await probe.push_frame(EndTaskFrame("done"), UP)
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(worker, probe), play)
    assert len(probe.of(TextFrame)) == 1
    assert run.outcome is not None and run.outcome.reason is EndReason.BOT_ENDED


def test_cancel_is_not_queued_and_drops_what_is_pending() -> None:  # TASK-20
    worker, probe = Worker(), Probe()

    async def play(run: Run) -> None:
        await run.task.queue_frames([TextFrame("a"), TextFrame("b")])
        await run.clock.sleep(0.5)
        await run.task.cancel(EndReason.CALLER_HUNG_UP)
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(worker, probe), play)
    assert probe.of(TextFrame) == []
    assert len(probe.of(CancelFrame)) == 1
    assert run.outcome is not None and run.outcome.duration_s == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("frame", [CancelFrame(), CancelTaskFrame()], ids=["queued", "from inside"])
def test_cancel_comes_as_a_frame_too(frame: Frame) -> None:  # TASK-20
    probe = Probe()

    async def play(run: Run) -> None:
        if isinstance(frame, CancelFrame):
            await run.task.queue_frame(frame)
        else:
            await probe.push_frame(frame, UP)
        await run.clock.sleep(1)

    run = in_a_run(lambda: Run(probe), play)
    assert run.outcome is not None and run.outcome.duration_s < 0.1


def test_a_cancel_overrules_a_graceful_end_that_was_asked_for_in_the_same_moment() -> None:
    worker = Worker()

    async def play(run: Run) -> None:
        await run.task.queue_frames([TextFrame("a"), EndFrame()])
        await run.task.cancel(EndReason.CALLER_HUNG_UP)
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(worker), play)
    assert run.outcome is not None
    assert run.outcome.reason is EndReason.CALLER_HUNG_UP
    assert run.outcome.duration_s < 0.1


def test_the_first_reason_stays() -> None:
    async def play(run: Run) -> None:
        await run.task.cancel(EndReason.MAX_DURATION)
        await run.task.cancel(EndReason.CALLER_HUNG_UP)

    run = in_a_run(lambda: Run(Probe()), play)
    assert run.outcome is not None and run.outcome.reason is EndReason.MAX_DURATION


def test_a_drain_lasts_as_long_as_it_makes_progress() -> None:
    class Player(FrameProcessor):
        waits = True

        @handles(TextFrame)
        async def play(self, frame: TextFrame) -> None:
            for _ in range(8):
                await self.clock.sleep(1)
                self.setup_data.progress()

    async def play(run: Run) -> None:
        await run.task.queue_frame(TextFrame("long"))
        await run.task.stop_when_done()
        await run.clock.sleep(20)

    run = in_a_run(lambda: Run(Player()), play)
    assert run.outcome is not None and run.outcome.duration_s == pytest.approx(8.0, abs=0.01)


def test_a_drain_without_progress_is_given_up() -> None:
    class Stuck(FrameProcessor):
        waits = True

        @handles(TextFrame)
        async def hold(self, frame: TextFrame) -> None:
            await asyncio.Event().wait()

    async def play(run: Run) -> None:
        await run.task.queue_frame(TextFrame("never"))
        await run.task.stop_when_done()
        await run.clock.sleep(20)

    run = in_a_run(lambda: Run(Stuck()), play)
    assert run.outcome is not None and run.outcome.duration_s < 3


def test_the_deadlines_of_an_end_stay_below_five_seconds() -> None:
    wait = Deadlines()
    assert wait.drain + wait.cancel + wait.grace * 2 + wait.cleanup + wait.grace * 2 < 5.0


def test_a_fatal_error_ends_the_call_and_another_does_not() -> None:  # TASK-23
    probe = Probe()

    async def play(run: Run) -> None:
        await probe.push_error("a slip")
        await run.clock.sleep(1)
        assert run.task.state == "running"
        await probe.push_error("the end", fatal=True)
        await run.clock.sleep(1)

    run = in_a_run(lambda: Run(probe), play)
    assert run.outcome is not None and run.outcome.reason is EndReason.PIPELINE_ERROR
    assert [event.data["fatal"] for event in run.events if event.kind == "error"] == [False, True]


def test_a_pipeline_that_is_put_together_wrongly_ends_with_an_outcome() -> None:
    async def main() -> None:
        probe = Probe()
        task = PipelineTask(Pipeline([probe, probe]))
        outcome = await task.run()
        assert outcome.reason is EndReason.START_FAILED

    run_virtual(main())


def test_every_reason_has_an_owner_and_a_status() -> None:
    assert set(CATALOGUE) == set(EndReason)
    for ending in CATALOGUE.values():
        assert ending.status in ("ended", "failed")


def test_the_journal_begins_and_ends_with_the_call() -> None:
    run = in_a_run(lambda: Run(Probe(), journal_header={"bot": "greeter"}), nothing)
    assert [event.kind for event in run.events] == ["call.started", "call.ending", "call.ended"]
    assert run.events[0].data["bot"] == "greeter"
    assert run.events[0].data["v"] == 1
    assert run.events[-1].data["reason"] == "cancelled"
