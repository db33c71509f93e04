"""The bot's words at the client, with the real voice service, output and assistant behind it (client contract 5.4)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    SpokenWord,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.rtvi.bot_output import SHOWN_ONLY
from bots.engine.services.tts import SpeechPiece, TTSService
from bots.engine.testing.client import CPP, JS, KOTLIN, SWIFT
from bots.engine.transports.output import BaseOutputTransport
from bots.engine.transports.params import TransportParams
from bots.engine.turns.assistant import LLMAssistantAggregator
from tests.engine.rtvi.conversation import Conversation, converse

RATE = 16000
WORD_S = 0.3
FIRST, SECOND = "Good morning, dear guest.", "How can I help you today?"


class EvenVoice(TTSService):
    """Says every word in 0.3 s and tells so."""

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        spoken = text.split()
        words = [SpokenWord(word, WORD_S * n, WORD_S * (n + 1)) for n, word in enumerate(spoken)]
        await asyncio.sleep(0.05)
        yield SpeechPiece(b"\x01\x00" * int(RATE * WORD_S * len(spoken)), words)


class Speaker(BaseOutputTransport):
    """Plays into the air; messages go to the scripted client."""

    def __init__(self) -> None:
        super().__init__(TransportParams(audio_out_sample_rate=RATE))
        self.client: Any = None

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self.client._take(dict(message))


def middle() -> list[FrameProcessor]:
    return [EvenVoice(sample_rate=RATE), Speaker(), LLMAssistantAggregator(LLMContext())]


async def say(call: Conversation, *texts: str, skip_tts: bool = False) -> None:
    call.pipeline.processors[4].client = call.client  # type: ignore[attr-defined]
    reply = call.task.ledger.open_reply()
    await call.push(LLMFullResponseStartFrame(reply))
    for text in texts:
        for token in text.split(" "):
            await call.push(LLMTextFrame(token + " ", skip_tts))
    await call.push(LLMFullResponseEndFrame(reply))


async def connect(call: Conversation) -> None:
    call.pipeline.processors[4].client = call.client  # type: ignore[attr-defined]
    await call.client.connect()


def outputs(call: Conversation, segment: int | None = None) -> list[dict[str, Any]]:
    return [m["data"] for m in call.client.all("bot-output") if segment in (None, m["data"]["segment_id"])]


def run(script: Any, ready_data: Mapping[str, Any] | None = JS) -> None:
    converse(script, ready_data=ready_data, middle=middle())


@pytest.mark.parametrize("who", [JS, SWIFT, KOTLIN])
def test_a_sentence_appears_grows_with_the_voice_and_is_completed(who: Mapping[str, Any]) -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        await asyncio.sleep(3.0)
        life = outputs(call)
        assert [data["spoken_status"] for data in life] == ["new", *["in-progress"] * 4, "completed"]
        assert [data["spoken_progress"]["accumulated_text"] for data in life] == [
            "", "Good", "Good morning,", "Good morning, dear", FIRST, FIRST,
        ]  # fmt: skip
        assert {data["text"] for data in life} == {FIRST}
        assert {data["will_be_spoken"] for data in life} == {True}
        assert [data["spoken"] for data in life] == [False] * 5 + [True]
        assert call.client.problems() == []

    run(script, who)


def test_progress_follows_the_ear_not_the_synthesis() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        await asyncio.sleep(0.05 + 2 * WORD_S + 0.15)
        assert outputs(call)[-1]["spoken_progress"] == {
            "accumulated_text": "Good morning,", "remaining_text": " dear guest.",
        }  # fmt: skip
        assert call.client.all("bot-transcription") == []

    run(script)


def test_the_messages_of_a_spoken_turn_come_in_the_documented_order() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await call.push(UserStartedSpeakingFrame(), TranscriptionFrame("hi", "caller", "t"), UserStoppedSpeakingFrame())
        await say(call, FIRST, SECOND)
        await asyncio.sleep(6.0)
        seen = list(dict.fromkeys(call.client.types()))
        assert seen == [
            "bot-ready", "user-started-speaking", "user-transcription", "user-stopped-speaking", "bot-llm-started",
            "bot-llm-text", "bot-llm-stopped", "bot-tts-started", "bot-output", "bot-tts-stopped",
            "bot-started-speaking", "bot-tts-text", "bot-transcription", "bot-stopped-speaking",
        ]  # fmt: skip
        assert [m["data"]["text"] for m in call.client.all("bot-transcription")] == [FIRST, SECOND]
        assert " ".join(m["data"]["text"] for m in call.client.all("bot-tts-text")) == f"{FIRST} {SECOND}"
        assert len(call.client.all("bot-started-speaking", "bot-stopped-speaking")) == 2
        assert len(call.client.all("bot-tts-started")) == len(call.client.all("bot-tts-stopped")) == 2
        assert call.client.problems() == []

    run(script)


def test_an_interruption_tells_of_each_sentence_what_was_heard_and_what_was_not() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST, SECOND)
        await asyncio.sleep(0.05 + 2 * WORD_S + 0.15)
        await call.task.interrupt()
        await asyncio.sleep(3.0)
        first, second = [m["data"] for m in call.client.all("server-message")]
        assert (first["type"], first["interrupted"]) == ("bot-words", True)
        assert (first["heard"], first["unheard"]) == ("Good morning,", "dear guest.")
        assert (second["heard"], second["unheard"]) == ("", SECOND)
        assert outputs(call, first["segment_id"])[-1]["spoken_progress"]["accumulated_text"] == "Good morning,"
        assert "completed" not in {data["spoken_status"] for data in outputs(call)}
        assert [m["data"]["text"] for m in call.client.all("bot-transcription")] == ["Good morning,"]
        after = call.client.types()[call.client.types().index("server-message") :]
        assert "bot-output" not in after
        assert "bot-tts-text" not in after
        assert call.client.problems() == []

    run(script)


def test_the_last_words_heard_are_told_before_what_was_not_heard() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        # What was written cannot be taken back: the end of the second word is on its way when the bot is cut off.
        await asyncio.sleep(0.05 + 2 * WORD_S - 0.03)
        assert outputs(call)[-1]["spoken_progress"]["accumulated_text"] == "Good"
        await call.task.interrupt()
        last = call.client.received[-1]["data"]
        assert (last["heard"], last["unheard"]) == ("Good morning,", "dear guest.")
        assert outputs(call)[-1]["spoken_progress"]["accumulated_text"] == "Good morning,"
        await call.settle()
        assert call.client.received[-1]["data"] == last

    run(script)


def test_a_new_reply_after_an_interruption_lives_its_own_life() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        await asyncio.sleep(0.5)
        await call.task.interrupt()
        await say(call, SECOND)
        await asyncio.sleep(4.0)
        assert [m["data"]["segment_id"] for m in call.client.all("server-message")] == [1]
        assert outputs(call, 2)[-1]["spoken_status"] == "completed"
        assert call.client.problems() == []

    run(script)


def test_clients_of_1_x_get_an_unspoken_sentence_and_then_spoken_words() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        await asyncio.sleep(3.0)
        shapes = [(data["text"], data["aggregated_by"], data["spoken"]) for data in outputs(call)]
        words = [(word, "word", True) for word in FIRST.split()]
        assert shapes == [(FIRST, "sentence", False), *words]
        assert not any("spoken_status" in data for data in outputs(call))
        assert call.client.problems() == []

    run(script, {"version": "1.3.0", "about": {"library": "@pipecat-ai/client-react"}})


def test_clients_before_1_1_get_sentences_and_words_without_bot_output() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        await asyncio.sleep(3.0)
        assert outputs(call) == []
        assert [m["data"]["text"] for m in call.client.all("bot-transcription")] == [FIRST]
        assert len(call.client.all("bot-tts-text")) == 4
        assert call.client.problems() == []

    run(script, CPP)


def test_text_that_is_not_spoken_is_shown_once_sentence_by_sentence() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST, SECOND, skip_tts=True)
        await asyncio.sleep(1.0)
        shown = outputs(call)
        assert [data["text"] for data in shown] == [FIRST, SECOND]
        assert [(d["will_be_spoken"], d["spoken_status"], d["spoken"]) for d in shown] == [(False, "new", False)] * 2
        assert [data["segment_id"] for data in shown] == [SHOWN_ONLY, SHOWN_ONLY + 1]
        assert call.client.all("bot-tts-started", "bot-started-speaking") == []
        assert [m["data"]["text"] for m in call.client.all("bot-transcription")] == [FIRST, SECOND]
        assert call.client.problems() == []

    run(script)


def test_a_client_that_joins_in_the_middle_of_a_sentence_sees_it_begin() -> None:
    async def script(call: Conversation) -> None:
        await connect(call)
        await say(call, FIRST)
        await asyncio.sleep(0.5)
        call.client.received.clear()
        await call.client.connect()
        await asyncio.sleep(3.0)
        life = outputs(call)
        assert life[0]["spoken_status"] == "new"
        assert life[0]["spoken_progress"]["accumulated_text"] == "Good morning,"
        assert life[-1]["spoken_status"] == "completed"
        assert call.client.problems() == []

    run(script)
