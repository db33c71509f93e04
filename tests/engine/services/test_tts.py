"""The voice's processor: sentences, tokens, filters, words, failures (SPCH-05…14)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.errors import ProviderError
from bots.engine.frames import (
    ErrorFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    SpokenWord,
    TextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSUsageMetricsData,
    TTSWordsFrame,
)
from bots.engine.services.tts import SpeechPiece, TTSDeadlines
from bots.engine.services.word_timing import estimated_words, merged_words, pace_of
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeReply, TapeTTS, TapeVoice
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.text.markdown import MarkdownTextFilter
from tests.engine.core.probes import UP, Probe, Run, in_a_run

OUT = PipelineParams(audio_out_sample_rate=16000)


def spoken(tts: TapeTTS, *frames: Frame, **options: Any) -> tuple[Probe, Probe, Run]:
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frames(frames)
        await run.clock.sleep(30)

    return before, behind, in_a_run(lambda: Run(before, tts, behind, **({"params": OUT} | options)), play)


def reply(*tokens: str, number: int | None = None) -> list[Frame]:
    return [LLMFullResponseStartFrame(number), *map(LLMTextFrame, tokens), LLMFullResponseEndFrame(number)]


def sentences(probe: Probe) -> list[str]:
    return [frame.text for frame in probe.of(TTSStartedFrame)]


def test_tokens_are_gathered_to_sentences_and_the_end_flushes_the_rest() -> None:  # SPCH-05, SPCH-06
    _, behind, run = spoken(TapeTTS(), *reply("Good ", "day. ", "How are ", "you"))
    assert sentences(behind) == ["Good day.", "How are you"]
    kinds = [type(frame) for frame, _ in behind.seen if isinstance(frame, TTSStartedFrame | TTSStoppedFrame)]
    assert kinds == [TTSStartedFrame, TTSStoppedFrame] * 2
    assert [event.data["text"] for event in run.events if event.kind == "bot.segment"] == sentences(behind)


def test_token_mode_speaks_every_token() -> None:  # SPCH-06
    tts = TapeTTS(text_aggregation_mode=TextAggregationMode.TOKEN)
    assert sentences(spoken(tts, *reply("Good ", "day. "))[1]) == ["Good", "day."]


def test_sound_has_the_services_rate_which_wins_over_the_pipelines() -> None:  # TASK-07, SPCH-14
    for tts, rate in ((TapeTTS(), 16000), (TapeTTS(sample_rate=22050), 22050)):
        _, behind, _ = spoken(tts, TTSSpeakFrame("Hello."))
        audio = behind.of(TTSAudioRawFrame)
        assert {frame.sample_rate for frame in audio} == {rate}
        assert sum(len(frame.audio) for frame in audio) == 2 * round(0.2 * rate)


def test_speech_without_the_model_is_cut_into_sentences_of_one_insert() -> None:  # SPCH-11
    _, behind, _ = spoken(TapeTTS(), TTSSpeakFrame("One. Two."))
    assert sentences(behind) == ["One.", "Two."]
    assert len({frame.reply for frame in behind.of(TTSStartedFrame)}) == 1


@pytest.mark.parametrize("keep", [True, False])
def test_an_insert_enters_the_transcript_always_and_the_context_by_option(keep: bool) -> None:  # SPCH-11
    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("One. Two.", append_to_context=keep))
        await call.bot_silent()

    record = ScriptedCall().run(play)
    assert record.transcript == [("bot", "One. Two.")]
    assert [message["content"] for message in record.messages] == (["One. Two."] if keep else [])


def test_filters_see_the_text_before_the_voice() -> None:  # SPCH-07
    class Filtered(TapeTTS):
        def __init__(self) -> None:
            super().__init__()
            self._filters = (MarkdownTextFilter(),)

    assert sentences(spoken(Filtered(), TTSSpeakFrame("This is **bold**."))[1]) == ["This is bold."]


def test_what_cannot_be_said_is_not_synthesised() -> None:
    _, behind, run = spoken(TapeTTS(), TTSSpeakFrame("..."), TTSSpeakFrame("  "))
    assert sentences(behind) == []
    assert run.task.ledger.open_replies == []


def test_text_that_is_only_shown_goes_on_and_counts_as_received() -> None:  # SPCH-08
    async def play(call: LiveCall) -> None:
        await call.type("show me", aloud=False)
        await call.bot_silent(quiet=2)
        await call.say("and now")
        await call.bot_silent()

    record = ScriptedCall(replies=["Only to read.", "To hear."]).run(play)
    assert list(record.heard) == ["To", "hear."]
    assert [message["content"] for message in record.messages if message["role"] == "assistant"] == [
        "Only to read.",
        "To hear.",
    ]


def test_what_was_shown_of_a_reply_that_was_cut_stays_in_the_context() -> None:
    async def play(call: LiveCall) -> None:
        await call.type("show me", aloud=False)
        await call.wait(0.5)
        await call.task.interrupt()
        await call.wait(1)

    record = ScriptedCall(replies=[TapeReply("One two three four five six", between=0.2)]).run(play)
    assert record.messages[-1] == {"role": "assistant", "content": "One two"}


@pytest.mark.parametrize("timings", [True, False])
def test_words_are_told_with_their_places_and_estimates_are_flagged(timings: bool) -> None:  # SPCH-09
    _, behind, _ = spoken(TapeTTS(TapeVoice(timings=timings)), TTSSpeakFrame("One two three four."))
    last = behind.of(TTSWordsFrame)[-1].words
    assert [word.text for word in last] == ["One", "two", "three", "four."]
    assert {word.estimated for word in last} == {not timings}
    assert last[-1].end == pytest.approx(0.8)


def test_estimates_fill_the_sound_and_learn_the_pace_of_the_voice() -> None:
    words = estimated_words("a bb ccc", 9.0)
    assert [round(word.start, 6) for word in words] == [0.0, 2.0, 5.0]
    assert words[-1].end == pytest.approx(9.0)
    assert merged_words("a b", [SpokenWord("a", 0.0, 1.0)], 3.0)[1].end == pytest.approx(3.0)
    assert estimated_words("", 1.0) == ()
    assert pace_of("a bb ccc", 3.0) == pytest.approx(3.0)
    _, behind, _ = spoken(
        TapeTTS(TapeVoice(word=1.0, timings=False)), TTSSpeakFrame("aaa bbb."), TTSSpeakFrame("ccc ddd.")
    )
    guesses = [frame.words[-1].end for frame in behind.of(TTSWordsFrame)]
    assert guesses[0] == pytest.approx(9 / 15)
    assert guesses[2] == pytest.approx(2.0)


class Broken(TapeTTS):
    """Says one word, then fails, or never goes on."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__(deadlines=TTSDeadlines(first=2.0, between=1.0))
        self.error = error

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        word = text.split(maxsplit=1)[0]
        yield SpeechPiece(self._marked(word), [SpokenWord(word, 0.0, 0.2)])
        if self.error is not None:
            raise self.error
        await self.clock.sleep(100)


