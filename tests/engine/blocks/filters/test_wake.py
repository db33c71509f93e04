"""Waking: who may be heard after a phrase, and who is told (FILT-05, FILT-06)."""

import asyncio

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.filters import WakeCheckFilter, WakeNotifierFilter, WakeState
from bots.engine.blocks.notifier import EventNotifier
from bots.engine.frames import (
    Frame,
    InterimTranscriptionFrame,
    LLMTextFrame,
    TextFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
)
from tests.engine.core.probes import Probe, Run, in_a_run


def said(text: str, who: str = "ann") -> TranscriptionFrame:
    return TranscriptionFrame(text, who, "2026-01-01T12:00:00.000+00:00")


def heard(*said_at: tuple[float, TranscriptionFrame], timeout: float = 3) -> list[str]:
    """What passes of what is said at these times."""
    behind = Probe("behind")

    async def play(run: Run) -> None:
        began = run.clock.now()
        for at, frame in said_at:
            await run.clock.sleep(began + at - run.clock.now())
            await run.task.queue_frame(frame)

    in_a_run(lambda: Run(WakeCheckFilter(["hey assistant", "ok computer"], timeout), behind), play)
    return [frame.text for frame in behind.of(TranscriptionFrame)]


def test_nothing_is_heard_before_the_phrase_and_everything_for_a_while_after_it() -> None:  # FILT-06
    assert heard(
        (0, said("what is the time")), (1, said("hey assistant what is the time")), (3, said("and the date")),
        (5.9, said("thanks")), (9, said("who is there")),
    ) == ["hey assistant what is the time", "and the date", "thanks"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("Hey, Assistant.", "Hey, Assistant."),
        ("well OK    computer go", "OK    computer go"),
        ("they assistant", None),
        ("hey assistants", None),
        ("hey my assistant", None),
    ],
)
def test_a_phrase_is_whole_words_in_any_case_and_spacing(text: str, passes: str | None) -> None:  # FILT-06
    assert heard((0, said(text))) == ([passes] if passes else [])


def test_a_phrase_may_come_in_pieces_and_what_stood_before_it_is_cut_off() -> None:  # FILT-06
    assert heard((0, said("I mean hey")), (0.5, said("assistant hello"))) == ["hey assistant hello"]


def test_a_phrase_wakes_once_and_only_for_the_one_who_said_it() -> None:  # FILT-06
    ann, bob = said("hey assistant"), said("me too", "bob")
    assert heard((0, ann), (1, bob), (1.5, said("go on"))) == ["hey assistant", "go on"]
    assert heard((0, ann), (4, said("nobody wakes me twice"))) == ["hey assistant"]


def test_everything_else_passes_and_partial_texts_only_while_awake() -> None:  # FILT-06
    behind, wake = Probe("behind"), WakeCheckFilter(["hello"])
    partial = InterimTranscriptionFrame("hel", "ann", "")

    async def play(run: Run) -> None:
        await run.task.queue_frames([TextFrame("a"), UserStartedSpeakingFrame(), partial])
        await run.clock.sleep(0.1)
        assert wake.state_of("ann") is WakeState.IDLE
        await run.task.queue_frames([said("hello"), partial])
        await run.clock.sleep(0.1)
        assert wake.state_of("ann") is WakeState.AWAKE
        await run.clock.sleep(3)
        assert wake.state_of("ann") is WakeState.IDLE

    in_a_run(lambda: Run(wake, behind), play)
    assert len(behind.of(TextFrame)) == len(behind.of(UserStartedSpeakingFrame)) == 1
    assert len(behind.of(InterimTranscriptionFrame)) == 1


@pytest.mark.parametrize(("phrases", "timeout", "parameter"), [
    ([], 3, "wake_phrases"), ("hello", 3, "wake_phrases"), (["!"], 3, "wake_phrases"), ([7], 3, "wake_phrases"),
    (["hello"], 0, "keepalive_timeout"), (["hello"], float("inf"), "keepalive_timeout"),
])  # fmt: skip
def test_what_cannot_wake_is_refused(phrases: list[str], timeout: float, parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        WakeCheckFilter(phrases, timeout)


def test_somebody_is_told_of_certain_frames_and_all_frames_pass() -> None:  # FILT-05, PAR-09
    notifier, behind, woken = EventNotifier(), Probe("behind"), []

    async def important(frame: Frame) -> bool:
        assert isinstance(frame, TextFrame)
        if frame.text == "bad":
            raise RuntimeError("no")
        return frame.text == "now"

    async def play(run: Run) -> None:
        async def wait() -> None:
            while True:
                await notifier.wait()
                woken.append(run.clock.now())

        waiting = asyncio.create_task(wait())
        for text in ("later", "now", "bad"):
            await run.task.queue_frames([TextFrame(text), UserStartedSpeakingFrame()])
            await run.clock.sleep(1)
        waiting.cancel()

    run = in_a_run(lambda: Run(WakeNotifierFilter(notifier, (TextFrame,), important), behind), play)
    assert len(woken) == 1 and woken[0] == pytest.approx(1.0, abs=0.1)
    assert [frame.text for frame in behind.of(TextFrame)] == ["later", "now", "bad"]
    assert len(behind.of(UserStartedSpeakingFrame)) == 3
    assert run.codes() == ["engine.error"]


@pytest.mark.parametrize("arguments", [(None, (TextFrame,), print), (EventNotifier(), (), print),
                                       (EventNotifier(), (LLMTextFrame,), None)])  # fmt: skip
def test_a_notifier_filter_needs_its_three_parts(arguments: tuple[object, ...]) -> None:
    with pytest.raises(BlockSettingWrong):
        WakeNotifierFilter(*arguments)  # type: ignore[arg-type]
