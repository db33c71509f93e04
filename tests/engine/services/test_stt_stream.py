"""A recogniser on a persistent connection: one final text an utterance, whatever happens to the line."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.frames import (
    EndFrame,
    ErrorFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    MetricsFrame,
    ProcessingMetricsData,
    STTMuteFrame,
    STTUpdateSettingsFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.failures import Failure
from bots.engine.services.settings import SettingRefused
from bots.engine.services.stt import STTDeadlines
from bots.engine.services.stt_stream import StreamingSTTService
from bots.engine.testing import contract
from bots.engine.testing.coded_speech import spoken, word
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.recogniser import CodedCodec, MemoryRecogniser, RecogniserFaults, RecogniserSession
from tests.engine.core.probes import UP, Probe, Run, in_a_run

RATE = 16000
BLOCK = 640


def service(server: MemoryRecogniser, codec: type[CodedCodec] = CodedCodec, **base: Any) -> StreamingSTTService:
    return StreamingSTTService(lambda options, rate: codec(rate), connect=server.connect, **base)


class Talk:
    """Speaks coded words into a running pipeline, in real pace."""

    def __init__(self, run: Run) -> None:
        self.run, self.said = run, 0

    async def sound(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), BLOCK):
            block = pcm[start : start + BLOCK]
            now = self.run.clock.now()
            await self.run.task.queue_frame(InputAudioRawFrame(block, RATE, 1, now))
            await self.run.clock.sleep(len(block) / 2 / RATE)

    async def silence(self, seconds: float) -> None:
        await self.sound(bytes(round(seconds * RATE) * 2))

    async def say(self, count: int) -> None:
        """An utterance of new words, and a little silence around it."""
        numbers = [self.said % 300 + n + 1 for n in range(count)]
        self.said += count
        onset = self.run.clock.now()
        await self.run.task.queue_frame(UserStartedSpeakingFrame(onset))
        await self.sound(spoken(numbers))
        end = self.run.clock.now()
        await self.silence(0.2)
        await self.run.task.queue_frame(UserStoppedSpeakingFrame(self.run.clock.now(), end))

    def words(self) -> list[str]:
        return [word(n % 300 + 1) for n in range(self.said)]


def talk(
    stt: StreamingSTTService, script: Callable[[Talk], Any], **options: Any
) -> tuple[Probe, Probe, Run, Talk]:  # fmt: skip
    before, behind = Probe("before"), Probe("behind")
    talks: list[Talk] = []

    async def play(run: Run) -> None:
        talks.append(Talk(run))
        await script(talks[0])
        await run.clock.sleep(4.5)

    params = PipelineParams(enable_metrics=True, send_initial_empty_metrics=False)
    run = in_a_run(lambda: Run(before, stt, behind, **({"params": params} | options)), play)
    return before, behind, run, talks[0]


def heard(behind: Probe) -> list[str]:
    return " ".join(frame.text for frame in behind.of(TranscriptionFrame)).split()


def errors(before: Probe) -> list[str]:
    return [frame.code for frame in before.of(ErrorFrame, direction=UP)]


async def two_utterances(talk: Talk) -> None:
    await talk.silence(0.3)
    await talk.say(5)
    await talk.silence(0.5)
    await talk.say(4)


def test_an_utterance_gives_growing_partials_and_one_final_text() -> None:  # SPCH-01, SPCH-04, SPCH-17
    server = MemoryRecogniser()
    before, behind, _, said = talk(service(server), two_utterances)
    finals = behind.of(TranscriptionFrame)
    assert [frame.text.split() for frame in finals] == [said.words()[:5], said.words()[5:]]
    assert finals[0].at == pytest.approx(0.3, abs=0.01)
    assert finals[0].end == pytest.approx(1.5, abs=0.01)
    partials = [frame.text for frame in behind.of(InterimTranscriptionFrame)]
    assert partials[:4] == ["w1", "w1 w2", "w1 w2 w3", "w1 w2 w3 w4"]
    assert errors(before) == []
    assert server.lines[0].sent == ["start", "finalize", "finalize"]
    kinds = {type(entry) for frame in behind.of(MetricsFrame) for entry in frame.data}
    assert kinds == {TTFBMetricsData, ProcessingMetricsData}


def test_audio_goes_on_unless_it_is_kept() -> None:  # SPCH-02
    for passthrough in (True, False):
        _, behind, _, _ = talk(service(MemoryRecogniser(), audio_passthrough=passthrough), lambda talk: talk.say(1))
        assert bool(behind.of(InputAudioRawFrame)) is passthrough
        assert heard(behind) == ["w1"]


def test_the_contract_holds() -> None:
    (final,) = run_virtual(contract.stt_service(lambda: service(MemoryRecogniser()), spoken([1, 2])))
    assert final.text == "w1 w2"


@pytest.mark.heavy
@pytest.mark.parametrize("timed", [True, False])
@pytest.mark.parametrize("numbered", [True, False])
@pytest.mark.parametrize("per_final", [1, 3, 99])
def test_no_word_is_lost_or_doubled_when_the_line_drops(timed: bool, numbered: bool, per_final: int) -> None:  # P10
    def session() -> RecogniserSession:
        return RecogniserSession(per_final, timed, numbered)

    for cut in (15000, 33333):
        server = MemoryRecogniser(
            lambda number, cut=cut: RecogniserFaults(cut_after=cut + number * 777 if number < 6 else None), session
        )
        _, behind, _, said = talk(service(server), two_utterances)
        assert heard(behind) == said.words(), (cut, len(server.lines))
        assert len(server.lines) > 2


def test_one_drop_is_nobodys_business() -> None:  # P10
    server = MemoryRecogniser(lambda number: RecogniserFaults(cut_after=30001 if number == 0 else None))
    before, behind, _, said = talk(service(server), two_utterances)
    assert heard(behind) == said.words()
    assert errors(before) == []


def test_a_gap_of_the_line_is_short_and_the_pauses_grow_with_chance() -> None:  # P10, P18
    server = MemoryRecogniser(
        lambda n: RecogniserFaults(refuse=Failure.UNREACHABLE) if 0 < n < 5 else RecogniserFaults(cut_after=9600)
    )
    moments: list[float] = []
    connect = server.connect

    async def noted(endpoint: Any) -> Any:
        moments.append(asyncio.get_running_loop().time())
        return await connect(endpoint)

    stt = StreamingSTTService(lambda options, rate: CodedCodec(rate), connect=noted)
    before, _, _, _ = talk(stt, lambda talk: talk.say(8))
    pauses = [b - a for a, b in pairwise(moments[1:])]
    assert moments[1] - moments[0] < 1.0
    assert pauses[:4] == sorted(pauses[:4])
    assert pauses[3] >= 4 * pauses[0] > 0
    assert errors(before)[:1] == ["stt.unreachable"]


def test_a_recogniser_that_hears_and_says_nothing_is_left_for_a_new_connection() -> None:  # P11
    server = MemoryRecogniser(lambda number: RecogniserFaults(deaf=number == 0))
    before, behind, _, said = talk(service(server), lambda talk: talk.say(12))
    assert heard(behind) == said.words()
    assert len(server.lines) == 2
    assert errors(before) == []


def test_a_recogniser_that_stays_deaf_is_told_and_the_caller_asked_again() -> None:  # P11
    server = MemoryRecogniser(lambda number: RecogniserFaults(deaf=True))
    before, behind, _, _ = talk(service(server, apology="Sorry?"), lambda talk: talk.say(20))
    assert set(errors(before)) == {"stt.timeout"}
    assert [frame.text for frame in behind.of(TTSSpeakFrame)] == ["Sorry?"]
    assert heard(behind) == []


def test_a_final_text_that_does_not_come_is_made_of_what_was_understood() -> None:  # P11
    server = MemoryRecogniser(lambda number: RecogniserFaults(stop_answering=True))
    _, behind, run, said = talk(service(server, apology="Sorry?"), lambda talk: talk.say(5))
    assert heard(behind) == said.words()
    (kept,) = [event for event in run.events if event.kind == "user.transcript"]
    assert kept.at == pytest.approx(5 * 0.24 + 0.2 + 2.0, abs=0.05)
    assert behind.of(TTSSpeakFrame) == []


def test_answers_that_come_twice_are_one_text() -> None:  # P12
    server = MemoryRecogniser(lambda number: RecogniserFaults(twice=True))
    _, behind, _, said = talk(service(server), two_utterances)
    assert heard(behind) == said.words()


def test_unreadable_messages_are_left_out_and_many_end_the_line() -> None:  # P6
    for garbage, lines in ((2, 1), (3, 2)):
        server = MemoryRecogniser(lambda number, g=garbage: RecogniserFaults(garbage=0 if number else g), Opened)
        _, behind, _, said = talk(service(server, NoWait), two_utterances)
        assert heard(behind) == said.words()
        assert len(server.lines) == lines


class Opened(RecogniserSession):
    """Takes audio from the start."""


class NoWait(CodedCodec):
    """Does not wait for the server's word."""

    waits_for_ready = False


