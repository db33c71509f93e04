"""The supervisor: parameters, queues, ends, monitors (TASK-01…32)."""

import asyncio
import signal
from collections.abc import Mapping
from typing import Any

import pytest

from bots.engine.core.outcome import CATALOGUE, EndReason
from bots.engine.core.params import Deadlines, PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.runner import PipelineRunner
from bots.engine.core.task import PipelineTask
from bots.engine.errors import PipelineError
from bots.engine.frames import (
    BotSpeakingFrame,
    CancelFrame,
    CancelTaskFrame,
    EndFrame,
    EndTaskFrame,
    ErrorFrame,
    Frame,
    HeartbeatFrame,
    MetricsFrame,
    StartFrame,
    TextFrame,
)
from bots.engine.services.metrics import MeasuredProcessor
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


# -- construction and parameters ------------------------------------------------------------------------------------


def test_the_defaults_are_the_documented_ones() -> None:  # TASK-05…15
    params = PipelineParams()
    assert (params.audio_in_sample_rate, params.audio_out_sample_rate) == (16000, 24000)
    assert (params.enable_heartbeats, params.heartbeats_period_secs) == (False, 1.0)
    assert (params.enable_metrics, params.enable_usage_metrics, params.report_only_initial_ttfb) == (False,) * 3
    assert params.send_initial_empty_metrics
    assert (params.start_metadata, params.interruption_strategies) == ({}, ())


def test_parameters_travel_in_the_start_frame_which_comes_first() -> None:  # TASK-05…15
    probe = Probe()
    params = PipelineParams(
        audio_in_sample_rate=8000, audio_out_sample_rate=8000, enable_metrics=True, start_metadata={"who": "x"}
    )  # fmt: skip
    in_a_run(lambda: Run(probe, params=params), nothing)
    first = probe.seen[0][0]
    assert isinstance(first, StartFrame)
    assert (first.audio_in_sample_rate, first.audio_out_sample_rate) == (8000, 8000)
    assert first.enable_metrics
    assert first.start_metadata == {"who": "x"}


def test_a_conversation_has_an_id_of_its_own_unless_it_is_given() -> None:  # TASK-01
    async def main() -> None:
        assert PipelineTask(Probe(), conversation_id="c1").conversation_id == "c1"
        assert len(PipelineTask(Probe()).conversation_id) == 36

    run_virtual(main())


def test_tracing_is_refused_and_not_ignored() -> None:
    async def main() -> None:
        with pytest.raises(PipelineError):
            PipelineTask(Probe(), enable_tracing=True)

    run_virtual(main())


def test_a_task_runs_once() -> None:  # TASK-18
    async def again(run: Run) -> None:
        with pytest.raises(PipelineError):
            await run.task.run()

    in_a_run(lambda: Run(Probe()), again)


# -- queueing and ends ------------------------------------------------------------------------------------------------


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


# -- start ------------------------------------------------------------------------------------------------------------


def test_the_call_starts_when_every_processor_is_ready_side_by_side() -> None:
    class Connecting(FrameProcessor):
        async def start(self, frame: StartFrame) -> None:
            await self.clock.sleep(3)

    started: list[float] = []

    class Notes(FrameProcessor):
        @handles(StartFrame)
        async def note(self, frame: StartFrame) -> None:
            started.append(self.clock.now())

    in_a_run(lambda: Run(Connecting(), Connecting(), Notes()), nothing)
    assert started == [pytest.approx(3.0)]


def test_the_limit_of_the_start_is_one_for_all_processors_together() -> None:
    class Connecting(FrameProcessor):
        def __init__(self, seconds: float) -> None:
            super().__init__()
            self.seconds = seconds

        async def start(self, frame: StartFrame) -> None:
            await self.clock.sleep(self.seconds)

    async def main() -> None:
        task = PipelineTask(Pipeline([Connecting(seconds) for seconds in (4.0, 8.0, 12.0, 16.0)]))
        outcome = await task.run()
        assert outcome.reason is EndReason.START_FAILED
        assert outcome.duration_s < 11

    run_virtual(main())


# -- runner -----------------------------------------------------------------------------------------------------------


def test_the_runner_ends_a_task_on_an_interrupt_signal_where_it_may() -> None:  # TASK-17
    async def main() -> None:
        loop = asyncio.get_running_loop()
        task = PipelineTask(Probe())
        running = asyncio.create_task(PipelineRunner(handle_sigint=True, force_gc=True).run(task))
        await asyncio.sleep(0.1)
        loop.call_soon(signal.raise_signal, signal.SIGINT)
        outcome = await running
        assert outcome.reason is EndReason.CANCELLED

    with asyncio.Runner() as runner:
        runner.run(main())


# -- monitors ---------------------------------------------------------------------------------------------------------


