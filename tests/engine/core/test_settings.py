"""What a pipeline and its task refuse, and the constants they name (TASK-01, TASK-05…16, TASK-25, CONF-05)."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from bots.engine.core.observer import BaseObserver
from bots.engine.core.params import HEARTBEAT_MONITOR_SECONDS, HEARTBEAT_SECONDS, TELEPHONY, PipelineParams
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.settings import SettingWrong
from bots.engine.core.task import PipelineTask
from bots.engine.core.tasks import BaseTaskManager, TaskManager
from bots.engine.errors import EngineError
from bots.engine.frames import BotSpeakingFrame, LLMFullResponseEndFrame, StartFrame, TextFrame
from bots.engine.testing.call import LiveCall, ScriptedCall
from bots.engine.testing.loop import run_virtual
from tests.engine.core.probes import Probe, Run, in_a_run, send


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [
        ({"audio_in_sample_rate": 0}, "audio_in_sample_rate"),
        ({"audio_out_sample_rate": 24000.0}, "audio_out_sample_rate"),
        ({"audio_out_sample_rate": True}, "audio_out_sample_rate"),
        ({"heartbeats_period_secs": 0}, "heartbeats_period_secs"),
        ({"heartbeats_monitor_secs": float("nan")}, "heartbeats_monitor_secs"),
        ({"start_metadata": ["a"]}, "start_metadata"),
        ({"interruption_strategies": "words"}, "interruption_strategies"),
        ({"observers": None}, "observers"),
    ],
)
def test_parameters_that_cannot_be_meant_are_refused(wrong: dict[str, Any], parameter: str) -> None:  # TASK-05…15
    with pytest.raises(SettingWrong, match=parameter) as refused:
        PipelineParams(**wrong)
    assert isinstance(refused.value, EngineError) and isinstance(refused.value, ValueError)


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [({"idle_timeout_secs": 0}, "idle_timeout_secs"), ({"idle_timeout_frames": ()}, "idle_timeout_frames"),
     ({"idle_timeout_frames": (str,)}, "idle_timeout_frames"), ({"max_duration_secs": -1}, "max_duration_secs")],
)  # fmt: skip
def test_a_task_refuses_what_it_cannot_mean(wrong: dict[str, Any], parameter: str) -> None:  # TASK-01
    async def main() -> None:
        with pytest.raises(SettingWrong, match=parameter):
            PipelineTask(Probe(), **wrong)

    run_virtual(main())


def test_the_heartbeat_has_the_documented_constants() -> None:  # TASK-25, CONF-01
    assert (HEARTBEAT_SECONDS, HEARTBEAT_MONITOR_SECONDS) == (1.0, 10.0)


def test_five_minutes_without_the_two_activity_frames_are_idle_by_default() -> (
    None
):  # TASK-01, TASK-29, CONF-02, CONF-03
    import inspect

    defaults = {name: one.default for name, one in inspect.signature(PipelineTask.__init__).parameters.items()}
    assert defaults["idle_timeout_secs"] == 300
    assert defaults["idle_timeout_frames"] == (BotSpeakingFrame, LLMFullResponseEndFrame)
    assert defaults["check_dangling_tasks"] and defaults["cancel_on_idle_timeout"] and defaults["enable_turn_tracking"]
    assert (defaults["watchdog_timeout_secs"], defaults["enable_watchdog_timers"]) == (5.0, False)
    assert defaults["enable_watchdog_logging"] is defaults["enable_tracing"] is False
    assert defaults["task_manager"] is defaults["conversation_id"] is defaults["additional_span_attributes"] is None


def test_a_phone_call_takes_8000_hz_both_ways() -> None:  # TASK-16, TASK-06, TASK-07
    rates: list[int] = []

    async def play(call: LiveCall) -> None:
        rates.extend((call.parts.tts.sample_rate, call.parts.transport.output().sample_rate))
        await call.say("hello", at=0.5)
        await call.bot_silent()

    record = ScriptedCall(["Hello there."], params=TELEPHONY).run(play)
    assert rates == [8000, 8000] and TELEPHONY.audio_in_sample_rate == 8000 and TELEPHONY.allow_interruptions
    assert record.transcript == [("user", "hello"), ("bot", "Hello there.")]


def test_observers_may_stand_in_the_params_or_the_task() -> None:  # CONF-05
    class Counting(BaseObserver):
        frame_types = (TextFrame,)

        def __init__(self) -> None:
            self.count = 0

        async def on_push_frame(self, *hop: object) -> None:
            self.count += 1

    old, new = Counting(), Counting()
    in_a_run(
        lambda: Run(Probe(), params=PipelineParams(observers=[old]), observers=[new]),  # type: ignore[arg-type]
        lambda run: send(run, TextFrame("a")),
    )
    assert old.count == new.count > 0


def test_tasks_are_made_by_the_manager_that_was_given() -> None:  # TASK-01
    class Naming(BaseTaskManager):
        def __init__(self) -> None:
            self.made: list[asyncio.Task[Any]] = []

        def create_task(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
            self.made.append(asyncio.get_running_loop().create_task(coroutine, name=f"call 7: {name}"))
            return self.made[-1]

        def current_tasks(self) -> Sequence[asyncio.Task[Any]]:
            return [task for task in self.made if not task.done()]

    class Works(FrameProcessor):
        async def start(self, frame: StartFrame) -> None:
            self.create_task(self.clock.sleep(100), "work")

    manager = Naming()

    async def play(run: Run) -> None:
        assert [task.get_name() for task in manager.current_tasks() if "work" in task.get_name()] == ["call 7: work"]

    run = in_a_run(lambda: Run(Works(), task_manager=manager), play)
    assert run.task.task_manager is manager and manager.current_tasks() == []


def test_the_default_manager_knows_what_runs() -> None:  # TASK-01
    async def play(run: Run) -> None:
        assert isinstance(run.task.task_manager, TaskManager)
        assert run.task.task_manager.current_tasks()

    run = in_a_run(lambda: Run(Probe(), idle_timeout_secs=10.0), play)
    assert run.task.task_manager.current_tasks() == ()


@pytest.mark.parametrize("check", [True, False])
def test_tasks_that_had_to_be_forced_are_warned_of(check: bool, caplog: pytest.LogCaptureFixture) -> None:  # TASK-01
    class Stubborn(FrameProcessor):
        async def start(self, frame: StartFrame) -> None:
            self.create_task(self.stays(), "stays")

        async def stays(self) -> None:
            while True:
                try:
                    await self.clock.sleep(100)
                except asyncio.CancelledError:
                    continue

    async def nothing(run: Run) -> None:
        await run.clock.sleep(0.1)

    run = in_a_run(lambda: Run(Stubborn(), check_dangling_tasks=check), nothing)
    warned = [record for record in caplog.records if record.message == "parts of a call had to be forced to end"]
    assert len(warned) == int(check)
    assert run.outcome is not None and run.outcome.forced == ("stays",)
