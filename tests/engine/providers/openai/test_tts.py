"""Voices against a strict server on this machine, through the SDK as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bots.engine.audio import wav
from bots.engine.errors import EngineError
from bots.engine.providers.openai.tts import OpenAITTSService, parts_of
from bots.engine.services.settings import SettingRefused
from bots.engine.testing import contract
from bots.engine.testing.servers.certificates import expired_certificate
from bots.engine.testing.servers.loopback import loopback
from bots.engine.testing.servers.speech import SpeechFake, SpeechFaults, tone

pytestmark = pytest.mark.network
KEY = "sk-fake"
TEXT = "Hello there."


@asynccontextmanager
async def speaking(fake: SpeechFake, *, key: str = KEY, **given: Any) -> AsyncIterator[OpenAITTSService]:
    async with fake.running():
        service = OpenAITTSService(api_key=key, base_url=fake.url, **given)
        try:
            yield service
        finally:
            await service.cleanup()
    assert fake.problems == []


async def sound(service: OpenAITTSService, text: str = TEXT) -> bytes:
    async with aclosing(service.run_tts(text)) as pieces:  # type: ignore[type-var]
        return b"".join([piece.audio async for piece in pieces])


async def test_a_text_is_asked_for_as_the_documents_say_and_streamed() -> None:  # SPCH-16
    fake = SpeechFake()
    async with speaking(fake, voice="nova", instructions="Calm.", speed=1.25) as service:
        assert await sound(service) == tone(TEXT)
    assert fake.requests == [
        {"input": TEXT, "model": "gpt-4o-mini-tts", "voice": "nova", "response_format": "pcm", "instructions": "Calm.",
         "speed": 1.25},
    ]  # fmt: skip


async def test_older_models_get_no_instructions() -> None:
    fake = SpeechFake()
    async with speaking(fake, model="tts-1-hd", instructions="Calm.") as service:
        assert await sound(service)
    assert "instructions" not in fake.requests[0]


@pytest.mark.parametrize(("rate", "seconds"), [(None, 0.6), (24000, 0.6), (16000, 0.6), (8000, 0.6)])
async def test_the_contract_holds_at_every_rate(rate: int | None, seconds: float) -> None:  # SPCH-05, SPCH-09, SPCH-14
    async with SpeechFake().running() as fake:
        make = lambda: OpenAITTSService(api_key=KEY, base_url=fake.url, sample_rate=rate)  # noqa: E731
        heard = await contract.tts_service(make, TEXT)
    assert len(heard) / 2 / (rate or 24000) == pytest.approx(seconds, abs=0.001)
    assert fake.problems == []


async def test_a_voice_and_a_model_change_from_the_next_text_on() -> None:  # SPCH-13
    fake = SpeechFake()
    async with speaking(fake) as service:
        await sound(service)
        service.set_voice("sage")
        service.set_model("tts-1")
        await sound(service)
        service.update_settings({"voice_id": "nova", "speed": 0.5})
        await sound(service)
        for wrong in ({"speed": 9.0}, {"volume": 1}, {"voice": 5}):
            with pytest.raises(SettingRefused, match=next(iter(wrong))):
                service.update_settings(wrong)
    assert [(asked["voice"], asked["model"]) for asked in fake.requests] == [
        ("alloy", "gpt-4o-mini-tts"), ("sage", "tts-1"), ("nova", "tts-1"),
    ]  # fmt: skip


async def failure(fake: SpeechFake, **given: Any) -> EngineError:
    async with speaking(fake, **given) as service:
        with pytest.raises(EngineError) as caught:
            await sound(service)
    assert KEY not in str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("fault", "code", "retryable"),
    [
        (SpeechFaults(status=401), "tts.key_refused", False),
        (SpeechFaults(status=400), "tts.refused", False),
        (SpeechFaults(status=429), "tts.busy", False),
        (SpeechFaults(status=500), "tts.busy", True),
        (SpeechFaults(cut_after=0), "tts.unreachable", True),
        (SpeechFaults(cut_after=5000), "tts.unreachable", True),
        (SpeechFaults(instead=b'{"error": "no"}', kind="application/json"), "tts.unreadable", True),
        (SpeechFaults(instead=b'{"error": "no"}'), "tts.unreadable", True),
        (SpeechFaults(instead=b"ID3\3 an mp3 file"), "tts.unreadable", True),
        (SpeechFaults(instead=b"RIFF but no WAV file"), "tts.unreadable", True),
    ],
)
async def test_failures_have_their_codes(
    fault: SpeechFaults, code: str, retryable: bool
) -> None:  # P1, P2, P8, P13, P15
    error = await failure(SpeechFake(faults=[fault]))
    assert (error.code, error.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("fault", "rate"),
    [
        (SpeechFaults(piece=7), 24000),
        (SpeechFaults(piece=801), 24000),
        (SpeechFaults(instead=wav.header(None, 16000) + tone(TEXT), piece=7), 16000),
        (SpeechFaults(kind="audio/pcm;rate=16000"), 16000),
    ],
)
async def test_odd_pieces_and_sound_of_another_form_or_rate_do_no_harm(fault: SpeechFaults, rate: int) -> None:  # P13
    fake = SpeechFake(faults=[fault])
    async with speaking(fake) as service, aclosing(service.run_tts(TEXT)) as heard:  # type: ignore[type-var]
        pieces = [piece async for piece in heard]
    assert b"".join(piece.audio for piece in pieces) == tone(TEXT)
    assert {piece.sample_rate for piece in pieces} == {rate}


async def test_a_closed_port_is_told() -> None:  # P3
    service = OpenAITTSService(api_key=KEY, base_url="http://127.0.0.1:1/v1")
    with pytest.raises(EngineError) as caught:
        await sound(service)
    await service.cleanup()
    assert caught.value.code == "tts.unreachable"


async def test_a_bad_certificate_is_refused_by_name(tmp_path: Path) -> None:  # P17
    async with loopback(SpeechFake().play, tls=expired_certificate(tmp_path)) as server:
        service = OpenAITTSService(api_key=KEY, base_url=server.url)
        with pytest.raises(EngineError) as caught:
            await sound(service)
        await service.cleanup()
    assert caught.value.code == "tts.untrusted"


async def test_a_very_long_text_goes_in_parts() -> None:
    fake = SpeechFake()
    text = " ".join(["words"] * 1000)
    async with speaking(fake) as service, aclosing(service.run_tts(text)) as pieces:  # type: ignore[type-var]
        await anext(pieces)
    assert len(fake.requests[0]["input"]) <= 4096
    assert " ".join(parts_of(text, 4096)) == text
    assert list(parts_of("x" * 9, 4)) == ["xxxx", "xxxx", "x"]


@pytest.mark.parametrize("wrong", [{"speed": 0.1}, {"speed": "fast"}, {"voice": 5}, {"sample_rate": 100}])
def test_a_constructor_refuses_what_it_cannot_mean(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        OpenAITTSService(**wrong)
