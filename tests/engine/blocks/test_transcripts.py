"""Transcripts message by message (TRN-01…06)."""

from typing import Any

from bots.engine.blocks.transcripts import TranscriptProcessor
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    TranscriptionFrame,
    TranscriptionMessage,
    TranscriptionUpdateFrame,
    TTSTextFrame,
)
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from tests.engine.core.probes import Probe, Run, in_a_run, send

WHEN = "2026-01-01T12:00:01.000+00:00"
Told = list[tuple[FrameProcessor, TranscriptionUpdateFrame]]


def listened() -> tuple[TranscriptProcessor, Told]:
    transcript, told = TranscriptProcessor(), []

    @transcript.event_handler("on_transcript_update")
    async def keep(processor: FrameProcessor, frame: TranscriptionUpdateFrame) -> None:
        told.append((processor, frame))

    return transcript, told


def test_there_is_one_processor_of_each_side_and_handlers_hear_both() -> None:  # TRN-01
    transcript, told = listened()
    user, assistant = transcript.user(), transcript.assistant(name="words")
    late: list[Any] = []

    @transcript.event_handler("on_transcript_update")
    async def later(processor: FrameProcessor, frame: TranscriptionUpdateFrame) -> None:
        late.append(processor)

    assert transcript.user() is user and transcript.assistant() is assistant and assistant.name == "words"
    heard = TranscriptionFrame("hello", "ann", WHEN)
    in_a_run(lambda: Run(user, assistant), lambda run: send(run, heard, TTSTextFrame("hi"), BotStoppedSpeakingFrame()))
    assert [processor for processor, _ in told] == late == [user, assistant]


def test_what_the_caller_said_is_told_with_time_and_speaker_and_flows_on() -> None:  # TRN-02, TRN-03
    transcript, told = listened()
    behind = Probe("behind")
    in_a_run(
        lambda: Run(transcript.user(), behind),
        lambda run: send(run, TranscriptionFrame("hello", "ann", WHEN), TranscriptionFrame("again", "", WHEN)),
    )
    messages = [message for _, frame in told for message in frame.messages]
    assert messages == [
        TranscriptionMessage("user", "hello", WHEN, "ann"), TranscriptionMessage("user", "again", WHEN, None)
    ]  # fmt: skip
    assert len(behind.of(TranscriptionFrame)) == 2


def test_spoken_words_become_utterances_at_every_kind_of_end() -> None:  # TRN-05
    transcript, told = listened()
    ends: list[Frame] = [BotStoppedSpeakingFrame(), InterruptionFrame(), EndFrame()]

    async def play(run: Run) -> None:
        for number, end in enumerate(ends):
            await send(run, TTSTextFrame("word"), TTSTextFrame(f"{number}."))
            await send(run, end)

    in_a_run(lambda: Run(transcript.assistant()), play)
    assert [frame.messages[0].content for _, frame in told] == ["word 0.", "word 1.", "word 2."]
    assert all(frame.messages[0].timestamp and frame.messages[0].user_id is None for _, frame in told)


def test_a_cancelled_call_keeps_its_last_words() -> None:  # TRN-05
    transcript, told = listened()
    probe = Probe()
    in_a_run(lambda: Run(probe, transcript.assistant()), lambda run: send(run, TTSTextFrame("last")))
    assert [frame.messages[0].content for _, frame in told] == ["last"]
    assert len(probe.of(CancelFrame)) == 1


def test_the_transcript_of_a_call_holds_what_was_heard_in_order() -> None:  # TRN-04, TRN-06
    transcript, told = listened()

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        source, stt, user, llm, tts, output, assistant = parts.in_order()
        return [source, stt, transcript.user(), user, llm, tts, output, transcript.assistant(), assistant]

    async def play(call: LiveCall) -> None:
        await call.say("hello", at=0.5)
        await call.interrupt_at_word(3, "stop it")
        await call.bot_silent()

    record = ScriptedCall(["one two three four five six seven eight.", "Fine."], arrange=arrange).run(play)
    lines = [(message.role, message.content) for _, frame in told for message in frame.messages]
    spoken = [content for role, content in lines if role == "assistant"]
    assert [content for role, content in lines if role == "user"] == ["hello", "stop it"]
    assert " ".join(spoken).split() == record.stored_words
    assert lines[-1] == ("assistant", "Fine.")
