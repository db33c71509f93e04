"""A vendor that is a codec: the HTTP driver against a server on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bots.engine.errors import EngineError
from bots.engine.services.tts_decoders import PCMDecoder, SpeechDecoder
from bots.engine.services.tts_http import HttpTTSCodec, HttpTTSService, SpeechRequest, declared_rate
from bots.engine.testing import contract
from bots.engine.testing.servers.certificates import expired_certificate
from bots.engine.testing.servers.loopback import Exchange, loopback
from bots.engine.testing.servers.speech import tone

pytestmark = pytest.mark.network
TEXT = "Hello there."


@dataclass(frozen=True)
class Options:
    """What the vendor of these tests can be told."""

    url: str = ""
    voice: str = "a"


class Codec(HttpTTSCodec):
    """Raw sound at 24 kHz, or at 16 kHz where that is asked for."""

    rates = (24000, 16000)

    def __init__(self, options: Options) -> None:
        self._options = options

    def request(self, text: str, rate: int) -> SpeechRequest:
        return SpeechRequest(
            self._options.url, {"X-Key": "secret"}, {"rate": str(rate)}, {"text": text, "voice": self._options.voice}
        )

    def decoder(self, rate: int) -> SpeechDecoder:
        return PCMDecoder(rate)


async def speak(exchange: Exchange) -> None:
    await exchange.chunked("audio/pcm")
    sound = tone(exchange.body["text"])
    for at in range(0, len(sound), 4801):
        await exchange.chunk(sound[at : at + 4801])
    await exchange.chunk(b"")


async def sound(service: HttpTTSService) -> bytes:
    async with aclosing(service.run_tts(TEXT)) as pieces:  # type: ignore[type-var]
        return b"".join([piece.audio async for piece in pieces])


async def test_a_codec_is_all_that_a_vendor_needs() -> None:  # SPCH-17
    async with loopback(speak, path="/speak") as server:
        heard = await contract.tts_service(lambda: HttpTTSService(Codec, Options(server.url)), TEXT)
        assert heard == tone(TEXT)
        first = server.exchanges[0]
        assert (first.method, first.path, first.headers["x-key"]) == ("POST", "/speak?rate=24000", "secret")
        assert first.body == {"text": TEXT, "voice": "a"}


async def test_the_vendors_own_rate_is_asked_for_where_it_has_it() -> None:  # SPCH-14
    async with loopback(speak) as server:
        for rate, asked in ((16000, 16000), (8000, 24000)):
            service = HttpTTSService(Codec, Options(server.url), sample_rate=rate)
            await sound(service)
            await service.cleanup()
            assert server.exchanges[-1].path.endswith(f"rate={asked}")


async def test_new_settings_make_a_new_codec_and_a_shared_client_stays_open() -> None:  # SPCH-13
    async with loopback(speak) as server, httpx.AsyncClient() as client:
        service = HttpTTSService(Codec, Options(server.url), client=client)
        service.set_voice("b")
        assert await sound(service)
        await service.cleanup()
        assert server.exchanges[0].body["voice"] == "b"
        assert not client.is_closed


async def status(exchange: Exchange, number: int) -> None:
    await exchange.answer(number, {"error": "no"})


async def cut(exchange: Exchange) -> None:
    await exchange.chunked("audio/pcm")
    await exchange.chunk(tone(TEXT)[:5000])
    exchange.abort()


async def as_json(exchange: Exchange) -> None:
    await exchange.answer(200, {"error": "no"})


async def as_html(exchange: Exchange) -> None:
    await exchange.begin(kind="text/html; charset=utf-8")
    await exchange.raw(b"<html>")


@pytest.mark.parametrize(
    ("play", "code", "retryable"),
    [
        (lambda exchange: status(exchange, 401), "tts.key_refused", False),
        (lambda exchange: status(exchange, 404), "tts.refused", False),
        (lambda exchange: status(exchange, 429), "tts.busy", False),
        (lambda exchange: status(exchange, 503), "tts.busy", True),
        (cut, "tts.unreachable", True),
        (as_json, "tts.unreadable", True),
        (as_html, "tts.unreadable", True),
    ],
)
async def test_failures_have_their_codes(
    play: Callable[[Exchange], Awaitable[None]], code: str, retryable: bool
) -> None:  # P1, P2, P8, P13, P15
    async with loopback(play) as server:
        service = HttpTTSService(Codec, Options(server.url))
        with pytest.raises(EngineError) as caught:
            await sound(service)
        await service.cleanup()
    assert (caught.value.code, caught.value.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("url", "code"),
    [("http://127.0.0.1:1/", "tts.unreachable"), ("nonsense", "tts.refused"), ("ftp://127.0.0.1/", "tts.refused")],
)
async def test_an_address_where_nobody_is_or_can_be(url: str, code: str) -> None:  # P3
    service = HttpTTSService(Codec, Options(url))
    with pytest.raises(EngineError) as caught:
        await sound(service)
    await service.cleanup()
    assert caught.value.code == code


async def test_a_bad_certificate_is_refused_by_name(tmp_path: Path) -> None:  # P17
    async with loopback(speak, tls=expired_certificate(tmp_path)) as server:
        service = HttpTTSService(Codec, Options(server.url))
        with pytest.raises(EngineError) as caught:
            await sound(service)
        await service.cleanup()
    assert caught.value.code == "tts.untrusted"


async def test_an_interruption_closes_the_connection() -> None:  # SPCH-10
    gone = asyncio.Event()

    async def endless(exchange: Exchange) -> None:
        await exchange.chunked("audio/pcm")
        await exchange.chunk(tone(TEXT))
        await exchange.gone()
        gone.set()

    async with loopback(endless) as server, asyncio.timeout(5):
        service = HttpTTSService(Codec, Options(server.url))
        async with aclosing(service.run_tts(TEXT)) as pieces:  # type: ignore[type-var]
            assert (await anext(pieces)).audio
        await gone.wait()
        await service.cleanup()


@pytest.mark.parametrize(
    ("kind", "rate"),
    [
        ("audio/pcm;rate=16000", 16000),
        ('Audio/L16; channels=1; rate="8000"', 8000),
        ("audio/pcm", None),
        ("audio/pcm;rate=fast", None),
        ("application/octet-stream;rate=16000", None),
        ("", None),
    ],
)
def test_the_rate_that_an_answer_names_is_read(kind: str, rate: int | None) -> None:  # P13
    assert declared_rate(kind) == rate
