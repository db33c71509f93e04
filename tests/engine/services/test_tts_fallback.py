"""Voices that stand in for each other (PAR-05, P3, P13, P16)."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from bots.engine.errors import ProviderError
from bots.engine.frames import StartFrame, TTSSpeakFrame, TTSUpdateSettingsFrame
from bots.engine.services.settings import SettingRefused
from bots.engine.services.tts import SpeechPiece, TTSDeadlines
from bots.engine.services.tts_fallback import FallbackTTSService
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeTTS, TapeVoice

DOWN = ProviderError("The voice is down.", retryable=True)


@dataclass(frozen=True, slots=True)
class Options:
    voice: str = "anna"
    speed: float = 1.0


class Voice(TapeTTS):
    """A tape's voice that notes what it was asked for; ``mood`` decides each request."""

    def __init__(self, mood: Callable[[], TapeVoice] = TapeVoice, **base: Any) -> None:
        super().__init__(**base)
        self.mood, self.asked = mood, list[str]()
        self.options = Options()

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        self.asked.append(text)
        self.voice = self.mood()
        async for piece in super().run_tts(text):
            yield piece


def broken(after: int = 0) -> TapeVoice:
    return TapeVoice(fail_after=after, error=DOWN, words_per_piece=1)


def called(*voices: Voice, lines: tuple[str, ...] = ("One two three four.",), gap: float = 6.0) -> CallRecord:
    """A call in which the bot says the lines, ``gap`` seconds apart."""

    def make(parts: CallParts) -> CallParts:
        for voice in voices[1:]:
            voice.words = voices[0].words
        parts.tts = FallbackTTSService(voices)  # type: ignore[assignment]
        parts.tts.words = voices[0].words
        return parts

    async def play(call: LiveCall) -> None:
        for line in lines:
            await call.queue(TTSSpeakFrame(line))
            await call.wait(gap)

    return ScriptedCall(make=make).run(play)


def codes(record: CallRecord) -> list[str]:
    return [event.data["code"] for event in record.of("error")]


def test_the_first_voice_speaks_and_the_other_is_not_asked() -> None:  # PAR-05
    one, two = Voice(), Voice()
    record = called(one, two, lines=("One two.", "Three four."))
    assert record.heard == ("One", "two.", "Three", "four.") and two.asked == [] and codes(record) == []


@pytest.mark.parametrize("mood", [broken, lambda: TapeVoice(delay=9.0), lambda: TapeVoice(fail_after=0)])
def test_a_voice_without_sound_is_followed_by_the_next_with_the_same_words(mood: Callable[[], TapeVoice]) -> None:
    one, two = Voice(mood), Voice()  # P3, P13
    record = called(one, two, lines=("One two.", "Three four."))
    assert record.heard == ("One", "two.", "Three", "four.")
    assert one.asked == ["One two."] and two.asked == ["One two.", "Three four."]
    assert len(codes(record)) == 1 and len(record.of("service.switched")) == 1
    assert [event.data["text"] for event in record.of("bot.turn")] == ["One two.", "Three four."]


def test_the_caller_waits_two_seconds_for_the_first_voice_once() -> None:  # P13
    record = called(Voice(lambda: TapeVoice(delay=9.0)), Voice(), lines=("One.", "Two."))
    first, second = (event.at for event in record.of("bot.started"))
    assert first == pytest.approx(2.1, abs=0.3) and second == pytest.approx(6.1, abs=0.3)


@pytest.mark.parametrize("between", [0.0, 9.0])
def test_a_voice_that_breaks_off_is_followed_at_the_word_that_had_no_sound(between: float) -> None:  # P13
    mood = (lambda: TapeVoice(words_per_piece=1, between=9.0)) if between else (lambda: broken(2))
    one, two = Voice(mood), Voice()
    record = called(one, two, lines=("One two three four.",), gap=15.0)
    assert record.heard == ("One", "two", "three", "four.")
    assert one.asked == ["One two three four."] and len(two.asked) == 1


@pytest.mark.heavy
def test_a_voice_that_is_well_again_speaks_again() -> None:
    ill = [True]
    one, two = Voice(lambda: broken() if ill[0] else TapeVoice()), Voice()

    def well_after(count: int) -> TapeVoice:
        ill[0] = len(two.asked) < count
        return TapeVoice()

    two.mood = lambda: well_after(2)
    record = called(one, two, lines=("One.", "Two.", "Three.", "Four."), gap=20.0)
    assert record.heard == ("One.", "Two.", "Three.", "Four.")
    assert two.asked == ["One.", "Two."] and one.asked == ["One.", "Three.", "Four."]
    assert [event.data["reason"] for event in record.of("service.switched")] == ["provider.failed", "recovered"]


