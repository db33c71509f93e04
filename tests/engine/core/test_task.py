"""The supervisor: parameters, queues, ends, monitors (TASK-01…32)."""

import asyncio
import signal

import pytest

from bots.engine.core.outcome import EndReason
from bots.engine.core.params import PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.runner import PipelineRunner
from bots.engine.core.task import PipelineTask
from bots.engine.errors import PipelineError
from bots.engine.frames import (
    StartFrame,
    TextFrame,
)
from bots.engine.testing.loop import run_virtual
from tests.engine.core.probes import Probe, Run, in_a_run


async def nothing(run: Run) -> None:
    pass


async def a_minute(run: Run) -> None:
    await run.clock.sleep(60)


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


def test_a_task_runs_once() -> None:  # TASK-18
    async def again(run: Run) -> None:
        with pytest.raises(PipelineError):
            await run.task.run()

    in_a_run(lambda: Run(Probe()), again)


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


@pytest.mark.parametrize("steps", range(12))
def test_a_frame_queued_in_any_step_of_the_start_arrives(steps: int) -> None:  # TASK-02
    sent = TextFrame("early")

    class Begins(FrameProcessor):
        @handles(StartFrame)
        async def begin(self, frame: StartFrame) -> None:
            self.create_task(self.speak())

        async def speak(self) -> None:
            for _ in range(steps):
                await asyncio.sleep(0)
            await run_of[0].task.queue_frame(sent)

    probe = Probe()
    run_of: list[Run] = []

    def make() -> Run:
        run_of.append(Run(Begins(), probe))
        return run_of[0]

    async def a_moment(run: Run) -> None:
        await run.clock.sleep(0.1)

    in_a_run(make, a_moment)
    assert probe.of(TextFrame) == [sent]


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


@pytest.mark.heavy
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
