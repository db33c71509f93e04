"""How text reaches the voice: aggregators, filters, tags, settings at run time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from bots.engine.frames import (
    ErrorFrame,
    Frame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSUpdateSettingsFrame,
)
from bots.engine.services.failures import Failure
from bots.engine.services.tts import SpeechPiece
from bots.engine.services.tts_errors import tts_error
from bots.engine.testing.tapes import TapeTTS
from bots.engine.text.aggregation import TextAggregationMode
from bots.engine.text.filters import BaseTextFilter
from bots.engine.text.languages import Language
from bots.engine.text.markdown import MarkdownTextFilter
from bots.engine.text.patterns import PatternMatch, PatternPairAggregator
from tests.engine.core.probes import UP, Probe, Run, in_a_run

TOKEN = TextAggregationMode.TOKEN


@dataclass(frozen=True)
class Options:
    """What the voice of these tests can be told."""

    voice: str = "a"
    model: str = "small"
    language: str = "en"
    speed: float = 1.0


class Chosen(TapeTTS):
    """Notes with which options each text was asked for; voice ``none`` is refused."""

    def __init__(self, **base: Any) -> None:
        super().__init__(**base)
        self.options = Options()
        self.asked: list[tuple[str, Options]] = []

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        self.asked.append((text, self.options))
        if self.options.voice == "none":
            raise tts_error(Failure.REFUSED)
        async for piece in super().run_tts(text):
            yield piece


def spoken(tts: TapeTTS, *frames: Frame) -> tuple[Probe, Probe]:
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        await run.task.queue_frames(frames)
        await run.clock.sleep(20)

    in_a_run(lambda: Run(before, tts, behind), play)
    return before, behind


def reply(*tokens: str) -> list[Frame]:
    return [LLMFullResponseStartFrame(), *map(LLMTextFrame, tokens), LLMFullResponseEndFrame()]


def said(probe: Probe) -> list[str]:
    return [frame.text for frame in probe.of(TTSStartedFrame)]


class Shout(BaseTextFilter):
    """Upper case, and a word held back to the end."""

    def __init__(self) -> None:
        self.mark = "!"

    def filter(self, text: str) -> str:
        return text.upper()

    def flush(self) -> str:
        return f"end{self.mark}"

    def update_settings(self, settings: Any) -> None:
        self.mark = settings["mark"]


def test_one_filter_or_several_see_the_text_in_their_order() -> None:  # SPCH-07
    marks = MarkdownTextFilter()
    assert said(spoken(TapeTTS(text_filter=marks), *reply("It is **bold**."))[1]) == ["It is bold."]
    both = TapeTTS(text_filters=[Shout()], text_filter=MarkdownTextFilter())
    assert said(spoken(both, *reply("It is **bold**."))[1]) == ["IT IS BOLD.", "end!"]


def test_what_a_filter_holds_back_is_said_at_the_end_of_the_reply() -> None:  # SPCH-07, TXT-02
    tts = TapeTTS(text_filter=MarkdownTextFilter(), text_aggregation_mode=TOKEN)
    assert said(spoken(tts, *reply("five ", "&a", "mp; six ", "[se", "ven"))[1]) == ["five", "& six", "[seven"]


@pytest.mark.parametrize("text", ["I am from AT&T", "It is **bold", "See [here", "One. Two <3 &"])
def test_what_is_held_back_at_the_end_belongs_to_the_last_sentence(text: str) -> None:  # SPCH-07, TXT-02
    whole = [sentence.replace("**", "") for sentence in text.split(". ")]
    for frames in ([TTSSpeakFrame(text)], reply(*text.split(" ", 1)), reply(text)):
        if len(frames) > 3:
            frames[2] = LLMTextFrame(" " + text.split(" ", 1)[1])
        heard = said(spoken(TapeTTS(text_filter=MarkdownTextFilter()), *frames)[1])
        assert [sentence.rstrip(".") for sentence in heard] == whole


def test_an_insert_in_the_middle_of_a_reply_leaves_the_filters_state_alone() -> None:  # SPCH-11, TXT-02
    params = MarkdownTextFilter.InputParams(filter_code=True)
    frames = reply("Look. ```py\n", "secret. ", "\n```\n", "Done. ")
    frames.insert(3, TTSSpeakFrame("One *moment*."))
    assert said(spoken(TapeTTS(text_filter=MarkdownTextFilter(params)), *frames)[1]) == [
        "Look.",
        "One moment.",
        "Done.",
    ]


def test_settings_of_the_filters_change_at_run_time() -> None:  # SPCH-13
    frames = [TTSUpdateSettingsFrame({"text_filter": {"mark": "?"}}), *reply("Yes.")]
    assert said(spoken(TapeTTS(text_filter=Shout()), *frames)[1]) == ["YES.", "end?"]


def test_voice_model_and_language_change_between_two_sentences() -> None:  # SPCH-13
    tts = Chosen()
    frames = [
        TTSSpeakFrame("One."),
        TTSUpdateSettingsFrame({"voice": "b"}),
        TTSSpeakFrame("Two."),
        TTSUpdateSettingsFrame({"voice_id": "c", "model_id": "large", "speed": 2.0}),
        TTSUpdateSettingsFrame({"language": Language.FR}),
        TTSSpeakFrame("Three."),
    ]
    spoken(tts, *frames)
    assert [(text, o.voice, o.model, o.language, o.speed) for text, o in tts.asked] == [
        ("One.", "a", "small", "en", 1.0), ("Two.", "b", "small", "en", 1.0), ("Three.", "c", "large", "fr", 2.0),
    ]  # fmt: skip
    tts.set_voice("d")
    tts.set_model("tiny")
    tts.set_language("de")
    assert (tts.options, tts.model_name) == (Options("d", "tiny", "de", 2.0), "tiny")


def test_an_unknown_setting_is_told_and_changes_nothing() -> None:  # SPCH-13
    tts = Chosen()
    before, _ = spoken(tts, TTSUpdateSettingsFrame({"voice": "b", "pitch": 3}), TTSSpeakFrame("One."))
    assert [frame.code for frame in before.of(ErrorFrame, direction=UP)] == ["service.setting"]
    assert tts.asked == [("One.", Options())]
    before, _ = spoken(TapeTTS(), TTSUpdateSettingsFrame({"voice": "b"}))
    assert [frame.code for frame in before.of(ErrorFrame, direction=UP)] == ["service.setting"]


def test_a_voice_that_does_not_exist_is_told_and_the_last_good_one_speaks_on() -> None:  # SPCH-13, P16
    tts = Chosen()
    frames = [TTSSpeakFrame("One."), TTSUpdateSettingsFrame({"voice": "none"}), TTSSpeakFrame("Two. Three.")]
    before, _ = spoken(tts, *frames)
    assert [frame.code for frame in before.of(ErrorFrame, direction=UP)] == ["tts.refused"]
    assert [(text, o.voice) for text, o in tts.asked] == [
        ("One.", "a"), ("Two.", "none"), ("Two.", "a"), ("Three.", "a"),
    ]  # fmt: skip


def test_a_pattern_handler_changes_the_voice_between_two_sentences() -> None:  # SPCH-07, SPCH-13, TXT-03, TXT-08
    voices = {"ann": "voice-1", "bob": "voice-2"}
    aggregator = PatternPairAggregator()
    tts = Chosen(text_aggregator=aggregator)

    def switch(match: PatternMatch) -> None:
        tts.set_voice(voices[match.content])

    aggregator.add_pattern_pair("voice", "<voice>", "</voice>").on_pattern_match("voice", switch)
    spoken(tts, *reply("Hi. <vo", "ice>ann</voice>I am Ann. <voice>bo", "b</voice>And I am Bob."))
    assert [(text, o.voice) for text, o in tts.asked] == [
        ("Hi.", "a"), ("I am Ann.", "voice-1"), ("And I am Bob.", "voice-2"),
    ]  # fmt: skip


def test_an_unclosed_pair_is_spoken_as_it_stands_at_the_end_of_the_reply() -> None:  # TXT-09
    aggregator = PatternPairAggregator().add_pattern_pair("x", "<x>", "</x>")
    assert said(spoken(TapeTTS(text_aggregator=aggregator), *reply("Hi. <x>never closed. "))[1]) == [
        "Hi.", "<x>never closed.",
    ]  # fmt: skip


def test_the_older_name_of_the_aggregation_mode() -> None:  # SPCH-06
    frames = reply("Good ", "day. ")
    assert said(spoken(TapeTTS(aggregate_sentences=False), *frames)[1]) == ["Good", "day."]
    assert said(spoken(TapeTTS(aggregate_sentences=True), *frames)[1]) == ["Good day."]


@pytest.mark.parametrize(
    "wrong",
    [
        {"aggregate_sentences": True, "text_aggregation_mode": TOKEN},
        {"text_aggregator": PatternPairAggregator(), "text_aggregation_mode": TOKEN},
        {"text_aggregator": PatternPairAggregator(), "aggregate_sentences": False},
    ],
)
def test_what_contradicts_itself_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="text_aggregation_mode"):
        TapeTTS(**wrong)
