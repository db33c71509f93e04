"""The caller cuts in: silence in one step, and nothing of the old reply comes after it (TURN-14…21, SPCH-10)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import SpecError
from bots.engine.frames import (
    BotStoppedSpeakingFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    LLMUpdateSettingsFrame,
    SpokenWord,
    TextFrame,
    TTSAudioRawFrame,
    TTSSpeakFrame,
)
from bots.engine.services.llm_events import LLMEvent, TextDelta
from bots.engine.services.tts import SpeechPiece
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeTTS, TapeVoice
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.strategies import BaseInterruptionStrategy

STORY = " ".join(f"word{number}" for number in range(40)) + "."
RATE = PipelineParams(audio_out_sample_rate=16000)


def with_strategies(*strategies: BaseInterruptionStrategy, allow: bool = True) -> PipelineParams:
    return PipelineParams(
        audio_out_sample_rate=16000, allow_interruptions=allow, interruption_strategies=tuple(strategies)
    )  # fmt: skip


async def barge_in(call: LiveCall) -> None:
    await call.say("tell me a story")
    await call.interrupt_at_word(5, "please stop now")
    await call.bot_silent()


def test_user_speech_stops_the_bot_within_one_audio_step() -> None:
    call = ScriptedCall(replies=[STORY, "Yes."])
    written: list[float] = []
    cut_at: list[float] = []

    async def play(live: LiveCall) -> None:
        output = live.parts.transport.output()
        write = output.ear.take

        def take(pcm: bytes, now: float) -> None:
            written.append(now)
            write(pcm, now)

        output.ear.take = take  # type: ignore[method-assign]
        live.task.journal.listen(lambda event: cut_at.append(event.at) if event.kind == "interruption" else None)
        await barge_in(live)

    record = call.run(play)
    at = cut_at[-1]
    assert max(when for when in written if when < at + 0.5) <= at
    (stopped,) = [event for event in record.of("bot.stopped") if event.data["interrupted"]]
    assert stopped.at == pytest.approx(at, abs=1e-6)


def test_the_stored_message_holds_only_heard_words() -> None:
    record = ScriptedCall(replies=[STORY, "Yes."], clearable=True).run(barge_in)
    told = record.messages[1]
    assert told["role"] == "assistant"
    words = told["content"].split()
    assert words == STORY.split()[: len(words)]
    assert 5 <= len(words) <= 7
    assert list(record.heard)[: len(words)] == words
    (turn,) = [event for event in record.of("bot.turn") if event.data["interrupted"]]
    assert turn.data["planned"] == STORY


@pytest.mark.parametrize("clearable", [True, False])
def test_what_was_written_counts_as_heard_only_where_it_cannot_be_taken_back(clearable: bool) -> None:
    record = ScriptedCall(replies=[STORY, "Yes."], clearable=clearable).run(barge_in)
    assert record.stored_words == list(record.heard)


class StubbornLLM(TapeLLM):
    """Swallows its cancellation and goes on telling."""

    async def stream(self, context: Any) -> AsyncIterator[LLMEvent]:
        for word in STORY.split():
            with suppress(asyncio.CancelledError):
                await self.clock.sleep(0.05)
            yield TextDelta(word + ". ")


class StubbornTTS(TapeTTS):
    """Swallows its cancellation and goes on speaking."""

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        for number, word in enumerate(text.split()):
            with suppress(asyncio.CancelledError):
                await self.clock.sleep(0.05)
            spoken = SpokenWord(word, number * self.voice.word, (number + 1) * self.voice.word)
            yield SpeechPiece(self._marked(word), [spoken])


@pytest.mark.parametrize("stubborn", ["llm", "tts", "both"])
def test_late_tokens_and_late_audio_of_a_cut_reply_are_not_spoken(stubborn: str) -> None:
    def make(parts: CallParts) -> CallParts:
        if stubborn != "tts":
            parts.llm = StubbornLLM()
        if stubborn != "llm":
            parts.tts = StubbornTTS()
        return parts

    async def play(live: LiveCall) -> None:
        await live.type("go")
        await live.wait(1.5)
        await live.task.interrupt()
        heard = len(live.heard())
        await live.wait(5.0)
        assert heard <= len(live.heard()) <= heard + 1

    record = ScriptedCall(replies=[STORY], make=make).run(play)
    assert record.stored_words == list(record.heard)
    assert len(record.of("bot.turn")) == 1


class TokenModel(FrameProcessor):
    """A model written as the documents show it: it knows no ledger and notices no interruption."""

    @handles(InterruptionFrame)
    async def note(self, frame: InterruptionFrame) -> None:
        """Goes on."""

    async def tell(self, words: list[str]) -> None:
        await self.push_frame(LLMFullResponseStartFrame())
        for word in words:
            await self.push_frame(LLMTextFrame(word + " "))
            await self.clock.sleep(0.1)
        await self.push_frame(LLMFullResponseEndFrame())


def test_a_model_that_does_not_know_the_ledger_is_stored_and_cut_like_any_other() -> None:
    model = TokenModel()

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        return [model if part is parts.llm else part for part in parts.in_order()]

    async def play(live: LiveCall) -> None:
        telling = asyncio.create_task(model.tell(["One.", "Two.", "Three.", "Four.", "Five.", "Six."]))
        await live.wait(0.25)
        await live.task.interrupt()
        await telling
        await live.wait(1)
        await model.tell(["Done."])
        await live.bot_silent()

    record = ScriptedCall(arrange=arrange).run(play)
    assert record.stored_words == list(record.heard)
    assert record.stored_words[-1] == "Done."
    assert "Six." not in record.stored_words


def test_inboxes_lose_what_is_interruptible_and_keep_the_rest() -> None:
    seen: list[str] = []

    class Slow(FrameProcessor):
        waits = True

        @handles(TextFrame, LLMUpdateSettingsFrame)
        async def work(self, frame: Frame) -> None:
            seen.append(f"begin {frame}")
            await self.clock.sleep(1)
            seen.append(f"end {frame}")

    slow = Slow()

    async def play(live: LiveCall) -> None:
        for frame in (TextFrame("a"), TextFrame("b"), LLMUpdateSettingsFrame({}), TextFrame("c")):
            await slow.queue_frame(frame)
        await live.wait(0.5)
        await live.task.interrupt()
        assert slow.inbox is not None
        await live.wait(3)

    ScriptedCall(arrange=lambda parts: [slow, parts.transport.output(), parts.pair.assistant()]).run(play)
    assert seen == ["begin TextFrame", "begin LLMUpdateSettingsFrame", "end LLMUpdateSettingsFrame"]


def test_an_interruption_can_come_from_any_processor_upstream() -> None:  # TURN-21, RTVI-10
    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame(STORY))
        await live.wait(1)
        await live.parts.pair.assistant().request_interruption("button")
        await live.wait(2)

    record = ScriptedCall().run(play)
    assert [event.data["reason"] for event in record.of("interruption")] == ["button"]
    assert len(record.heard) < 10


# -- functions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cancellable", [True, False])
def test_speech_cancels_a_function_only_where_it_may(cancellable: bool) -> None:  # FUNC-14, TURN-21
    done: list[str] = []

    async def book(params: FunctionCallParams) -> None:
        await params.llm.clock.sleep(2)
        done.append("booked")
        await params.result_callback({"booked": True})

    def make(parts: CallParts) -> CallParts:
        parts.llm = TapeLLM([TapeReply(calls=[TapeCall("book")]), "Thank you.", "It is booked."])
        parts.llm.register_function("book", book, cancel_on_interruption=cancellable)
        return parts

    async def play(live: LiveCall) -> None:
        await live.type("book it")
        await live.wait(0.5)
        await live.type("are you there")
        await live.bot_silent(quiet=3)

    record = ScriptedCall(make=make).run(play)
    assert done == ([] if cancellable else ["booked"])
    roles = [message["role"] for message in record.messages]
    assert roles.count("tool") == 1
    final = "tool.cancelled" if cancellable else "tool.finished"
    assert [event.kind for event in record.of("tool.finished", "tool.cancelled", "tool.failed")] == [final]
    assert record.stored_words == (["Thank", "you."] if cancellable else ["Thank", "you.", "It", "is", "booked."])


def test_speech_shorter_than_the_turn_leaves_the_next_answer_whole() -> None:
    """The end frame of a reply that was cut comes late and must not end the next one."""

    class LateEnd(FrameProcessor):
        waits = False

        @handles(LLMFullResponseEndFrame, consume=True)
        async def hold(self, frame: LLMFullResponseEndFrame) -> None:
            self.create_task(self._later(frame))

        async def _later(self, frame: LLMFullResponseEndFrame) -> None:
            await self.clock.sleep(0.5)
            await self.push_frame(frame)

    late = LateEnd()

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        order = parts.in_order()
        order.insert(order.index(parts.tts), late)
        return order

    async def play(live: LiveCall) -> None:
        await live.type("one")
        await live.wait(0.15)
        await live.type("two")
        await live.bot_silent(quiet=3)

    record = ScriptedCall(
        replies=[TapeReply(STORY), TapeReply("This one is whole and has no stop", between=0.2)], arrange=arrange
    ).run(play)
    assert record.stored_words[-8:] == ["This", "one", "is", "whole", "and", "has", "no", "stop"]


def test_the_far_end_that_can_clear_is_told_once() -> None:
    cleared: list[float] = []

    async def play(live: LiveCall) -> None:
        output = live.parts.transport.output()
        output.clear = lambda: cleared.append(live.clock.now())  # type: ignore[method-assign]
        await live.type("story")
        await live.wait(2)
        await live.task.interrupt()
        assert len(cleared) == 2
        await live.wait(1)

    ScriptedCall(replies=[STORY], clearable=True).run(play)
    assert len(cleared) >= 2


def test_bot_stopped_goes_both_ways_with_its_media_time() -> None:  # CONF-20
    seen: list[tuple[str, float | None, bool]] = []

    class Watch(FrameProcessor):
        @handles(BotStoppedSpeakingFrame)
        async def see(self, frame: BotStoppedSpeakingFrame) -> None:
            seen.append((self.name, frame.at, frame.interrupted))

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        return [Watch(name="before"), *parts.in_order(), Watch(name="behind")]

    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame("One two."))
        await live.bot_silent()

    ScriptedCall(arrange=arrange).run(play)
    assert sorted(seen) == [("before", seen[0][1], False), ("behind", seen[0][1], False)]


def test_audio_of_an_unknown_segment_is_not_played() -> None:
    async def play(live: LiveCall) -> None:
        await live.parts.tts.push_frame(TTSAudioRawFrame(b"\1\0" * 16000, 16000, 1, None, 99))
        await live.wait(1)
        assert live.parts.transport.output().ear.blocks == []

    ScriptedCall().run(play)


def test_a_voice_that_fails_in_mid_sentence_leaves_only_what_had_sound() -> None:
    voice = TapeVoice(fail_after=2, words_per_piece=1, error=SpecError("no voice"))

    def make(parts: CallParts) -> CallParts:
        parts.tts = TapeTTS(voice)
        return parts

    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame("one two three four"))
        await live.bot_silent()

    record = ScriptedCall(make=make).run(play)
    assert record.stored_words == ["one", "two"] == list(record.heard)
    assert record.of("error")
