"""A whole call in real time whose ears and voice are servers on this machine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bots.engine.frames import TTSSpeakFrame
from bots.engine.providers.openai.stt import OpenAISTTService
from bots.engine.providers.openai.tts import OpenAITTSService
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, Play, ScriptedCall
from bots.engine.testing.servers.speech import SpeechFake, SpeechFaults

pytestmark = pytest.mark.network
KEY = "sk-fake"
SORRY = "I lost my voice."


class Ears(OpenAISTTService):
    """Takes what the script says beside the sound; the server has its own answers."""

    def will_hear(self, text: str) -> None:
        """The server knows."""


async def called(fake: SpeechFake, play: Play, *replies: str) -> CallRecord:
    def make(parts: CallParts) -> CallParts:
        ears = Ears(api_key=KEY, base_url=fake.url)
        voice = OpenAITTSService(api_key=KEY, base_url=fake.url, apology=SORRY)
        return replace(parts, stt=ears, tts=voice)

    async def safely(call: LiveCall) -> None:
        call.heard = list  # type: ignore[method-assign] (words are not marked in this voice's sound)
        await play(call)

    async with asyncio.timeout(30):
        return await ScriptedCall(replies=replies, make=make).perform(safely)


async def test_a_caller_is_heard_and_answered() -> None:  # SPCH-16
    async def play(call: LiveCall) -> None:
        await call.say("ignored")
        await call.bot_silent(quiet=1.0)

    async with SpeechFake(["What time is it?"]).running() as fake:
        record = await called(fake, play, "It is *noon*. Anything else?")
    assert record.transcript[0] == ("user", "What time is it?")
    assert record.transcript[1][0] == "bot"
    assert fake.problems == []
    assert fake.uploads[0].rate == 16000
    assert {request["input"] for request in fake.requests} == {SORRY, "It is *noon*.", "Anything else?"}
    (turn,) = record.of("bot.turn")
    assert turn.data["latency_ms"] > 0


async def test_a_voice_that_is_gone_is_heard_from_its_recording() -> None:  # P16
    async def play(call: LiveCall) -> None:
        await call.bot_silent(quiet=1.0)
        await call.queue(TTSSpeakFrame("This will not be heard."))
        await call.bot_silent(quiet=1.0)

    async with SpeechFake(faults=[SpeechFaults(), SpeechFaults(status=401)]).running() as fake:
        record = await called(fake, play)
    assert [text for _, text in record.transcript if text] == [SORRY]
    assert [event.data["code"] for event in record.of("error")] == ["tts.key_refused"]
