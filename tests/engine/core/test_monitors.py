"""Watches over a running pipeline: idle time, heartbeats, the longest duration, tasks (TASK-24…32)."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bots.engine.core.outcome import EndReason
from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    BotSpeakingFrame,
    HeartbeatFrame,
    MetricsFrame,
    StartFrame,
    TextFrame,
)
from bots.engine.services.metrics import MeasuredProcessor
from tests.engine.core.probes import UP, Probe, Run, in_a_run


async def nothing(run: Run) -> None:
    pass


async def a_minute(run: Run) -> None:
    await run.clock.sleep(60)


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


def test_the_end_of_an_idle_call_can_be_its_own() -> None:  # TASK-28, CONF-11
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


def test_heartbeats_pass_through_every_processor_each_period() -> None:  # TASK-08, TASK-09, TASK-24, CONF-04
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