def test_an_idle_pipeline_tells_and_is_cancelled_after_the_handler() -> None:  # TASK-04, TASK-27
    told: list[float] = []

    def make() -> Run:
        run = Run(Probe(), idle_timeout_secs=30.0)

        @run.task.event_handler("on_idle_timeout")
        async def idle(task: PipelineTask) -> None:
            await run.clock.sleep(0.5)
            told.append(run.clock.now())

        return run

    run = in_a_run(make, a_minute)
    assert told == [pytest.approx(30.5, abs=0.01)]
    assert run.outcome is not None and run.outcome.reason is EndReason.IDLE_TIMEOUT


def test_activity_puts_the_idle_end_off() -> None:  # TASK-27
    probe = Probe()

    async def play(run: Run) -> None:
        for _ in range(5):
            await run.clock.sleep(20)
            await probe.push_frame(BotSpeakingFrame(), UP)
        assert run.task.state == "running"

    in_a_run(lambda: Run(probe, idle_timeout_secs=30.0), play)


def test_a_handler_that_never_returns_does_not_keep_an_idle_call() -> None:
    def make() -> Run:
        run = Run(Probe(), idle_timeout_secs=10.0)

        @run.task.event_handler("on_idle_timeout")
        async def idle(task: PipelineTask) -> None:
            await asyncio.Event().wait()

        return run

    run = in_a_run(make, a_minute)
    assert run.outcome is not None and run.outcome.reason is EndReason.IDLE_TIMEOUT


def test_the_end_of_an_idle_call_can_be_its_own() -> None:  # TASK-28
    probe = Probe()

    def make() -> Run:
        run = Run(probe, idle_timeout_secs=10.0, cancel_on_idle_timeout=False)

        @run.task.event_handler("on_idle_timeout")
        async def idle(task: PipelineTask) -> None:
            await task.queue_frame(TextFrame("farewell"))
            await task.stop_when_done(EndReason.IDLE_TIMEOUT)

        return run

    run = in_a_run(make, a_minute)
    assert len(probe.of(TextFrame)) == 1
    assert run.outcome is not None and run.outcome.reason is EndReason.IDLE_TIMEOUT


def test_without_a_time_nothing_is_idle() -> None:  # TASK-29
    async def long(run: Run) -> None:
        await run.clock.sleep(10_000)
        assert run.task.state == "running"

    in_a_run(lambda: Run(Probe(), idle_timeout_secs=None), long)


def test_the_longest_duration_ends_a_call() -> None:
    run = in_a_run(lambda: Run(Probe(), max_duration_secs=42.0), a_minute)
    assert run.outcome is not None
    assert run.outcome.reason is EndReason.MAX_DURATION
    assert run.outcome.duration_s == pytest.approx(42.0, abs=0.01)


def test_heartbeats_pass_through_every_processor_each_period() -> None:  # TASK-08, TASK-09, TASK-24
    probe = Probe()
    in_a_run(lambda: Run(probe, params=PipelineParams(enable_heartbeats=True, heartbeats_period_secs=2.0)), a_minute)
    assert len(probe.of(HeartbeatFrame)) in (30, 31)


def test_missing_heartbeats_are_noted_with_the_seconds() -> None:  # TASK-25
    class Blocked(FrameProcessor):
        @handles(HeartbeatFrame, consume=True)
        async def hold(self, frame: HeartbeatFrame) -> None:
            pass

    run = in_a_run(lambda: Run(Blocked(), params=PipelineParams(enable_heartbeats=True)), a_minute)
    missing = [event.data["heartbeat_missing_s"] for event in run.events if event.kind == "metrics"]
    assert missing[0] == pytest.approx(10.0)


def test_a_task_that_does_not_report_is_warned_of_and_left_alone(caplog: pytest.LogCaptureFixture) -> None:  # TASK-31
    class Silent(FrameProcessor):
        async def start(self, frame: StartFrame) -> None:
            self.create_task(self.clock.sleep(30), "silent")
            self.create_task(self.reports(), "reporting")

        async def reports(self) -> None:
            for _ in range(30):
                self.reset_watchdog()
                await self.clock.sleep(1)

    in_a_run(lambda: Run(Silent(), enable_watchdog_timers=True), a_minute)
    warned = {vars(record)["task"] for record in caplog.records if record.message == "a task does not report"}
    assert warned == {"silent"}


class Measured(MeasuredProcessor):
    pass


@pytest.mark.parametrize(("wanted", "count"), [({}, 0), ({"enable_metrics": True}, 1)])
def test_an_empty_metrics_frame_comes_at_the_start(wanted: Mapping[str, Any], count: int) -> None:  # TASK-13, MET-06
    probe = Probe()
    in_a_run(lambda: Run(Measured(), probe, params=PipelineParams(**wanted)), nothing)
    frames = probe.of(MetricsFrame)
    assert len(frames) == count
    assert all([entry.processor for entry in frame.data] == ["Measured#0"] * 2 for frame in frames)