@pytest.mark.parametrize("error", [None, ProviderError("The voice is gone."), ValueError("secret")])
def test_a_voice_that_fails_ends_its_sentence_and_what_had_no_sound_is_not_heard(
    error: Exception | None,
) -> None:  # P13
    def make(parts: CallParts) -> CallParts:
        parts.tts = Broken(error)
        return parts

    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three"))
        await call.bot_silent(quiet=4)

    record = ScriptedCall(make=make).run(play)
    # A stall is tried once more, from the first word that had no sound.
    heard = ["one", "two"] if error is None else ["one"]
    assert record.stored_words == heard == list(record.heard)
    assert len(record.of("error")) == len(heard)
    assert b"secret" not in record.journal


def test_the_code_of_a_late_voice_says_so() -> None:
    before, behind, _ = spoken(Broken(None), TTSSpeakFrame("one two"))
    assert [error.code for error in before.of(ErrorFrame, direction=UP)] == ["tts.timeout"] * 2
    assert len(behind.of(TTSStoppedFrame)) == 2


def test_characters_are_counted() -> None:  # MET-02
    params = PipelineParams(audio_out_sample_rate=16000, enable_usage_metrics=True)
    _, behind, _ = spoken(TapeTTS(), TTSSpeakFrame("Hello."), params=params)
    data = [entry for frame in behind.of(MetricsFrame) for entry in frame.data]
    assert [entry.value for entry in data if isinstance(entry, TTSUsageMetricsData)] == [6]


@pytest.mark.heavy
def test_a_fast_voice_waits_when_much_is_unheard() -> None:
    long = " ".join(f"word{number}" for number in range(250)) + "."

    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame(long))
        await call.wait(5)
        assert len(call.parts.tts.words) < 140
        await call.bot_silent()

    assert len(ScriptedCall().run(play).heard) == 250


def test_replies_keep_their_order_and_their_end_comes_behind_their_sound() -> None:
    _, behind, _ = spoken(TapeTTS(), *reply("One."), *reply("Two."))
    kinds = [type(frame).__name__ for frame, _ in behind.seen]
    assert kinds.index("LLMFullResponseEndFrame") > kinds.index("TTSStoppedFrame")
    assert sentences(behind) == ["One.", "Two."]
    numbers = [frame.reply for frame in behind.of(LLMFullResponseStartFrame, LLMFullResponseEndFrame)]
    assert numbers == [1, 1, 2, 2]


def test_plain_text_is_spoken_too() -> None:  # SPCH-05
    assert sentences(spoken(TapeTTS(), TextFrame("Hello there. "))[1]) == ["Hello there."]
