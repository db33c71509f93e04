"""Who took a placed call (lessons T17; reliability C17): a corpus of first words, and what corrects them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.blocks.answering import AnswerDetector, AnswerGate, AnswerPlan
from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.context.context import LLMContext
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    AnsweredByFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from tests.engine.core.probes import Probe, Run, in_a_run

from .corpus import CORPUS, PEOPLE, Greeting
from .stage import tone

STOP_S = 0.8
"""The voice detector's: that late it notices silence."""


class Turns(FrameProcessor):
    """The user aggregator of these tests: each text is a turn."""

    @handles(TranscriptionFrame, consume=True)
    async def on_text(self, frame: TranscriptionFrame) -> None:
        await self.push_frame(LLMContextFrame(LLMContext()))


class Heard:
    """A detector at work."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def started(self) -> None:
        await self._run.task.queue_frame(UserStartedSpeakingFrame(self._run.clock.now()))

    async def stopped(self) -> None:
        now = self._run.clock.now()
        await self._run.clock.sleep(STOP_S)
        await self._run.task.queue_frame(UserStoppedSpeakingFrame(now + STOP_S, now))

    async def words(self, text: str) -> None:
        await self._run.clock.sleep(0.1)
        await self._run.task.queue_frame(TranscriptionFrame(text, "caller", ""))

    async def says(self, text: str, seconds: float, silence: float = 1.6) -> None:
        await self.started()
        await self._run.clock.sleep(seconds)
        await self.stopped()
        if text:
            await self.words(text)
        await self._run.clock.sleep(max(0.0, silence - STOP_S - 0.1))

    async def beeps(self, seconds: float, hertz: float = 1000.0) -> None:
        await self.audio(tone(hertz, seconds) + bytes(3200))

    async def audio(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), 640):
            await self._run.clock.sleep(0.02)
            await self._run.task.queue_frame(InputAudioRawFrame(pcm[start : start + 640], 16000, 1))

    async def carrier(self, kind: str) -> None:
        await self._run.task.queue_frame(AnsweredByFrame(kind))

    async def wait(self, seconds: float) -> None:
        await self._run.clock.sleep(seconds)


class Story:
    """What a detector found: kinds with how, the media seconds of the bot's first words, and details of ends."""

    def __init__(
        self,
        play: Callable[[Heard], Awaitable[None]],
        plan: AnswerPlan | None = None,
        *,
        opens_itself: bool = True,
        early: str = "",
    ) -> None:
        self.ended: list[str] = []
        self.opened: list[float] = []
        self.model = Probe("model")

        async def end(detail: str) -> None:
            self.ended.append(detail)

        detector = AnswerDetector(plan or AnswerPlan(screener_text="It is me."), end=end)

        async def main(run: Run) -> None:
            async def opening() -> None:
                self.opened.append(round(run.clock.now(), 2))

            if early:
                await run.task.queue_frame(AnsweredByFrame(early))
                await run.clock.sleep(0.1)
            await detector.begin(opening, opens_itself=opens_itself)
            await play(Heard(run))

        run = in_a_run(lambda: Run(detector, Turns(), AnswerGate(detector.passes), self.model), main)
        self.events = [dict(event.data) for event in run.events if event.kind == "answer.detected"]
        self.found = [(event["kind"], event["by"]) for event in self.events]
        self.detector = detector

    @property
    def asked(self) -> int:
        """How often the model was asked."""
        return len(self.model.of(LLMContextFrame))


def heard(greeting: Greeting) -> Story:
    async def play(far: Heard) -> None:
        await far.wait(0.3)
        for text, seconds, silence in greeting.parts:
            await far.says(text, seconds, silence)
        if greeting.beep:
            await far.beeps(greeting.beep)
        await far.wait(4.0)

    return Story(play)


def test_the_corpus_is_large_and_in_four_languages() -> None:
    assert len(CORPUS) >= 60
    assert {greeting.language for greeting in CORPUS} == {"en", "de", "es", "fr"}


@pytest.mark.parametrize("greeting", CORPUS, ids=lambda greeting: greeting.parts[0][0][:40])
def test_the_first_words_tell_who_took_the_call(greeting: Greeting) -> None:  # T17
    story = heard(greeting)
    assert story.found[-1][0] == greeting.kind
    assert bool(story.opened) >= (greeting.kind == "human")
    assert (story.ended == []) is (greeting.kind in ("human", "screener"))


@pytest.mark.heavy
def test_no_person_is_taken_for_a_machine_and_each_is_spoken_to_soon() -> None:  # T17
    for greeting in PEOPLE:
        story = heard(greeting)
        assert {kind for kind, _ in story.found} == {"human"}
        spoken = 0.3 + sum(seconds + silence for _, seconds, silence in greeting.parts) - greeting.parts[-1][2]
        assert story.opened[0] <= spoken + STOP_S + 0.1 + 1.3


def test_in_silence_the_bot_speaks_after_two_and_a_half_seconds_and_learns_later_who_is_there() -> None:
    async def silence(far: Heard) -> None:
        await far.wait(4.0)

    story = Story(silence)
    assert (story.opened, story.found) == ([2.5], [])

    async def late_machine(far: Heard) -> None:
        await far.wait(4.0)
        await far.says("Please leave a message after the beep.", 2.4)

    story = Story(late_machine)
    assert (story.found, story.ended) == ([("machine", "words")], ["machine"])


