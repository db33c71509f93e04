"""Filters that decide frame by frame (FILT-01…04)."""

from collections.abc import Callable

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.filters import FrameFilter, FunctionFilter, IdentityFilter, NullFilter
from bots.engine.core.parallel import ParallelPipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import EngineError
from bots.engine.frames import (
    EndFrame,
    Frame,
    FrameDirection,
    HeartbeatFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    TextFrame,
    UserStartedSpeakingFrame,
)
from tests.engine.core.probes import DOWN, UP, Probe, Run, in_a_run

SENT = (TextFrame("short"), LLMTextFrame("long enough"), OutputAudioRawFrame(b"\0\0", 16000), HeartbeatFrame(0.0))


def passed(make: Callable[[], FrameProcessor]) -> tuple[list[str], list[str]]:
    """What a filter lets through of data, control, system and end frames: downstream, upstream."""
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        for frame in (*SENT, UserStartedSpeakingFrame(), EndFrame()):
            await before.push_frame(frame)
        for frame in (*SENT, UserStartedSpeakingFrame()):
            await behind.push_frame(frame, UP)

    in_a_run(lambda: Run(before, make(), behind), play)
    lifecycle = ("StartFrame", "CancelFrame")
    down = [str(frame) for frame, way in behind.seen if way is DOWN and str(frame) not in lifecycle]
    return down, [str(frame) for frame, way in before.seen if way is UP]


DATA = [str(frame) for frame in SENT]
SYSTEM = ["UserStartedSpeakingFrame"]


def test_a_frame_filter_passes_its_types_and_what_must_pass() -> None:  # FILT-01
    down, up = passed(lambda: FrameFilter(types=(TextFrame,)))
    assert down == ["TextFrame", "LLMTextFrame", *SYSTEM, "EndFrame"]
    assert up == ["TextFrame", "LLMTextFrame", *SYSTEM]


@pytest.mark.parametrize("direction", [FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM])
def test_a_function_filter_asks_about_one_direction(direction: FrameDirection) -> None:  # FILT-02
    asked: list[str] = []

    async def is_long(frame: Frame) -> bool:
        asked.append(str(frame))
        return isinstance(frame, TextFrame) and len(frame.text) > 10

    down, up = passed(lambda: FunctionFilter(filter=is_long, direction=direction))
    filtered, whole = (down, up) if direction is DOWN else (up, down)
    end = ["EndFrame"]
    assert filtered == ["LLMTextFrame", *SYSTEM] + (end if direction is DOWN else [])
    assert whole == [*DATA, *SYSTEM] + ([] if direction is DOWN else end)
    assert asked == DATA


def test_a_function_that_fails_drops_the_frame_and_is_reported() -> None:  # FILT-02, FRM-04
    behind = Probe("behind")

    async def fails(frame: Frame) -> bool:
        raise RuntimeError("no")

    async def play(run: Run) -> None:
        await run.task.queue_frame(TextFrame("a"))

    run = in_a_run(lambda: Run(FunctionFilter(fails), behind), play)
    assert behind.of(TextFrame) == []
    assert run.codes() == ["engine.error"]


def test_the_identity_passes_everything() -> None:  # FILT-03
    assert passed(IdentityFilter) == ([*DATA, *SYSTEM, "EndFrame"], [*DATA, *SYSTEM])


def test_branches_of_identities_show_no_frame_twice() -> None:  # FILT-03, PAR-03
    down, up = passed(lambda: ParallelPipeline([IdentityFilter()], [IdentityFilter()]))
    assert sorted(down) == sorted([*DATA, *SYSTEM, "EndFrame"])
    assert sorted(up) == sorted([*DATA, *SYSTEM])


def test_nothing_but_the_necessary_passes_the_null_filter() -> None:  # FILT-04
    assert passed(NullFilter) == ([*SYSTEM, "EndFrame"], SYSTEM)


def test_a_branch_that_ends_in_a_null_filter_ends_with_the_others() -> None:  # FILT-04, PAR-05
    inner, behind = Probe("inner"), Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frames([TextFrame("a"), EndFrame()])
        await run.clock.sleep(1)

    run = in_a_run(lambda: Run(ParallelPipeline([inner, NullFilter()], [NullFilter()]), behind), play)
    assert len(inner.of(TextFrame)) == 1 and behind.of(TextFrame) == []
    assert len(behind.of(EndFrame)) == 1
    assert run.outcome is not None and run.outcome.reason == "bot_ended"


@pytest.mark.parametrize(
    ("make", "parameter"),
    [
        (lambda: FrameFilter(()), "types"),
        (lambda: FrameFilter((str,)), "types"),  # type: ignore[arg-type]
        (lambda: FunctionFilter("no"), "filter"),  # type: ignore[arg-type]
        (lambda: FunctionFilter(print, "down"), "direction"),  # type: ignore[arg-type]
    ],
)
def test_what_a_filter_cannot_mean_is_refused(make: Callable[[], FrameProcessor], parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter) as refused:
        make()
    assert isinstance(refused.value, EngineError) and isinstance(refused.value, ValueError)
