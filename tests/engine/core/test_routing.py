"""Frames on their way: families, directions, handlers, order, errors, branches (FRM, PIPE, PAR)."""

import asyncio
from typing import Any

import pytest

from bots.engine.core.journal import Journal
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.errors import PipelineError, ProviderError
from bots.engine.frames import (
    DataFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    FrameDirection,
    InputAudioRawFrame,
    LLMRunFrame,
    LLMTextFrame,
    StartFrame,
    TextFrame,
    UserStartedSpeakingFrame,
)
from bots.engine.testing.loop import run_virtual
from tests.engine.core.probes import DOWN, UP, Probe, Run, in_a_run, send, texts

# -- handlers ---------------------------------------------------------------------------------------------------------


class Handling(FrameProcessor):
    def __init__(self) -> None:
        super().__init__()
        self.handled: list[Frame] = []

    @handles(TextFrame)
    async def on_text(self, frame: TextFrame) -> None:
        self.handled.append(frame)


def test_a_handled_frame_goes_on_exactly_once_and_a_subclass_is_handled_too() -> None:  # PIPE-01
    first, second = Handling(), Probe()
    in_a_run(lambda: Run(first, second), lambda run: send(run, TextFrame("a"), LLMTextFrame("b"), LLMRunFrame()))
    assert len(first.handled) == 2
    assert [type(frame).__name__ for frame, _ in second.seen][1:-1] == ["TextFrame", "LLMTextFrame", "LLMRunFrame"]


def test_a_consumed_frame_ends_there() -> None:
    class Eats(FrameProcessor):
        @handles(TextFrame, consume=True)
        async def eat(self, frame: TextFrame) -> None:
            pass

    probe = Probe()
    in_a_run(lambda: Run(Eats(), probe), lambda run: send(run, TextFrame("a"), LLMRunFrame()))
    assert texts(probe) == []
    assert len(probe.of(LLMRunFrame)) == 1


def test_a_handler_is_limited_to_its_direction() -> None:  # FRM-02
    class OneWay(FrameProcessor):
        def __init__(self) -> None:
            super().__init__()
            self.count = 0

        @handles(TextFrame, direction=UP)
        async def up(self, frame: TextFrame) -> None:
            self.count += 1

    one, before, after = OneWay(), Probe("before"), Probe("after")

    async def play(run: Run) -> None:
        await after.push_frame(TextFrame("up"), UP)
        await before.push_frame(TextFrame("down"))

    in_a_run(lambda: Run(before, one, after), play)
    assert one.count == 1
    assert [frame.text for frame in before.of(TextFrame, direction=UP)] == ["up"]
    assert texts(after) == ["down"]


def test_several_handlers_of_one_processor_see_the_frame_and_it_goes_on_once() -> None:
    class Two(FrameProcessor):
        def __init__(self) -> None:
            super().__init__()
            self.log: list[str] = []

        @handles(TextFrame)
        async def one(self, frame: TextFrame) -> None:
            self.log.append("one")

        @handles(DataFrame)
        async def two(self, frame: Frame) -> None:
            self.log.append("two")

    two, probe = Two(), Probe()
    in_a_run(lambda: Run(two, probe), lambda run: send(run, TextFrame("a")))
    assert two.log == ["one", "two"]
    assert texts(probe) == ["a"]


def test_a_subclass_may_take_a_handler_away_by_overriding_it() -> None:
    class Deaf(Handling):
        async def on_text(self, frame: TextFrame) -> None:
            raise AssertionError

    deaf, probe = Deaf(), Probe()
    in_a_run(lambda: Run(deaf, probe), lambda run: send(run, TextFrame("a")))
    assert texts(probe) == ["a"]


def test_process_frame_as_documented_receives_everything_and_runs_the_handlers_of_its_parent() -> None:  # PIPE-02
    class Documented(Handling):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            await super().process_frame(frame, direction)
            await self.push_frame(frame, direction)

    documented, probe = Documented(), Probe()
    in_a_run(lambda: Run(documented, probe), lambda run: send(run, TextFrame("a")))
    assert len(documented.handled) == 1
    assert texts(probe) == ["a"]