@pytest.mark.parametrize(
    ("failure", "code"),
    [(Failure.KEY, "stt.key_refused"), (Failure.UNTRUSTED, "stt.untrusted"), (Failure.REFUSED, "stt.refused")],
)
def test_what_no_retry_can_mend_is_told_once_and_not_tried_again(failure: Failure, code: str) -> None:  # P15, P17
    server = MemoryRecogniser(lambda number: RecogniserFaults(refuse=failure))
    before, _, _, _ = talk(service(server), two_utterances)
    assert errors(before)[0] == code
    assert errors(before).count(code) == 1
    assert len(server.attempts) == 1


def test_nothing_is_sent_or_said_while_muted_and_an_open_utterance_is_dropped() -> None:  # SPCH-03
    async def script(talk: Talk) -> None:
        await talk.run.task.queue_frame(UserStartedSpeakingFrame(0.0))
        await talk.sound(spoken([1, 2]))
        await talk.run.task.queue_frame(STTMuteFrame(True))
        await talk.sound(spoken([3, 4]))
        await talk.run.task.queue_frame(UserStoppedSpeakingFrame(None, None))
        await talk.silence(0.2)
        await talk.run.task.queue_frame(STTMuteFrame(False))
        talk.said = 4
        await talk.say(2)

    _, behind, _, _ = talk(service(MemoryRecogniser()), script)
    assert heard(behind) == ["w5", "w6"]
    assert [f.text for f in behind.of(InterimTranscriptionFrame)].index("") > 0