def test_when_no_voice_has_sound_each_is_asked_once_and_the_call_goes_on() -> None:  # P16
    one, two = Voice(broken), Voice(broken)
    record = called(one, two, lines=("One two.",))
    assert record.heard == () and one.asked == two.asked == ["One two."]
    assert len(codes(record)) == 2 and record.outcome.reason == "caller_hung_up"


def test_the_recorded_line_of_the_first_voice_is_heard_when_all_fail_later() -> None:  # P16
    asked = [0]

    def mood() -> TapeVoice:
        asked[0] += 1
        return TapeVoice() if asked[0] <= 2 else broken()

    one, two = Voice(mood, apology="So sorry."), Voice(broken)
    record = called(one, two, lines=("Hello.", "One two."))
    assert record.heard == ("Hello.", "So", "sorry.")


class NeverReady(Voice):
    async def start(self, frame: StartFrame) -> None:
        await asyncio.Event().wait()


def test_a_call_begins_if_any_voice_can_start() -> None:  # P3
    record = called(NeverReady(), Voice(), lines=("One two.",))
    assert record.heard == ("One", "two.") and codes(record) == ["tts.timeout"]


def test_a_call_does_not_begin_if_none_can() -> None:
    assert called(NeverReady(), NeverReady()).outcome.reason == "start_failed"


def test_voices_of_different_rates_sound_at_one_rate() -> None:
    one, two = Voice(broken), Voice(sample_rate=8000)
    record = called(one, two, lines=("One two three.",))
    began, ended = (next(event.data["at"] for event in record.of(kind)) for kind in ("bot.started", "bot.stopped"))
    assert ended - began == pytest.approx(0.6, abs=0.05)


def test_settings_reach_all_voices_and_a_voices_name_only_the_first() -> None:
    one, two = Voice(), Voice()

    def make(parts: CallParts) -> CallParts:
        parts.tts = FallbackTTSService([one, two])  # type: ignore[assignment]
        parts.tts.words = one.words
        return parts

    async def play(call: LiveCall) -> None:
        await call.queue(TTSUpdateSettingsFrame({"voice": "berta", "speed": 1.5}))
        await call.wait(1)

    ScriptedCall(make=make).run(play)
    assert (one.options, two.options) == (Options("berta", 1.5), Options("anna", 1.5))


@pytest.mark.parametrize(
    ("voices", "options", "parameter"),
    [([], {}, "voices"), (["anna"], {}, "voices"), ([Voice()], {"keys": ("a", "b")}, "keys"),
     ([Voice()], {"start_secs": 0}, "start_secs")],
)  # fmt: skip
def test_what_cannot_speak_is_refused(voices: list[Any], options: dict[str, Any], parameter: str) -> None:
    with pytest.raises(SettingRefused, match=parameter):
        FallbackTTSService(voices, **options)


def test_the_time_of_all_voices_fits_into_the_services_own() -> None:
    chain = FallbackTTSService([Voice(deadlines=TTSDeadlines(2, 1.5)), Voice(deadlines=TTSDeadlines(3, 1))])
    assert chain._deadlines.first > 5 and chain._deadlines.between > 1.5


def random_call(seed: int) -> tuple[CallRecord, list[str]]:
    """A call whose first voice fails at random and whose caller cuts in at random."""
    chance = random.Random(seed)
    moods = (TapeVoice, lambda: broken(chance.randrange(3)), lambda: TapeVoice(fail_after=0), TapeVoice)

    def moody() -> TapeVoice:
        return chance.choice(moods)()

    one, two = Voice(moody), Voice(lambda: TapeVoice() if chance.random() < 0.8 else broken(1))

    def make(parts: CallParts) -> CallParts:
        two.words = one.words
        parts.tts = FallbackTTSService([one, two], standing=None)  # type: ignore[assignment]
        parts.tts.words = one.words
        return parts

    async def play(call: LiveCall) -> None:
        for number in range(4):
            await call.say(f"question {number}")
            if chance.random() < 0.5:
                await call.interrupt_at_word(len(call.heard()) + chance.randrange(1, 5), "wait", limit=4.0)
            await call.bot_silent(limit=20.0)

    replies = [f"A{n} b{n} c{n} d{n}. E{n} f{n} g{n}." for n in range(9)]
    record = ScriptedCall(replies, make=make, clearable=True, seed=seed).run(play)
    return record, [word for reply in replies for word in reply.split()]


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(8))
def test_whatever_fails_and_whoever_cuts_in_what_was_heard_is_what_is_stored(seed: int) -> None:  # P13
    record, words = random_call(seed)
    assert record.stored_words == list(record.heard)
    heard = [words.index(word) for word in record.heard]
    assert heard == sorted(set(heard))
    assert record.outcome.reason == "caller_hung_up"