def test_a_processor_that_does_not_forward_blocks_the_frame() -> None:  # PIPE-02
    class Wall(FrameProcessor):
        async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
            pass

    probe = Probe()
    in_a_run(lambda: Run(Wall(), probe), lambda run: send(run, TextFrame("a")))
    assert probe.seen == []


# -- order ------------------------------------------------------------------------------------------------------------


class Slow(FrameProcessor):
    waits = True

    @handles(LLMTextFrame)
    async def work(self, frame: LLMTextFrame) -> None:
        await self.clock.sleep(1)


def test_order_is_kept_through_inboxes_for_what_is_handled_and_what_is_not() -> None:  # PIPE-07
    probe = Probe()
    sent = [LLMTextFrame("1"), TextFrame("2"), LLMTextFrame("3"), TextFrame("4"), EndFrame()]
    in_a_run(lambda: Run(Slow(), Slow(), probe), lambda run: send(run, *sent))
    assert texts(probe) == ["1", "2", "3", "4"]
    assert isinstance(probe.seen[-1][0], EndFrame)


def test_a_system_frame_overtakes_what_waits() -> None:  # FRM-03
    probe = Probe()

    async def play(run: Run) -> None:
        await send(run, LLMTextFrame("1"), UserStartedSpeakingFrame())

    in_a_run(lambda: Run(Slow(), probe), play)
    kinds = [type(frame).__name__ for frame, _ in probe.seen]
    assert kinds.index("UserStartedSpeakingFrame") < kinds.index("LLMTextFrame")


def test_a_slow_processor_does_not_hold_up_what_another_does() -> None:  # PIPE-08
    done: list[float] = []

    class Second(Slow):
        @handles(LLMTextFrame)
        async def work(self, frame: LLMTextFrame) -> None:
            await self.clock.sleep(1)
            done.append(self.clock.now())

    in_a_run(lambda: Run(Slow(), Second()), lambda run: send(run, *(LLMTextFrame(str(n)) for n in range(3))))
    assert done == [pytest.approx(second, abs=0.01) for second in (2, 3, 4)]


def test_a_full_inbox_drops_the_oldest_that_may_be_dropped_and_says_so() -> None:
    class Stuck(Slow):
        @handles(LLMTextFrame)
        async def work(self, frame: LLMTextFrame) -> None:
            await self.clock.sleep(100)

    stuck = Stuck()

    async def play(run: Run) -> None:
        await stuck.queue_frame(LLMTextFrame("held"))
        await run.clock.sleep(0.1)
        await stuck.queue_frame(EndFrame())
        for number in range(5000):
            await stuck.queue_frame(LLMTextFrame(str(number)))
        assert stuck.inbox is not None
        assert len(stuck.inbox) == 4096
        assert stuck.inbox.dropped == 905

    run = in_a_run(lambda: Run(stuck), play)
    assert run.codes() == ["pipeline.overflow"]


def test_queue_frame_feeds_one_processor_directly() -> None:  # PIPE-06
    first, second = Handling(), Handling()

    async def play(run: Run) -> None:
        await second.queue_frame(TextFrame("a"))

    in_a_run(lambda: Run(first, second), play)
    assert (len(first.handled), len(second.handled)) == (0, 1)


# -- errors -----------------------------------------------------------------------------------------------------------


class Broken(FrameProcessor):
    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    @handles(TextFrame)
    async def fail(self, frame: TextFrame) -> None:
        raise self.error


def test_a_failure_becomes_an_error_frame_of_that_processor_and_the_pusher_goes_on() -> None:  # FRM-04, PIPE-04
    before, probe, pushed = Probe("before"), Probe("behind"), []

    async def play(run: Run) -> None:
        await before.push_frame(TextFrame("a"))
        pushed.append("a")
        await before.push_frame(TextFrame("b"))

    run = in_a_run(lambda: Run(before, Broken(ValueError("secret 555")), probe), play)
    (error, _) = before.of(ErrorFrame, direction=UP)
    assert (error.processor, error.code, error.fatal) == ("Broken#0", "engine.error", False)
    assert "secret" not in error.error
    assert texts(probe) == ["a", "b"]
    assert pushed == ["a"]
    assert run.codes() == ["engine.error"] * 2


