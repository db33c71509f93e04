"""A recogniser that is asked once per utterance: what it is sent, and what its failures lead to."""

from collections.abc import Sequence

import pytest

from bots.engine.audio import wav
from bots.engine.context.context import LLMContext
from bots.engine.core.params import PipelineParams
from bots.engine.errors import EngineError
from bots.engine.frames import (
    ErrorFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    STTMuteFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.failures import Failure
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_errors import stt_error
from bots.engine.services.stt_segments import SegmentedSTTService, quietest
from bots.engine.testing import contract
from bots.engine.testing.coded_speech import CodedEar, spoken
from bots.engine.testing.loop import run_virtual
from bots.engine.turns.pair import LLMContextAggregatorPair
from tests.engine.core.probes import UP, Probe, Run, in_a_run

RATE = 16000
BLOCK = 640


class Uploads(SegmentedSTTService):
    """Understands coded speech; ``plan`` says for each request how long it takes and how it fails."""

    def __init__(self, *plan: tuple[float, Failure | None], **base: object) -> None:
        super().__init__(**base)  # type: ignore[arg-type]
        self.plan = list(plan)
        self.files: list[bytes] = []

    async def run_stt(self, audio: bytes) -> Transcript:
        self.files.append(audio)
        seconds, failure = self.plan.pop(0) if self.plan else (0.1, None)
        await self.clock.sleep(seconds)
        if failure is not None:
            raise stt_error(failure)
        info, pcm = wav.decode(audio)
        ear = CodedEar(info.rate)
        return Transcript(" ".join(word.text for word in ear.hear(pcm) + ear.flush()), 0.9)


def upload(stt: Uploads, *utterances: Sequence[int], muted: bool = False) -> tuple[Probe, Probe, Run]:
    before, behind = Probe("before"), Probe("behind")

    async def sound(run: Run, pcm: bytes) -> None:
        for start in range(0, len(pcm), BLOCK):
            await run.task.queue_frame(InputAudioRawFrame(pcm[start : start + BLOCK], RATE, 1, run.clock.now()))
            await run.clock.sleep(len(pcm[start : start + BLOCK]) / 2 / RATE)

    async def play(run: Run) -> None:
        if muted:
            await run.task.queue_frame(STTMuteFrame(True))
        for numbers in utterances:
            await sound(run, bytes(RATE * 4))
            speech, onset = spoken(list(numbers)), run.clock.now()
            await sound(run, speech[:6400])
            await run.task.queue_frame(UserStartedSpeakingFrame(onset))
            await sound(run, speech[6400:])
            await run.task.queue_frame(UserStoppedSpeakingFrame(None, run.clock.now()))
        await run.clock.sleep(6)

    return before, behind, in_a_run(lambda: Run(before, stt, behind, params=PipelineParams(enable_metrics=True)), play)


def texts(behind: Probe) -> list[str]:
    return [frame.text for frame in behind.of(TranscriptionFrame)]


def test_an_utterance_goes_up_as_wav_with_the_second_before_it_was_noticed() -> None:  # SPCH-17
    stt = Uploads()
    _, behind, _ = upload(stt, [1, 2, 3])
    assert texts(behind) == ["w1 w2 w3"]
    info, pcm = wav.decode(stt.files[0])
    assert (info.rate, info.channels) == (RATE, 1)
    assert len(pcm) / 2 / RATE == pytest.approx(0.8 + 3 * 0.24, abs=0.03)
    assert behind.of(InterimTranscriptionFrame) == []


def test_the_contract_holds() -> None:  # SPCH-01, SPCH-02, SPCH-03, SPCH-04
    (final,) = run_virtual(contract.stt_service(Uploads, spoken([1, 2])))
    assert final.text == "w1 w2"


def test_a_request_that_takes_long_keeps_neither_sound_nor_order_back() -> None:  # SPCH-17
    _, behind, _ = upload(Uploads((1.5, None)), [1, 2], [3])
    assert texts(behind) == ["w1 w2", "w3"]


def test_a_slow_or_broken_request_is_made_twice_and_no_more() -> None:  # P2, P11
    for plan, tries in (
        ([(9.0, None)], 2),
        ([(0.1, Failure.DOWN)], 2),
        ([(0.1, Failure.DOWN), (0.1, Failure.DOWN)], 2),
    ):
        stt = Uploads(*plan)
        before, behind, _ = upload(stt, [1])
        assert len(stt.files) == tries
        assert texts(behind) == ([] if len(plan) == 2 else ["w1"])
        assert len(before.of(ErrorFrame, direction=UP)) == (len(plan) == 2)


@pytest.mark.parametrize(
    ("failure", "code"),
    [(Failure.KEY, "stt.key_refused"), (Failure.BUSY, "stt.busy"), (Failure.REFUSED, "stt.refused")],
)
def test_what_a_second_try_cannot_mend_is_told_and_the_caller_asked_again(
    failure: Failure, code: str
) -> None:  # P1, P15
    stt = Uploads((0.1, failure), apology="Sorry?")
    before, behind, _ = upload(stt, [1], [2])
    assert [error.code for error in before.of(ErrorFrame, direction=UP)] == [code]
    assert [frame.text for frame in behind.of(TTSSpeakFrame)] == ["Sorry?"]
    assert texts(behind) == ["w2"]


def test_an_utterance_is_given_up_after_its_time() -> None:  # P11
    before, behind, run = upload(Uploads((9.0, None), (9.0, None), apology="Sorry?"), [1])
    (error,) = before.of(ErrorFrame, direction=UP)
    assert error.code == "stt.timeout"
    assert len(behind.of(TTSSpeakFrame)) == 1
    (kept,) = [event for event in run.events if event.kind == "error"]
    assert kept.at == pytest.approx(4 * 0.5 + 0.24 + 4.0, abs=0.1)


def test_nothing_goes_up_while_muted() -> None:  # SPCH-03
    stt = Uploads()
    _, behind, _ = upload(stt, [1, 2], muted=True)
    assert (stt.files, texts(behind)) == ([], [])


@pytest.mark.heavy
def test_a_long_speech_goes_up_in_pieces_cut_where_it_is_quiet() -> None:
    stt = Uploads()
    _, behind, _ = upload(stt, range(1, 151))
    assert texts(behind) == [" ".join(f"w{n}" for n in range(1, 151))]
    assert len(stt.files) == 2
    assert behind.of(InterimTranscriptionFrame)[0].text.startswith("w1 w2")


def test_the_quietest_place_is_between_words() -> None:
    pcm = spoken([5, 6])
    assert 0.2 * RATE * 2 - 640 <= quietest(pcm, RATE) <= 0.24 * RATE * 2
    assert quietest(b"\1\0", RATE) == 2


def test_every_failure_has_its_code() -> None:
    codes = {failure: stt_error(failure) for failure in Failure}
    assert all(isinstance(error, EngineError) and error.code.startswith("stt.") for error in codes.values())
    assert [failure for failure, error in codes.items() if error.retryable] == [
        Failure.DOWN, Failure.UNREACHABLE, Failure.LOST, Failure.UNREADABLE,
    ]  # fmt: skip


def test_a_transport_that_transcribes_needs_no_recogniser() -> None:  # SPCH-15
    user, behind = LLMContextAggregatorPair(LLMContext()).user(), Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frame(TranscriptionFrame("from the room", "ann", run.clock.timestamp()))
        await run.clock.sleep(1)

    in_a_run(lambda: Run(user, behind), play)
    (frame,) = behind.of(LLMContextFrame)
    assert frame.context.messages[-1]["content"] == "from the room"
