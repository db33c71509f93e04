"""Branches side by side (PAR-01…05)."""

from collections.abc import Callable

import pytest

from bots.engine.core.parallel import ParallelPipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import PipelineError
from bots.engine.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    FrameDirection,
    LLMTextFrame,
    StartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
)
from bots.engine.testing.loop import run_virtual
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


def test_the_end_waits_for_a_branch_that_is_far_behind() -> None:  # PAR-03, PAR-04
    one, behind = Probe("one"), Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frames([*(TextFrame(str(number)) for number in range(700)), LLMTextFrame("slow")])
        await run.task.queue_frames([*(TextFrame(str(number)) for number in range(700, 900)), EndFrame()])
        await run.clock.sleep(0.5)
        assert behind.of(EndFrame) == []
        await run.clock.sleep(1)

    in_a_run(lambda: Run(ParallelPipeline([one], [Slow()]), behind), play)
    assert len(behind.of(EndFrame)) == 1
    assert len(texts(behind)) == len(set(texts(behind))) == 901


def test_an_end_that_a_branch_sends_of_itself_goes_on_at_once() -> None:  # PAR-04
    inner, behind = Probe("inner"), Probe("behind")

    async def play(run: Run) -> None:
        await inner.push_frame(EndFrame())
        assert len(behind.of(EndFrame)) == 1

    in_a_run(lambda: Run(ParallelPipeline([inner], [Probe("other")]), behind), play)


def test_start_and_cancel_go_on_when_every_branch_was_told() -> None:  # PAR-04
    order: list[str] = []

    class Notes(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if isinstance(frame, StartFrame | CancelFrame):
                order.append(f"{self.name} {frame}")
            await self.push_frame(frame, direction)

    async def nothing(run: Run) -> None:
        await run.clock.sleep(0.1)

    parts = lambda: [ParallelPipeline([Notes(name="one")], [Notes(name="two")]), Notes(name="behind")]  # noqa: E731
    in_a_run(lambda: Run(*parts()), nothing)
    names = ("one", "two", "behind")
    assert order == [f"{name} StartFrame" for name in names] + [f"{name} CancelFrame" for name in names]


def test_a_processor_belongs_to_one_branch() -> None:
    probe = Probe("twice")
    found = in_a_run_that_cannot_start(lambda: Run(ParallelPipeline([probe], [probe])))
    assert found == ["pipeline.setting"]


def test_a_backup_takes_over_in_the_documented_way() -> None:  # PAR-05
    """Gates before and an error detector behind the first service: names of an example, written here as processors."""
    open_gate = ["primary"]

    class Gate(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            if not isinstance(frame, TextFrame) or open_gate == [self.name]:
                await self.push_frame(frame, direction)

    class Fails(FrameProcessor):
        @handles(TextFrame, consume=True)
        async def on_text(self, frame: TextFrame) -> None:
            open_gate[:] = ["backup"]
            await self.push_frame(TextFrame("lost"))

    behind, backup = Probe("behind"), Probe("works")
    make = lambda: Run(  # noqa: E731
        ParallelPipeline([Gate(name="primary"), Fails()], [Gate(name="backup"), backup]), behind
    )
    in_a_run(make, lambda run: send(run, TextFrame("a"), TextFrame("b")))
    assert texts(backup)[-1:] == ["b"]


def in_a_run_that_cannot_start(make: Callable[[], Run]) -> list[str]:
    async def main() -> list[str]:
        run = make()
        await run.task.run()
        return run.codes()

    return run_virtual(main())