def test_an_error_of_the_tree_keeps_its_code_owner_and_next_step() -> None:
    before = Probe()
    in_a_run(lambda: Run(before, Broken(ProviderError("The voice is gone."))), lambda run: send(run, TextFrame("a")))
    (error,) = before.of(ErrorFrame, direction=UP)
    assert (error.code, error.owner, error.error) == ("provider.failed", "provider", "The voice is gone.")
    assert error.next_step


def test_a_processor_that_fails_on_errors_does_not_make_more_of_them() -> None:
    class Vicious(FrameProcessor):
        @handles(ErrorFrame)
        async def fail(self, frame: ErrorFrame) -> None:
            raise ValueError

    run = in_a_run(lambda: Run(Vicious(), Broken(ValueError())), lambda run: send(run, TextFrame("a")))
    assert run.codes() == ["engine.error"]


def test_a_push_without_a_pipeline_is_an_error_with_a_name() -> None:
    with pytest.raises(PipelineError, match="Probe"):
        Probe("Probe").push_frame(TextFrame("a"))
    with pytest.raises(PipelineError, match="before its pipeline runs"):
        _ = Probe().clock


# -- tasks and identity -----------------------------------------------------------------------------------------------


def test_tasks_of_a_processor_belong_to_the_call_and_their_failures_are_told() -> None:  # PIPE-05
    class Works(FrameProcessor):
        async def start(self, frame: StartFrame) -> None:
            self.create_task(self._fail(), "failing")
            self.endless = self.create_task(asyncio.Event().wait(), "endless")

        async def _fail(self) -> None:
            raise ValueError("secret")

    works = Works()

    async def play(run: Run) -> None:
        await run.clock.sleep(1)
        done = works.create_task(run.clock.sleep(1))
        await works.wait_for_task(done)
        assert done.done()
        await works.cancel_task(works.endless)
        assert works.endless.cancelled()
        works.create_task(run.clock.sleep(100), "left over")

    run = in_a_run(lambda: Run(works), play)
    assert run.codes() == ["engine.error"]
    assert run.outcome is not None and run.outcome.forced == ()


def test_processors_are_counted_by_class_within_their_pipeline() -> None:  # PIPE-10
    for _ in range(2):
        parts = [Handling(), Handling(), Probe("mine")]
        in_a_run(lambda parts=parts: Run(*parts), send)  # type: ignore[misc]
        assert [str(part) for part in parts] == ["Handling#0", "Handling#1", "mine"]


def test_every_event_handler_runs_in_order_even_behind_one_that_fails() -> None:  # PIPE-13
    async def main() -> None:
        probe, log = Probe(), []

        @probe.event_handler("on_it")
        async def first(emitter: Probe, value: int) -> None:
            log.append(("first", emitter, value))
            raise ValueError

        @probe.event_handler("on_it")
        async def second(emitter: Probe, value: int) -> None:
            log.append(("second", emitter, value))

        await probe.emit("on_it", 7)
        assert log == [("first", probe, 7), ("second", probe, 7)]

    run_virtual(main())


def test_an_inner_pipeline_is_as_if_its_parts_stood_there() -> None:  # PIPE-07
    first, last = Probe("first"), Probe("last")
    in_a_run(lambda: Run(Pipeline([first, Pipeline([Handling()])]), last), lambda run: send(run, TextFrame("a")))
    assert texts(first) == texts(last) == ["a"]


def test_audio_passes_processors_that_do_not_name_it_without_entering_them() -> None:
    class Strict(FrameProcessor):
        @handles(TextFrame)
        async def on_text(self, frame: TextFrame) -> None:
            pass

        async def deliver_now(self, frame: Frame, direction: FrameDirection) -> None:
            raise AssertionError

    probe = Probe()

    async def play(run: Run) -> None:
        await run.task.queue_frame(InputAudioRawFrame(b"\0\0", 16000))

    in_a_run(lambda: Run(Strict(), Strict(), probe), play)
    assert len(probe.of(InputAudioRawFrame, direction=DOWN)) == 1


def test_a_journal_of_its_own_is_made_where_none_is_given() -> None:
    async def main() -> Any:
        return PipelineTask(Probe()).journal

    assert isinstance(run_virtual(main()), Journal)
