"""The recogniser's processor: utterances, pre-roll, muting, failures (SPCH-01…04)."""

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.errors import ProviderError
from bots.engine.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    MetricsFrame,
    ProcessingMetricsData,
    STTMuteFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_utterances import PRE_ROLL_S, UtteranceSTTService
from tests.engine.core.probes import UP, Probe, Run, in_a_run

RATE = 16000


class Recogniser(UtteranceSTTService):
    """Counts what it hears; ``fault`` is raised at the named step."""

    def __init__(self, fault: Exception | None = None, delay: float = 0.1) -> None:
        super().__init__(language="en")
        self.fault, self.delay = fault, delay
        self.heard = b""
        self.begun = 0

    async def begin_utterance(self) -> None:
        self.begun += 1
        self.heard = b""

    async def hear(self, pcm: bytes) -> None:
        self.heard += pcm
        self.show_partial(str(len(self.heard)))

    async def finish_utterance(self) -> Transcript:
        await self.clock.sleep(self.delay)
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        return Transcript(f"{len(self.heard) / 2 / RATE:.2f} seconds" if self.heard else "", 0.9)


def block(at: float) -> InputAudioRawFrame:
    return InputAudioRawFrame(b"\1\0" * (RATE // 50), RATE, 1, at)


def heard(stt: UtteranceSTTService, *frames: Frame | float) -> tuple[Probe, Probe, Run]:
    """Feed frames; numbers are pauses in seconds."""
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        for frame in frames:
            if isinstance(frame, float):
                await run.clock.sleep(frame)
            else:
                await run.task.queue_frame(frame)
        await run.clock.sleep(2)

    params = PipelineParams(enable_metrics=True, send_initial_empty_metrics=False)
    return before, behind, in_a_run(lambda: Run(before, stt, behind, params=params), play)


def utterance(at: float = 1.0, blocks: int = 50) -> list[Frame]:
    """Sound from one second before ``at``, speech from ``at`` on, noticed 0.2 s later."""
    quiet = [block(at - 1 + number * 0.02) for number in range(60)]
    voiced = [block(at + 0.2 + number * 0.02) for number in range(blocks)]
    return [*quiet, UserStartedSpeakingFrame(at), *voiced, UserStoppedSpeakingFrame(None, at + 1)]


def test_an_utterance_gives_partials_and_one_final_text_with_its_times() -> None:  # SPCH-01, SPCH-04
    _, behind, run = heard(Recogniser(), *utterance())
    (final,) = behind.of(TranscriptionFrame)
    assert (final.at, final.end, final.confidence, final.language) == (1.0, 2.0, 0.9, "en")
    assert final.timestamp.startswith("20")
    assert behind.of(InterimTranscriptionFrame)
    (kept,) = [event for event in run.events if event.kind == "user.transcript"]
    assert kept.data["text"] == final.text
    measured = {type(entry): entry.value for frame in behind.of(MetricsFrame) for entry in frame.data}
    assert measured == {TTFBMetricsData: pytest.approx(0.1), ProcessingMetricsData: pytest.approx(0.1)}


def test_an_utterance_begins_a_moment_before_it_was_noticed() -> None:
    _, behind, _ = heard(Recogniser(), *utterance())
    (final,) = behind.of(TranscriptionFrame)
    assert float(final.text.split()[0]) == pytest.approx(1.0 + 0.2 + PRE_ROLL_S, abs=0.03)


def test_sound_goes_on_to_whoever_wants_it() -> None:  # SPCH-02
    frames = utterance()
    _, behind, _ = heard(Recogniser(), *frames)
    assert behind.of(InputAudioRawFrame) == [frame for frame in frames if isinstance(frame, InputAudioRawFrame)]


def test_nothing_is_transcribed_while_muted() -> None:  # SPCH-03
    stt = Recogniser()
    _, behind, _ = heard(stt, STTMuteFrame(True), *utterance(), STTMuteFrame(False), *utterance(10.0))
    assert len(behind.of(TranscriptionFrame)) == 1
    assert stt.begun == 1


def test_an_empty_text_is_journaled_and_not_pushed() -> None:
    _, behind, run = heard(Recogniser(), UserStartedSpeakingFrame(1.0), UserStoppedSpeakingFrame(None, 1.1))
    assert behind.of(TranscriptionFrame) == []
    assert [event.data["text"] for event in run.events if event.kind == "user.transcript"] == [""]


@pytest.mark.parametrize("fault", [ProviderError("It is deaf."), ValueError("secret")])
def test_a_failed_utterance_is_told_and_the_next_one_is_heard(fault: Exception) -> None:
    before, behind, run = heard(Recogniser(fault), *utterance(), 1.0, *utterance(10.0))
    assert len(run.codes()) == 1
    assert len(behind.of(TranscriptionFrame)) == 1
    if isinstance(fault, ProviderError):
        assert [error.code for error in before.of(ErrorFrame, direction=UP)] == ["provider.failed"]


def test_a_slow_recogniser_keeps_utterances_in_order() -> None:
    _, behind, _ = heard(Recogniser(delay=0.5), *utterance(1.0, 10), *utterance(10.0, 20))
    lengths = [float(frame.text.split()[0]) for frame in behind.of(TranscriptionFrame)]
    assert lengths == sorted(lengths)
    assert len(lengths) == 2
