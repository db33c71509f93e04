"""The caller who says nothing (TASK-33…36)."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.user_idle import UserIdleProcessor
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    EndTaskFrame,
    Frame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    TTSSpeakFrame,
    UserIdleFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    UserTextFrame,
)
from tests.engine.core.probes import UP, Probe, Run, in_a_run

STARTED, STOPPED = UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()
Fired = list[tuple[float, int]]


def watched(*steps: Frame | float, until: int = 99, timeout: float = 5.0) -> Fired:
    """When the callback came, and with which count; frames of the bot travel upstream."""
    fired: Fired = []
    behind = Probe("behind")

    async def idle(processor: UserIdleProcessor, retry_count: int) -> bool:
        assert processor.retry_count == retry_count
        fired.append((round(processor.clock.now(), 1), retry_count))
        return retry_count < until

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, float):
                await run.clock.sleep(step)
            elif isinstance(step, EndFrame) or not str(step).startswith(("Bot", "Function")):
                await run.task.queue_frame(step)
            else:
                await behind.push_frame(step, UP)

    in_a_run(lambda: Run(UserIdleProcessor(idle, timeout), behind), play)
    return fired


def test_it_calls_back_after_each_silence_and_counts() -> None:  # TASK-33, TASK-34
    assert watched(STARTED, STOPPED, 16.0) == [(5.0, 1), (10.0, 2), (15.0, 3)]


def test_false_ends_the_watch_for_good() -> None:  # TASK-34
    assert watched(STARTED, STOPPED, 20.0, STARTED, STOPPED, 20.0, until=2) == [(5.0, 1), (10.0, 2)]


@pytest.mark.parametrize(("first", "fires"), [
    ((), []), ((STOPPED,), []), ((STARTED, STOPPED), [(5.0, 1)]), ((BotSpeakingFrame(),), [(5.0, 1)]),
    ((UserTextFrame("hi"),), [(5.0, 1)]),
])  # fmt: skip
def test_the_watch_begins_with_the_first_speech(first: tuple[Frame, ...], fires: Fired) -> None:  # TASK-35
    assert watched(*first, 9.0) == fires


def test_nobody_is_asked_while_somebody_speaks() -> None:  # TASK-35
    bot = (BotStartedSpeakingFrame(), 20.0, BotSpeakingFrame(), 20.0, BotStoppedSpeakingFrame(), 4.9)
    assert watched(STARTED, 20.0, STOPPED, 4.9) == []
    assert watched(*bot) == []
    assert watched(STARTED, *bot, STOPPED, 5.1) == [(49.9, 1)]


def test_speech_of_the_bot_puts_the_question_off_and_speech_of_the_caller_sets_the_count_back() -> None:  # TASK-35
    speaking = BotSpeakingFrame()
    assert watched(speaking, 4.0, speaking, 4.0, speaking, 5.5) == [(13.0, 1)]
    assert watched(STARTED, STOPPED, 11.0, STARTED, STOPPED, 6.0) == [(5.0, 1), (10.0, 2), (16.0, 1)]


def test_a_running_function_is_no_silence() -> None:
    call = FunctionCallInProgressFrame("look", "1", {})
    result = FunctionCallResultFrame("look", "1", {}, "done")
    assert watched(STARTED, STOPPED, call, 20.0, result, 5.1) == [(25.0, 1)]


def test_the_end_ends_the_watch() -> None:  # TASK-35
    assert watched(STARTED, STOPPED, EndFrame(), 20.0) == []


def test_the_basic_callback_is_called_again_and_again() -> None:  # TASK-34
    fired: list[float] = []

    async def idle(processor: UserIdleProcessor) -> None:
        fired.append(round(processor.clock.now(), 1))

    async def play(run: Run) -> None:
        await run.task.queue_frames([STARTED, STOPPED])
        await run.clock.sleep(11)

    in_a_run(lambda: Run(UserIdleProcessor(callback=idle, timeout=5.0)), play)
    assert fired == [5.0, 10.0]


def test_a_callback_that_fails_is_told_of_and_the_watch_goes_on() -> None:
    async def idle(processor: UserIdleProcessor) -> None:
        raise RuntimeError("no")

    async def play(run: Run) -> None:
        await run.task.queue_frames([STARTED, STOPPED])
        await run.clock.sleep(11)

    assert in_a_run(lambda: Run(UserIdleProcessor(idle, 5.0)), play).codes() == ["engine.error"] * 2


@pytest.mark.parametrize("farewell", [EndTaskFrame, EndFrame])
def test_the_documented_escalation_says_goodbye_and_ends(farewell: Callable[[], Frame]) -> None:  # TASK-36
    behind = Probe("behind")

    async def idle(processor: UserIdleProcessor, retry_count: int) -> bool:
        lines = {1: "Are you still there?", 2: "Shall we go on?", 3: "Goodbye."}
        await processor.push_frame(TTSSpeakFrame(lines[retry_count]))
        if retry_count == 3:
            await processor.push_frame(farewell(), UP)
        return retry_count < 3

    async def play(run: Run) -> None:
        await run.task.queue_frames([STARTED, STOPPED])
        await run.clock.sleep(20)
        assert run.task.state == "finished"

    run = in_a_run(lambda: Run(UserIdleProcessor(idle, timeout=5.0), behind), play)
    assert [frame.text for frame in behind.of(TTSSpeakFrame)][-1] == "Goodbye."
    assert [frame.count for frame in behind.of(UserIdleFrame)] == [1, 2, 3]
    assert len(behind.of(TTSSpeakFrame)) == 3 and len(behind.of(EndFrame)) == 1
    assert run.outcome is not None and run.outcome.reason == "bot_ended"


async def one(processor: Any) -> None: ...


async def none() -> None: ...


@pytest.mark.parametrize(
    ("callback", "timeout", "parameter"),
    [(None, 5.0, "callback"), (none, 5.0, "callback"), (one, 0, "timeout"), (one, -1.0, "timeout"),
     (one, None, "timeout")],
)  # fmt: skip
def test_both_arguments_must_make_sense(  # TASK-33
    callback: Callable[..., Awaitable[Any]], timeout: float, parameter: str
) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        UserIdleProcessor(callback, timeout)
