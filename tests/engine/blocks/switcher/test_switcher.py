"""Several services of one kind, one of which works (PAR-05)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.switcher import (
    ServiceSwitcher,
    ServiceSwitcherStrategyFailover,
    ServiceSwitcherStrategyManual,
)
from bots.engine.core.outcome import EndReason
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import ProviderError, SpecError
from bots.engine.frames import (
    EndFrame,
    ErrorFrame,
    InterruptionFrame,
    LLMFullResponseStartFrame,
    ManuallySwitchServiceFrame,
    StartFrame,
    TextFrame,
    TTSSpeakFrame,
    TTSUpdateSettingsFrame,
)
from tests.engine.core.probes import UP, Probe, Run, in_a_run, texts

Step = TextFrame | ManuallySwitchServiceFrame | LLMFullResponseStartFrame | TTSSpeakFrame | EndFrame | float | None


class Answers(FrameProcessor):
    """Marks texts with its letter; fails on those that ``fails`` names, slow ones take a second."""

    waits = True

    def __init__(self, letter: str, *, fails: Callable[[], bool] = lambda: False, fatal: bool = False) -> None:
        super().__init__(name=letter)
        self.fails, self.fatal = fails, fatal
        self.interrupted: list[str] = []

    @handles(TextFrame, consume=True)
    async def on_text(self, frame: TextFrame) -> None:
        if "slow" in frame.text:
            await self.clock.sleep(1)
        if self.fails():
            await self.push_error("No answer.", ProviderError("No answer."), fatal=self.fatal)
            await self.push_frame(TextFrame("late"))
        else:
            await self.push_frame(TextFrame(f"{self.name}:{frame.text}"))

    @handles(InterruptionFrame)
    async def on_cut(self, frame: InterruptionFrame) -> None:
        self.interrupted.append(self.name)


def heard(switcher: Callable[[], ServiceSwitcher], *steps: Step, **options: Any) -> tuple[list[str], Run]:
    behind = Probe("behind")

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, float):
                await run.clock.sleep(step)
            elif step is not None:
                await run.task.queue_frame(step)
        await run.clock.sleep(3)

    run = in_a_run(lambda: Run(switcher(), behind, **options), play)
    return texts(behind), run


def switches(run: Run) -> list[tuple[str, str, str]]:
    data = [event.data for event in run.events if event.kind == "service.switched"]
    return [(entry["from"], entry["to"], entry["reason"]) for entry in data]


def test_the_first_works_until_another_is_asked_for_by_name_or_itself() -> None:  # PAR-05
    a, b, c = Answers("A"), Answers("B"), Answers("C")
    said, run = heard(
        lambda: ServiceSwitcher([a, b, c], ServiceSwitcherStrategyManual()),
        TextFrame("1"), ManuallySwitchServiceFrame(b), TextFrame("2"), ManuallySwitchServiceFrame("C"), TextFrame("3"),
        0.1, ManuallySwitchServiceFrame("unknown"), TextFrame("4"),
    )  # fmt: skip
    assert said == ["A:1", "B:2", "C:3", "C:4"]
    assert switches(run) == [("A", "B", "manual"), ("B", "C", "manual")]


def test_what_was_asked_of_the_former_service_is_still_said_after_a_switch_by_hand() -> None:
    a, b = Answers("A"), Answers("B")
    said, _ = heard(lambda: ServiceSwitcher([a, b]), TextFrame("slow"), 0.1, ManuallySwitchServiceFrame(b),
                    TextFrame("2"))  # fmt: skip
    assert said == ["B:2", "A:slow"]


def test_by_hand_only_means_that_a_failure_changes_nothing() -> None:
    a, b = Answers("A", fails=lambda: True), Answers("B")
    said, run = heard(lambda: ServiceSwitcher([a, b]), TextFrame("1"), TextFrame("2"))
    assert said == ["late", "late"] and switches(run) == [] and run.codes() == ["provider.failed"] * 2


def test_when_one_fails_the_next_gets_what_waits_and_what_comes() -> None:  # PAR-05
    a, b = Answers("A", fails=lambda: True), Answers("B")
    said, run = heard(
        lambda: ServiceSwitcher([a, b], ServiceSwitcherStrategyFailover()),
        TextFrame("slow"), TextFrame("2"), TextFrame("3"), 2.0, TextFrame("4"),
    )  # fmt: skip
    assert said == ["B:2", "B:3", "B:4"]
    assert run.codes() == ["provider.failed"] and switches(run) == [("A", "B", "provider.failed")]


def test_a_fatal_failure_ends_the_call_only_when_nobody_stands_in() -> None:
    a, b = Answers("A", fails=lambda: True, fatal=True), Answers("B")
    said, run = heard(lambda: ServiceSwitcher([a, b], ServiceSwitcherStrategyFailover()), TextFrame("1"), 0.1,
                      TextFrame("2"))  # fmt: skip
    assert said == ["B:2"] and run.outcome is not None and run.outcome.reason is EndReason.CANCELLED
    alone = Answers("A", fails=lambda: True, fatal=True)
    _, run = heard(lambda: ServiceSwitcher([alone], ServiceSwitcherStrategyFailover()), TextFrame("1"))
    assert run.outcome is not None and run.outcome.reason is EndReason.PIPELINE_ERROR


def test_the_better_one_comes_back_when_it_has_rested_and_rests_longer_after_a_failed_trial() -> None:
    ill = [True]
    a, b = Answers("A", fails=lambda: ill[0]), Answers("B")
    begin = LLMFullResponseStartFrame
    said, run = heard(
        lambda: ServiceSwitcher([a, b], ServiceSwitcherStrategyFailover(rest_s=10)),
        TextFrame("1"), 5.0, begin(), TextFrame("2"), 6.0, begin(), TextFrame("3"), 0.1, TextFrame("4"),
        15.0, begin(), TextFrame("5"), 6.0,
    )  # fmt: skip
    assert said == ["B:2", "B:4", "B:5"]
    ill[0] = False
    assert [(a, b) for a, b, _ in switches(run)] == [("A", "B"), ("B", "A"), ("A", "B")]


def test_a_service_that_is_well_again_stays() -> None:
    ill = [True]
    a, b = Answers("A", fails=lambda: ill[0]), Answers("B")
    begin = LLMFullResponseStartFrame
    behind = Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frame(TextFrame("1"))
        await run.clock.sleep(11)
        ill[0] = False
        for number in range(2, 6):
            await run.task.queue_frames([begin(), TextFrame(str(number))])
            await run.clock.sleep(5)

    make = lambda: Run(ServiceSwitcher([a, b], ServiceSwitcherStrategyFailover(rest_s=10)), behind)  # noqa: E731
    run = in_a_run(make, play)
    assert texts(behind) == ["A:2", "A:3", "A:4", "A:5"]
    assert switches(run) == [("A", "B", "provider.failed"), ("B", "A", "recovered")]


def test_interruptions_settings_and_the_end_reach_all_and_leave_once() -> None:
    a, b, behind, settings = Answers("A"), Answers("B"), Probe("behind"), TTSUpdateSettingsFrame({"voice": "x"})

    async def play(run: Run) -> None:
        await run.task.interrupt()
        await run.task.queue_frames([settings, EndFrame()])
        await run.clock.sleep(1)

    in_a_run(lambda: Run(ServiceSwitcher([a, b]), behind), play)
    assert a.interrupted + b.interrupted == ["A", "B"]
    for kind in (StartFrame, InterruptionFrame, TTSUpdateSettingsFrame, EndFrame):
        assert len(behind.of(kind)) == 1


def test_a_setting_that_only_the_stand_in_refuses_is_no_failure_of_the_call() -> None:
    class Refused(SpecError):
        code = "service.setting"

    class Strict(Answers):
        @handles(TTSUpdateSettingsFrame)
        async def on_settings(self, frame: TTSUpdateSettingsFrame) -> None:
            raise Refused("There is no setting 'voice'.")

    for services, codes in (([Answers("A"), Strict("B")], []), ([Strict("A"), Answers("B")], ["service.setting"])):
        _, run = heard(lambda services=services: ServiceSwitcher(services, ServiceSwitcherStrategyFailover()),
                       TTSUpdateSettingsFrame({"voice": "x"}), 0.1)  # type: ignore[misc, arg-type]  # fmt: skip
        assert run.codes() == codes and switches(run) == []


def test_errors_of_others_that_pass_by_are_not_its_services_failures() -> None:
    a, b, behind = Answers("A"), Answers("B"), Probe("behind")

    async def play(run: Run) -> None:
        await behind.push_frame(ErrorFrame("elsewhere", processor="behind"), UP)

    run = in_a_run(lambda: Run(ServiceSwitcher([a, b], ServiceSwitcherStrategyFailover()), behind), play)
    assert switches(run) == [] and len(run.codes()) == 1


class NeverReady(Answers):
    async def start(self, frame: StartFrame) -> None:
        await asyncio.Event().wait()


class CannotStart(Answers):
    async def start(self, frame: StartFrame) -> None:
        raise ProviderError("Nobody there.")


@pytest.mark.parametrize("kind", [NeverReady, CannotStart])
def test_a_call_begins_if_any_of_them_can_start(kind: type[Answers]) -> None:
    said, run = heard(
        lambda: ServiceSwitcher([kind("A"), Answers("B")], ServiceSwitcherStrategyFailover()), TextFrame("1")
    )
    assert said == ["B:1"] and len(run.codes()) == 1 and len(switches(run)) == 1


def test_a_call_does_not_begin_if_none_can_start() -> None:
    from bots.engine.testing.loop import run_virtual

    async def main() -> Run:
        run = Run(ServiceSwitcher([CannotStart("A"), CannotStart("B")], ServiceSwitcherStrategyFailover()))
        run.outcome = await run.task.run()
        return run

    run = run_virtual(main())
    assert run.outcome is not None and run.outcome.reason is EndReason.START_FAILED


def test_who_could_not_start_is_started_when_its_rest_is_over() -> None:
    class Later(Answers):
        tries = 0

        async def start(self, frame: StartFrame) -> None:
            self.tries += 1
            if self.tries < 3:
                raise ProviderError("Not yet.")

    later = Later("A")
    steps: list[Step] = [
        step for number in range(4) for step in (TTSSpeakFrame("go"), TextFrame(str(number)), 25.0)
    ]  # fmt: skip
    said, _ = heard(lambda: ServiceSwitcher([later, Answers("B")], ServiceSwitcherStrategyFailover(rest_s=10)), *steps)
    assert said == ["B:0", "B:1", "A:2", "A:3"] and later.tries == 3


@pytest.mark.parametrize(("services", "options", "parameter"), [
    ([], {}, "services"), (["A"], {}, "services"), ([Answers("A")], {"start_secs": 0}, "start_secs"),
])  # fmt: skip
def test_what_cannot_be_switched_is_refused(services: list[Any], options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        ServiceSwitcher(services, **options)
    with pytest.raises(BlockSettingWrong, match="rest_s"):
        ServiceSwitcherStrategyFailover(rest_s=0)