def test_the_bots_own_first_words_answer_a_hello_and_without_them_the_model_does() -> None:
    async def hello(far: Heard) -> None:
        await far.says("Hello?", 0.4)
        await far.says("What is it?", 0.6)

    story = Story(hello)
    assert (len(story.opened), story.asked) == (1, 1)
    story = Story(hello, opens_itself=False)
    assert (len(story.opened), story.asked) == (0, 2)


def test_partial_words_are_enough_for_a_machine() -> None:
    async def play(far: Heard) -> None:
        await far.started()
        await far.wait(2.0)
        await far._run.task.queue_frame(InterimTranscriptionFrame("you can leave a message", "caller", ""))
        await far.wait(0.1)

    story = Story(play)
    assert story.found == [("machine", "words")]
    assert story.events[0]["after_s"] == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize(("seconds", "kind"), [(0.5, "human"), (3.0, "human"), (4.5, "machine"), (20.0, "machine")])
def test_speech_that_nobody_understands_is_judged_by_its_length(seconds: float, kind: str) -> None:
    async def play(far: Heard) -> None:
        await far.says("", seconds)
        await far.wait(3.0)

    story = Story(play)
    assert story.found == [(kind, "timing")]
    assert story.events[0]["after_s"] <= 15.1 + STOP_S


def test_music_with_short_pauses_that_nobody_understands_is_a_machine_in_the_end() -> None:
    """T17: every call ends; pauses shorter than the patience for words would put the decision off for ever."""

    async def play(far: Heard) -> None:
        for _ in range(20):
            await far.says("", 4.0, 0.2)

    story = Story(play)
    assert story.found == [("machine", "timing")]
    assert story.events[0]["after_s"] == pytest.approx(45.0, abs=0.1)


def test_a_beep_makes_a_machine_of_what_was_taken_for_a_person() -> None:
    async def play(far: Heard) -> None:
        await far.says("Hey there, Sam and Linda's, you know what to do", 2.3)
        await far.wait(0.5)
        await far.beeps(0.5)

    story = Story(play)
    assert story.found == [("human", "words"), ("machine", "beep")]
    assert (story.events[1]["revised"], story.ended) == (True, ["machine"])


@pytest.mark.parametrize(
    ("hertz", "seconds", "said"),
    [(425.0, 1.0, 2.3), (440.0, 2.0, 2.3), (1000.0, 0.2, 2.3), (3000.0, 0.5, 2.3), (1000.0, 0.5, 0.4)],
)
def test_ringing_short_tones_and_beeps_after_a_hello_are_no_machine(hertz: float, seconds: float, said: float) -> None:
    async def play(far: Heard) -> None:
        await far.says("Hello, I put you through", said)
        await far.beeps(seconds, hertz)

    assert {kind for kind, _ in Story(play).found} == {"human"}


@pytest.mark.parametrize(("kind", "detail"), [("machine", "machine"), ("fax", "fax"), ("menu", "menu")])
def test_the_carriers_word_comes_first(kind: str, detail: str) -> None:  # T17
    async def play(far: Heard) -> None:
        await far.wait(0.5)
        await far.carrier("unknown")
        await far.carrier(kind)
        await far.wait(0.1)

    story = Story(play)
    assert (story.found, story.ended, story.opened) == ([(kind, "carrier")], [detail], [])

    async def nothing(far: Heard) -> None:
        await far.wait(0.1)

    assert Story(nothing, early=kind).found == [(kind, "carrier")]


def test_a_person_that_the_carrier_names_is_spoken_to_at_once_but_may_still_be_a_screener() -> None:
    async def play(far: Heard) -> None:
        await far.wait(0.5)
        await far.carrier("human")
        await far.wait(0.5)
        await far.says("Please state your name.", 1.4)

    story = Story(play)
    assert story.opened == [0.5]
    assert story.found == [("human", "carrier"), ("screener", "words")]


def test_a_late_word_of_the_carrier_counts_until_there_is_a_conversation() -> None:
    async def soon(far: Heard) -> None:
        await far.says("Hello", 0.4)
        await far.carrier("machine")

    assert Story(soon).found == [("human", "words"), ("machine", "carrier")]

    async def late(far: Heard) -> None:
        await far.says("Hello", 0.4)
        await far.says("I am fine", 0.6)
        await far.says("Next Tuesday", 0.6)
        await far.carrier("machine")
        await far.says("Leave a message after the tone", 1.6)
        await far.beeps(0.5)

    story = Story(late)
    assert (story.found, story.ended) == ([("human", "words")], [])


def test_words_that_come_before_the_call_begins_are_not_lost() -> None:
    async def play(far: Heard) -> None:
        await far.wait(0.2)

    assert Story(play, early="human").opened == [0.1]


def test_what_it_cannot_mean_is_refused() -> None:
    async def end(detail: str) -> None: ...

    with pytest.raises(BlockSettingWrong, match="plan"):
        AnswerDetector({"on_machine": "hang_up"}, end=end)  # type: ignore[arg-type]
    with pytest.raises(BlockSettingWrong, match="end"):
        AnswerDetector(AnswerPlan(), end=None)  # type: ignore[arg-type]
