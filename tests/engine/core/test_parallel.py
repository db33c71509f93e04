"""Branches side by side (PAR-01…04)."""

import pytest

from bots.engine.core.pipeline import ParallelPipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import PipelineError
from bots.engine.frames import (
    EndFrame,
    Frame,
    FrameDirection,
    LLMTextFrame,
    StartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
)
from tests.engine.core.probes import UP, Probe, Run, in_a_run, send, texts


class Slow(FrameProcessor):
    waits = True

    @handles(LLMTextFrame)
    async def work(self, frame: LLMTextFrame) -> None:
        await self.clock.sleep(1)


def test_every_branch_gets_the_frames_and_they_leave_once() -> None:  # PAR-01…03
    one, two, behind = Probe("one"), Probe("two"), Probe("behind")
    run_of = lambda: Run(ParallelPipeline([one], [two]), behind)  # noqa: E731
    in_a_run(run_of, lambda run: send(run, TextFrame("a"), UserStartedSpeakingFrame()))
    for probe in (one, two, behind):
        assert texts(probe) == ["a"]
        assert len(probe.of(StartFrame)) == len(probe.of(UserStartedSpeakingFrame)) == 1


def test_branches_work_side_by_side() -> None:  # PAR-02
    class Holds(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, TextFrame):
                await self.clock.sleep(5)
            await self.push_frame(frame, direction)

    quick, times = Probe("quick"), []

    async def play(run: Run) -> None:
        await run.task.queue_frame(TextFrame("a"))
        await run.clock.sleep(0.1)
        times.append(texts(quick))
        await run.clock.sleep(10)

    in_a_run(lambda: Run(ParallelPipeline([Holds()], [quick])), play)
    assert times == [["a"]]


def test_the_end_leaves_when_every_branch_let_it_out() -> None:  # PAR-04
    behind = Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frames([LLMTextFrame("a"), EndFrame()])
        await run.clock.sleep(0.5)
        assert behind.of(EndFrame) == []
        await run.clock.sleep(2)

    in_a_run(lambda: Run(ParallelPipeline([Slow()], [Probe()]), behind), play)
    assert len(behind.of(EndFrame)) == 1


def test_what_goes_up_leaves_the_branches_once() -> None:
    before, inner, behind = Probe("before"), Probe("inner"), Probe("behind")

    async def play(run: Run) -> None:
        await behind.push_frame(TextFrame("up"), UP)
        await inner.push_error("from a branch")

    run = in_a_run(lambda: Run(before, ParallelPipeline([inner], [Probe()]), behind), play)
    assert len(before.of(TextFrame, direction=UP)) == 1
    assert len(run.codes()) == 1


def test_no_branch_is_no_parallel_pipeline() -> None:
    with pytest.raises(PipelineError):
        ParallelPipeline()
