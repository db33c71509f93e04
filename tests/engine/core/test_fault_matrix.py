"""Whatever a processor does, its call ends within five seconds and leaves nothing behind (TASK-23, lessons T2)."""

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.blocks.recorder import CallRecorder
from bots.engine.core.outcome import EndReason
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import EndFrame, EndTaskFrame, Frame, FrameDirection, StartFrame, SystemFrame
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.loop import run_virtual

pytestmark = pytest.mark.property

PLACES = ("input", "rtvi", "stt", "user", "llm", "tts", "output", "recorder", "custom", "assistant")
DEADLINE = 5.0


class Nowhere:
    def write(self, track: str, offset: int, pcm: bytes) -> None:
        pass


class Custom(FrameProcessor):
    """A user's processor that receives everything, as the documents show it."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


async def for_ever(*args: Any) -> None:
    await asyncio.Event().wait()


async def stubborn() -> None:
    while True:
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            continue


def faulty(processor: FrameProcessor, **members: Any) -> None:
    """Give one processor other methods: its class becomes a subclass of what it was."""
    kind = type(processor)
    processor.__class__ = type(f"Faulty{kind.__name__}", (kind,), members)


def everything(act: Callable[[FrameProcessor, Frame, FrameDirection], Any]) -> Callable[..., Any]:
    async def process_frame(self: FrameProcessor, frame: Frame, direction: FrameDirection) -> None:
        if await act(self, frame, direction):
            await self.push_frame(frame, direction)

    return process_frame


def ignores_end(processor: FrameProcessor) -> None:
    async def act(self: FrameProcessor, frame: Frame, direction: FrameDirection) -> bool:
        return not isinstance(frame, EndFrame)

    faulty(processor, process_frame=everything(act))


def swallows_cancel(processor: FrameProcessor) -> None:
    async def act(self: FrameProcessor, frame: Frame, direction: FrameDirection) -> bool:
        if isinstance(frame, StartFrame):
            self.create_task(stubborn(), "stubborn")
        elif not isinstance(frame, SystemFrame):
            await stubborn()
        return True

    faulty(processor, process_frame=everything(act), waits=True)


def blocks_on_send(processor: FrameProcessor) -> None:
    async def act(self: FrameProcessor, frame: Frame, direction: FrameDirection) -> bool:
        if not isinstance(frame, StartFrame):
            await for_ever()
        return True

    faulty(processor, process_frame=everything(act))


def blocks_on_start_frame(processor: FrameProcessor) -> None:
    faulty(processor, process_frame=everything(for_ever))


def raises(processor: FrameProcessor) -> None:
    async def act(self: FrameProcessor, frame: Frame, direction: FrameDirection) -> bool:
        raise RuntimeError("broken")

    faulty(processor, process_frame=everything(act))


def never_connects(processor: FrameProcessor) -> None:
    faulty(processor, start=for_ever)


def swallows_cancel_while_connecting(processor: FrameProcessor) -> None:
    async def start(self: FrameProcessor, frame: StartFrame) -> None:
        await stubborn()

    faulty(processor, start=start)


def fails_to_start(processor: FrameProcessor) -> None:
    async def start(self: FrameProcessor, frame: StartFrame) -> None:
        raise ConnectionError("refused")

    faulty(processor, start=start)


def raises_in_cleanup(processor: FrameProcessor) -> None:
    async def cleanup(self: FrameProcessor) -> None:
        raise RuntimeError("broken")

    faulty(processor, cleanup=cleanup)


def hangs_in_cleanup(processor: FrameProcessor) -> None:
    faulty(processor, cleanup=for_ever)


def swallows_cancel_in_cleanup(processor: FrameProcessor) -> None:
    async def cleanup(self: FrameProcessor) -> None:
        await stubborn()

    faulty(processor, cleanup=cleanup)


def raises_when_interrupted(processor: FrameProcessor) -> None:
    def on_interruption(self: FrameProcessor) -> None:
        raise RuntimeError("broken")

    faulty(processor, on_interruption=on_interruption)


FAULTS = (
    ignores_end,
    swallows_cancel,
    blocks_on_send,
    blocks_on_start_frame,
    raises,
    never_connects,
    swallows_cancel_while_connecting,
    fails_to_start,
    raises_in_cleanup,
    hangs_in_cleanup,
    swallows_cancel_in_cleanup,
    raises_when_interrupted,
)


def call_with(place: str, fault: Callable[[FrameProcessor], None]) -> ScriptedCall:
    def arrange(parts: CallParts) -> list[FrameProcessor]:
        processors: dict[str, FrameProcessor] = {
            "input": parts.transport.input(),
            "rtvi": RTVIProcessor(transport=parts.transport),
            "stt": parts.stt,
            "user": parts.pair.user(),
            "llm": parts.llm,
            "tts": parts.tts,
            "output": parts.transport.output(),
            "recorder": CallRecorder(Nowhere()),
            "custom": Custom(),
            "assistant": parts.pair.assistant(),
        }
        fault(processors[place])
        return list(processors.values())

    return ScriptedCall(replies=["One two three four five.", "Six seven."], arrange=arrange)


class Ends:
    """How calls are brought to their end; each notes when."""

    at: float = 0.0

    async def talk(self, call: LiveCall) -> None:
        for words in ("hello", "go on"):
            try:
                async with asyncio.timeout(2.0):
                    await call.say(words)
                    await call.wait(0.7)
            except TimeoutError:
                pass  # a processor holds the microphone's frames

    async def by_hanging_up(self, call: LiveCall) -> None:
        await self.talk(call)
        self.at = call.clock.now()
        await call.hang_up()

    async def by_an_end_frame(self, call: LiveCall) -> None:
        await self.talk(call)
        await call.bot_silent(limit=5.0)
        self.at = call.clock.now()
        await call.queue(EndFrame())
        await call.wait(DEADLINE + 5.0)

    async def from_inside(self, call: LiveCall) -> None:
        await self.talk(call)
        await call.bot_silent(limit=5.0)
        self.at = call.clock.now()
        call.task._scope.spawn(
            call.parts.pair.assistant().push_frame(EndTaskFrame(), FrameDirection.UPSTREAM), "end from inside"
        )
        await call.wait(0.5)
        await call.task.cancel()


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_a_call_ends_in_time_and_leaves_nothing(place: str, fault: Callable[[FrameProcessor], None]) -> None:
    async def main(name: str) -> tuple[CallRecord, Ends, list[str]]:
        ends = Ends()
        record = await call_with(place, fault).perform(getattr(ends, name))
        left = [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        return record, ends, left

    threads, files = threading.active_count(), descriptors()
    ways = ("by_hanging_up", "by_an_end_frame", *(("from_inside",) if place == "custom" else ()))
    for name in ways:
        record, ends, left = run_virtual(main(name))
        assert left == []
        start_failed = record.outcome.reason is EndReason.START_FAILED
        cause_at = ends.at or (0.0 if fault is fails_to_start else 10.0)
        assert start_failed == (not ends.at)
        assert record.outcome.duration_s <= cause_at + DEADLINE
        assert record.events[-1].kind == "call.ended"
        assert [event.seq for event in record.events] == list(range(1, len(record.events) + 1))
    assert threading.active_count() == threads
    assert descriptors() == files


def test_the_faults_are_noticed() -> None:
    """A matrix whose faults did nothing would prove nothing."""
    play = Ends().by_an_end_frame
    healthy = call_with("custom", lambda processor: None).run(play)
    assert [event.kind for event in healthy.events].count("bot.turn") == 2
    assert not healthy.of("error")
    for fault, sign in (
        (raises, "engine.error"),
        (never_connects, "pipeline.start_timeout"),
        (fails_to_start, "engine.error"),
        (raises_in_cleanup, "engine.error"),
        (raises_when_interrupted, "engine.error"),
    ):
        record = call_with("custom", fault).run(play)
        assert sign in {event.data["code"] for event in record.of("error")}, fault.__name__
    assert call_with("custom", swallows_cancel).run(play).outcome.forced
    assert call_with("custom", swallows_cancel_in_cleanup).run(play).outcome.forced
    assert not call_with("llm", blocks_on_send).run(play).of("bot.turn")


def test_a_run_that_is_cancelled_from_outside_still_has_its_outcome() -> None:
    async def main() -> PipelineTask:
        task = PipelineTask(Custom())
        running = asyncio.create_task(task.run())
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.sleep(0)
        running.cancel()
        await asyncio.wait({running})
        assert running.cancelled()
        return task

    task = run_virtual(main())
    assert task.outcome is not None and task.outcome.reason is EndReason.SERVER_SHUTDOWN
    assert task.has_finished()
