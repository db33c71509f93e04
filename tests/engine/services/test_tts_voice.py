"""A voice that fails, stalls, floods or falls silent: what is heard of it, and what the journal says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.errors import EngineError
from bots.engine.frames import (
    ErrorFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    ProcessingMetricsData,
    TTFBMetricsData,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
)
from bots.engine.services.failures import Failure
from bots.engine.services.settings import SettingRefused
from bots.engine.services.tts import SpeechPiece, TTSDeadlines
from bots.engine.services.tts_canned import CannedLine, CannedLines
from bots.engine.services.tts_errors import tts_error
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeTTS, TapeVoice
from tests.engine.core.probes import UP, Probe, Run, in_a_run

SORRY = "Sorry, no voice."


class Faulty(TapeTTS):
    """Fails by plan: for each request None (works), a failure at once, or a failure after some words."""

    def __init__(self, *faults: Failure | tuple[Failure, int] | None, only: str = "", **base: Any) -> None:
        super().__init__(TapeVoice(words_per_piece=1), **base)
        self.faults, self.only = list(faults), only
        self.asked: list[str] = []

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        self.asked.append(text)
        plan = None if text == SORRY and self.only != "all" else self.faults.pop(0) if self.faults else None
        failure, words = plan if isinstance(plan, tuple) else (plan, 0)
        spoken = 0
        async for piece in super().run_tts(text):
            if failure is not None and spoken >= words:
                if failure is Failure.SILENT:
                    await self.clock.sleep(100)
                raise tts_error(failure)
            spoken += 1
            yield piece


def call(tts: TapeTTS, *speeches: str, replies: tuple[str, ...] = (), **setting: Any) -> CallRecord:
    def make(parts: CallParts) -> CallParts:
        parts.tts = tts
        return parts

    async def play(live: LiveCall) -> None:
        await live.wait(1)
        for text in speeches:
            await live.queue(TTSSpeakFrame(text))
            await live.bot_silent(quiet=6)
        for _ in replies:
            await live.say("go on")
            await live.bot_silent(quiet=6)

    return ScriptedCall(replies=replies, make=make, **setting).run(play)


def codes(record: CallRecord) -> list[str]:
    return [event.data["code"] for event in record.of("error")]


def test_a_sentence_that_failed_before_it_sounded_is_tried_once_more() -> None:  # P2
    record = call(Faulty(Failure.DOWN), "one two three")
    assert list(record.heard) == ["one", "two", "three"] == record.stored_words
    assert codes(record) == []


@pytest.mark.parametrize("failure", [Failure.BUSY, Failure.KEY, Failure.REFUSED, Failure.UNTRUSTED])
def test_what_a_second_try_cannot_mend_gets_none(failure: Failure) -> None:  # P1, P15, P17
    tts = Faulty(failure)
    record = call(tts, "one two three")
    assert tts.asked == ["one two three"]
    assert codes(record) == [tts_error(failure).code]
    assert list(record.heard) == []


@pytest.mark.parametrize("failure", [Failure.LOST, Failure.SILENT])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_sentence_that_breaks_off_goes_on_with_its_next_word(failure: Failure, after: int) -> None:  # P13
    tts = Faulty((failure, after))
    record = call(tts, "one two three four")
    assert list(record.heard) == ["one", "two", "three", "four"] == record.stored_words
    assert record.transcript == [("bot", "one two three four")]
    assert tts.asked[1] == " ".join(["one", "two", "three", "four"][after:])
    assert codes(record) == ["tts.unreachable" if failure is Failure.LOST else "tts.timeout"]


def test_a_sentence_goes_on_only_once() -> None:  # P13
    tts = Faulty((Failure.LOST, 1), (Failure.LOST, 1))
    record = call(tts, "one two three four")
    assert list(record.heard) == ["one", "two"] == record.stored_words
    assert len(tts.asked) == 2


def test_a_voice_that_is_gone_is_heard_from_a_recording_and_the_rest_of_the_reply_is_left_out() -> None:  # P16
    tts = Faulty(None, Failure.KEY, apology=SORRY)
    record = call(tts, replies=("All is well.", "First part. Second part. Third part.", "Back again."))
    assert list(record.heard) == ["All", "is", "well.", "Sorry,", "no", "voice.", "Back", "again."]
    assert [(who, text) for who, text in record.transcript if text] == [
        ("user", "go on"), ("bot", "All is well."), ("user", "go on"), ("bot", SORRY), ("user", "go on"),
        ("bot", "Back again."),
    ]  # fmt: skip
    assert "Second part." not in tts.asked
    assert [event.data["text"] for event in record.of("bot.segment") if event.data.get("canned")] == [SORRY]
    assert codes(record) == ["tts.key_refused"]


def test_the_caller_hears_the_recording_soon_after_the_hard_limit() -> None:  # P16
    tts = Faulty(None, Failure.SILENT, apology=SORRY)
    record = call(tts, "All is well.", "One two three.")
    failed = next(event for event in record.of("bot.segment") if event.data["text"] == "One two three.")
    began = next(event.at for event in record.of("bot.started") if event.at > failed.at)
    assert began - failed.at == pytest.approx(TTSDeadlines().first, abs=0.1)


def test_the_recording_is_made_once_for_all_calls_of_a_process() -> None:  # P16
    lines = CannedLines()
    for number in range(3):
        tts = Faulty(apology=SORRY, canned=lines)
        call(tts, "Hello.")
        assert tts.asked.count(SORRY) == (number == 0)
    assert len(lines) == 1
    for number in range(100):
        lines.put(number, CannedLine(b""))
    assert len(lines) == 64


def test_a_local_voice_is_recorded_once_it_has_spoken() -> None:  # P16
    class Local(Faulty):
        records_early = False

    tts = Local(None, Failure.KEY, apology=SORRY)
    record = call(tts, "Hello.", "One.")
    assert tts.asked == ["Hello.", SORRY, "One."]
    assert [text for _, text in record.transcript if text] == ["Hello.", SORRY]


def test_a_voice_that_never_worked_says_nothing_and_its_failures_are_told() -> None:  # P16
    tts = Faulty(*[Failure.KEY] * 9, only="all", apology=SORRY)
    record = call(tts, "One.", "Two.")
    assert list(record.heard) == []
    assert codes(record) == ["tts.key_refused"] * 2


def test_after_several_replies_without_a_voice_the_call_ends() -> None:  # P16
    tts = Faulty(None, *[Failure.KEY] * 9, apology=SORRY, give_up_after=2)
    record = call(tts, "Hello.", "One.", "Two.", "Three.")
    assert record.outcome.reason.value == "bot_ended"
    assert [text for _, text in record.transcript if text] == ["Hello.", SORRY, SORRY]


def test_an_insert_of_several_sentences_is_left_out_after_the_first_that_failed() -> None:  # P16
    tts = Faulty(None, Failure.KEY, apology=SORRY)
    record = call(tts, "Hello.", "One. Two. Three.")
    assert "Two." not in tts.asked
    assert list(record.heard) == ["Hello.", "Sorry,", "no", "voice."]


# -- without a transport ---------------------------------------------------------------------------------------------


def spoken(tts: TapeTTS, *frames: Any, seconds: float = 20.0) -> tuple[Probe, Probe, Run]:
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frames(frames)
        await run.clock.sleep(seconds)

    params = PipelineParams(audio_out_sample_rate=16000, enable_metrics=True, send_initial_empty_metrics=False)
    return before, behind, in_a_run(lambda: Run(before, tts, behind, params=params), play)


class Pieces(TapeTTS):
    """Sends given pieces, with a pause before each; afterwards it may say nothing for ever."""

    def __init__(self, *pieces: SpeechPiece, pause: float = 0.1, ends: bool = True, **base: Any) -> None:
        super().__init__(sample_rate=16000, **base)
        self.pieces, self.pause, self.ends = pieces, pause, ends

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        for piece in self.pieces:
            await self.clock.sleep(self.pause)
            yield piece
        if not self.ends:
            await self.clock.sleep(1000)


def sound(behind: Probe) -> bytes:
    return b"".join(frame.audio for frame in behind.of(TTSAudioRawFrame))


def test_pieces_of_odd_length_become_whole_samples() -> None:  # P13
    pcm = bytes(range(250)) * 8
    for size in (1, 3, 7, 333, 2000):
        pieces = [SpeechPiece(pcm[start : start + size]) for start in range(0, len(pcm), size)]
        _, behind, _ = spoken(Pieces(*pieces, pause=0.0), TTSSpeakFrame("Hello."))
        assert sound(behind) == pcm
        assert all(len(frame.audio) % 2 == 0 for frame in behind.of(TTSAudioRawFrame))


def test_half_a_sample_at_the_end_is_dropped() -> None:  # P13
    _, behind, _ = spoken(Pieces(SpeechPiece(b"\1\2\3")), TTSSpeakFrame("Hello."))
    assert sound(behind) == b"\1\2"


@pytest.mark.parametrize("rate", [8000, 22050, 24000, 48000])
def test_sound_of_another_rate_is_made_the_services(rate: int) -> None:  # SPCH-14, P13
    pcm = b"\1\0" * rate
    pieces = [SpeechPiece(pcm[start : start + 999], (), rate) for start in range(0, len(pcm), 999)]
    _, behind, _ = spoken(Pieces(*pieces, pause=0.0), TTSSpeakFrame("Hello."))
    assert {frame.sample_rate for frame in behind.of(TTSAudioRawFrame)} == {16000}
    assert len(sound(behind)) == 2 * 16000


def test_an_absurd_rate_is_no_sound() -> None:  # P13
    before, behind, _ = spoken(Pieces(SpeechPiece(b"\0\0", (), 5)), TTSSpeakFrame("Hello."))
    assert {frame.code for frame in before.of(ErrorFrame, direction=UP)} == {"tts.unreadable"}
    assert sound(behind) == b""


def test_a_voice_that_answers_without_sound_failed() -> None:  # P8
    before, behind, _ = spoken(Pieces(), TTSSpeakFrame("Hello."))
    assert [frame.code for frame in before.of(ErrorFrame, direction=UP)] == ["tts.empty"]
    assert len(behind.of(TTSStoppedFrame)) == 1


def test_a_voice_that_never_says_end_has_ended_when_it_falls_silent() -> None:  # SPCH-17
    tts = Pieces(SpeechPiece(b"\1\0" * 1600), ends=False, push_stop_frames=True, stop_frame_timeout_s=0.5)
    before, behind, _run = spoken(tts, TTSSpeakFrame("One."), TTSSpeakFrame("Two."))
    assert before.of(ErrorFrame, direction=UP) == []
    kinds = [type(frame) for frame, _ in behind.seen if isinstance(frame, TTSStartedFrame | TTSStoppedFrame)]
    assert kinds == [TTSStartedFrame, TTSStoppedFrame] * 2


def test_silence_follows_a_reply_and_an_insert_once_where_it_is_asked_for() -> None:  # SPCH-12
    reply = [LLMFullResponseStartFrame(), LLMTextFrame("One. "), LLMTextFrame("Two."), LLMFullResponseEndFrame()]
    for wanted in (True, False):
        tts = TapeTTS(sample_rate=16000, push_silence_after_stop=wanted, silence_time_s=1.5)
        _, behind, _ = spoken(tts, *reply, TTSSpeakFrame("Three. Four."))
        silent = [frame for frame in behind.of(TTSAudioRawFrame) if not any(frame.audio)]
        assert [len(frame.audio) for frame in silent] == ([48000, 48000] if wanted else [])


@pytest.mark.parametrize("wanted", [True, False])
def test_heard_words_are_pushed_as_frames_unless_that_is_switched_off(wanted: bool) -> None:  # SPCH-09, SPCH-17
    behind = Probe("behind")

    def make(parts: CallParts) -> CallParts:
        parts.tts, parts.behind = TapeTTS(push_text_frames=wanted), [behind]
        return parts

    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame("one two"))
        await live.bot_silent()

    record = ScriptedCall(make=make).run(play)
    assert [frame.text for frame in behind.of(TTSTextFrame)] == (["one", "two"] if wanted else [])
    assert record.stored_words == ["one", "two"]


def test_a_reply_that_is_only_shown_has_no_silence_behind_it() -> None:  # SPCH-08, SPCH-12
    tts = TapeTTS(push_silence_after_stop=True)
    reply = [LLMFullResponseStartFrame(), LLMTextFrame("Shown.", True), LLMFullResponseEndFrame()]
    assert spoken(tts, *reply)[1].of(TTSAudioRawFrame) == []


def test_long_pieces_are_cut_so_that_they_can_be_stopped() -> None:  # P14
    _, behind, _ = spoken(Pieces(SpeechPiece(b"\1\0" * 160000)), TTSSpeakFrame("Hello."))
    assert max(len(frame.audio) for frame in behind.of(TTSAudioRawFrame)) <= 16000
    assert len(sound(behind)) == 320000


def test_a_flood_of_sound_stays_three_seconds_ahead_and_stops_at_once() -> None:  # P14
    sizes: list[float] = []

    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame(" ".join(["word"] * 300)))
        for _ in range(20):
            await live.wait(0.25)
            sizes.append(live.task.ledger.ahead_s)
        await live.task.interrupt()
        before = len(live.parts.tts.words)
        await live.wait(2)
        assert len(live.parts.tts.words) == before

    ScriptedCall().run(play)
    assert 2.0 < max(sizes) <= 3.6


def test_time_to_first_sound_and_the_whole_request_are_measured() -> None:  # SPCH-17
    _, behind, _ = spoken(Pieces(SpeechPiece(b"\1\0" * 160), SpeechPiece(b"\1\0" * 160)), TTSSpeakFrame("Hello."))
    measured = {type(entry): entry.value for frame in behind.of(MetricsFrame) for entry in frame.data}
    assert measured[TTFBMetricsData] == pytest.approx(0.1)
    assert measured[ProcessingMetricsData] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"sample_rate": 100}, "sample_rate"),
        ({"sample_rate": 10**6}, "sample_rate"),
        ({"stop_frame_timeout_s": 0}, "stop_frame_timeout_s"),
        ({"silence_time_s": -1}, "silence_time_s"),
        ({"give_up_after": -1}, "give_up_after"),
    ],
)
def test_a_constructor_refuses_what_it_cannot_mean(wrong: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=name) as caught:
        TapeTTS(**wrong)
    assert isinstance(caught.value, EngineError)


@pytest.mark.parametrize("name", ["first", "between"])
def test_deadlines_are_above_zero_and_have_their_documented_defaults(name: str) -> None:
    assert (TTSDeadlines().first, TTSDeadlines().between) == (2.0, 1.5)
    with pytest.raises(SettingRefused, match=name):
        TTSDeadlines(**{name: 0.0})


def test_every_failure_has_its_code() -> None:
    errors = [tts_error(failure) for failure in Failure]
    assert all(error.code.startswith("tts.") and error.next_step for error in errors)


def test_word_timings_survive_a_retry() -> None:  # SPCH-09
    record = call(Faulty((Failure.LOST, 1)), "one two")
    (turn,) = record.of("bot.turn")
    assert [(word["text"], word["heard"], word["estimated"]) for word in turn.data["words"] if word["heard"]] == [
        ("one", True, False), ("two", True, False),
    ]  # fmt: skip