def test_a_caller_who_goes_on_before_the_text_came_has_one_utterance() -> None:
    async def script(talk: Talk) -> None:
        await talk.say(3)
        await talk.say(3)

    server = MemoryRecogniser(lambda number: RecogniserFaults(delay=0.05))
    _, behind, _, said = talk(service(server), script)
    assert [frame.text.split() for frame in behind.of(TranscriptionFrame)] == [said.words()]


def test_without_voice_activity_the_vendors_finals_go_on_as_they_come() -> None:
    _, behind, _, _ = talk(service(MemoryRecogniser()), lambda talk: talk.sound(spoken([1, 2, 3, 4, 5, 6, 7])))
    assert [frame.text for frame in behind.of(TranscriptionFrame)] == ["w1 w2 w3", "w4 w5 w6"]


def test_an_idle_connection_is_kept_alive_and_ends_in_order() -> None:
    server = MemoryRecogniser()

    async def script(talk: Talk) -> None:
        await talk.run.clock.sleep(12)
        await talk.run.task.queue_frame(EndFrame())

    talk(service(server), script)
    assert server.lines[0].sent == ["start", "keepalive", "keepalive", "end"]
    assert len(server.lines) == 1


def test_new_settings_come_with_a_new_connection_once_nobody_speaks() -> None:  # SPCH-03
    @dataclass(frozen=True)
    class Options:
        model: str = "a"
        language: str = "en"

    made: list[Options] = []

    def codec(options: Options, rate: int) -> CodedCodec:
        made.append(options)
        return CodedCodec(rate)

    server = MemoryRecogniser()
    stt = StreamingSTTService(codec, Options(), connect=server.connect)

    async def script(talk: Talk) -> None:
        await talk.run.task.queue_frame(UserStartedSpeakingFrame(0.0))
        await talk.run.task.queue_frame(STTUpdateSettingsFrame({"language": "de"}))
        await talk.run.task.queue_frame(STTUpdateSettingsFrame({"nonsense": 1}))
        await talk.sound(spoken([1, 2]))
        assert len(made) == 1
        await talk.run.task.queue_frame(UserStoppedSpeakingFrame(None, None))
        await talk.silence(1)
        talk.said = 2
        await talk.say(2)

    before, behind, _, _ = talk(stt, script)
    assert [options.language for options in made] == ["en", "de"]
    assert heard(behind) == ["w1", "w2", "w3", "w4"]
    assert [frame.language for frame in behind.of(TranscriptionFrame)] == ["de", "de"]
    assert errors(before) == ["service.setting"]


def test_audio_is_resampled_where_the_vendor_takes_other_rates() -> None:
    rates: list[int] = []

    class Narrow(CodedCodec):
        rates = (8000,)

        def encode_audio(self, pcm: bytes) -> bytes:
            rates.append(len(pcm))
            return pcm

    talk(service(MemoryRecogniser(), Narrow), lambda talk: talk.silence(1))
    assert sum(rates) == pytest.approx(16000, abs=200)


def test_a_fault_of_the_codec_itself_is_told_and_the_next_connection_works() -> None:
    made: list[CodedCodec] = []

    class Buggy(CodedCodec):
        def encode_audio(self, pcm: bytes) -> bytes:
            if len(made) == 1:
                raise KeyError("a mistake of ours")
            return pcm

    def codec(options: Any, rate: int) -> CodedCodec:
        made.append(Buggy(rate))
        return made[-1]

    stt = StreamingSTTService(codec, connect=MemoryRecogniser().connect)
    _, behind, run, said = talk(stt, lambda talk: talk.say(8))
    assert heard(behind) == said.words()
    assert run.codes() == ["engine.error"]
    assert len(made) == 2


@pytest.mark.parametrize("wrong", [{"ring_secs": 4.9}, {"ring_secs": float("nan")}])
def test_a_ring_that_is_too_short_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="ring_secs"):
        service(MemoryRecogniser(), **wrong)


@pytest.mark.parametrize("name", ["connect", "final", "give_up", "silent"])
def test_deadlines_are_above_zero(name: str) -> None:
    with pytest.raises(SettingRefused, match=name):
        STTDeadlines(**{name: 0.0})
    with pytest.raises(SettingRefused, match="less than final"):
        STTDeadlines(final=3.0, give_up=2.0)
