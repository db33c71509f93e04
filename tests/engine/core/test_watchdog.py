"""Watchdogs of a call, of a processor and of one task (TASK-30…32)."""

import asyncio
from typing import Any

import pytest

from bots.engine.core.processor import FrameProcessor
from bots.engine.core.settings import SettingWrong
from bots.engine.frames import StartFrame
from tests.engine.core.probes import Run, in_a_run


class Working(FrameProcessor):
    """Runs tasks that report or not, each with watchdog arguments of its own."""

    def __init__(self, *tasks: tuple[str, float, dict[str, Any]], **settings: Any) -> None:
        super().__init__(**settings)
        self._tasks = tasks

    async def start(self, frame: StartFrame) -> None:
        for name, period, settings in self._tasks:
            self.create_task(self.work(period), name, **settings)

    async def work(self, period: float) -> None:
        for _ in range(int(20 / period)):
            await self.clock.sleep(period)
            self.reset_watchdog()


def found(
    caplog: pytest.LogCaptureFixture, *tasks: tuple[str, float, dict[str, Any]],
    call: dict[str, Any] | None = None, processor: dict[str, Any] | None = None,
) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:  # fmt: skip
    """Warnings and logged times as (task, seconds)."""
    caplog.set_level("INFO", logger="bots.engine.core.watchdog")

    async def play(run: Run) -> None:
        await run.clock.sleep(21)

    in_a_run(lambda: Run(Working(*tasks, **(processor or {})), **(call or {})), play)

    def of(message: str) -> list[tuple[str, float]]:
        records = [vars(record) for record in caplog.records if record.message == message]
        return [(record["task"], round(record["seconds"], 1)) for record in records]

    return of("a task does not report"), of("task processing time")


def test_watchdogs_are_off_by_default(caplog: pytest.LogCaptureFixture) -> None:  # TASK-30
    assert found(caplog, ("slow", 10.0, {})) == ([], [])


def test_a_late_task_is_warned_of_once_a_timeout_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:  # TASK-31
    warned, logged = found(caplog, ("slow", 12.0, {}), ("quick", 1.0, {}), call={"enable_watchdog_timers": True})
    assert warned == [("slow", 5.0), ("slow", 10.0)] and logged == []


def test_the_times_between_reports_are_logged_on_request(caplog: pytest.LogCaptureFixture) -> None:  # TASK-32
    warned, logged = found(caplog, ("steady", 4.0, {}), call={"enable_watchdog_logging": True})
    assert warned == [] and logged == [("steady", 4.0)] * 5


def test_a_processor_has_watchdogs_of_its_own(caplog: pytest.LogCaptureFixture) -> None:  # TASK-30
    own = {"enable_watchdog_timers": True, "watchdog_timeout_secs": 2.0}
    assert found(caplog, ("slow", 3.0, {}), processor=own)[0][0] == ("slow", 2.0)


def test_one_task_may_differ_from_its_processor_and_the_call(caplog: pytest.LogCaptureFixture) -> None:  # TASK-30
    off, slack = {"enable_watchdog_timers": False}, {"watchdog_timeout_secs": 11.0, "enable_watchdog_logging": True}
    warned, logged = found(
        caplog, ("unwatched", 10.0, off), ("slack", 10.0, slack), ("strict", 10.0, {}),
        call={"enable_watchdog_timers": True}, processor={"watchdog_timeout_secs": 8.0},
    )  # fmt: skip
    assert {name for name, _ in warned} == {"strict"} and logged == [("slack", 10.0)] * 2


def test_only_tasks_of_processors_are_watched(caplog: pytest.LogCaptureFixture) -> None:  # TASK-31
    class Own(FrameProcessor):
        async def start(self, frame: StartFrame) -> None:
            self.task = asyncio.get_running_loop().create_task(self.clock.sleep(20), name="own")

        async def cleanup(self) -> None:
            await self.task

    async def play(run: Run) -> None:
        await run.clock.sleep(21)

    in_a_run(lambda: Run(Own(), enable_watchdog_timers=True), play)
    assert [record for record in caplog.records if record.message == "a task does not report"] == []


@pytest.mark.parametrize("where", ["call", "processor", "task"])
def test_a_timeout_is_above_zero(caplog: pytest.LogCaptureFixture, where: str) -> None:
    wrong = {"watchdog_timeout_secs": 0.0}
    if where == "task":
        codes: list[str] = []

        async def play(run: Run) -> None:
            codes.extend(run.codes())

        run = Working(("a", 1.0, wrong))
        in_a_run_that_fails(run, codes)
        assert codes == ["pipeline.setting"]
    else:
        with pytest.raises(SettingWrong, match="watchdog_timeout_secs"):
            found(caplog, ("a", 1.0, {}), **{where: wrong})


def in_a_run_that_fails(processor: FrameProcessor, codes: list[str]) -> None:
    from bots.engine.testing.loop import run_virtual

    async def main() -> None:
        run = Run(processor)
        await run.task.run()
        codes.extend(run.codes())

    run_virtual(main())
