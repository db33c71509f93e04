"""Turns judged by a server: the real body and answers, on loopback (TURN-11, CONF-12)."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx2
import numpy as np
import pytest

from bots.engine.audio.turn_analyzer import SmartTurnError, SmartTurnParams, TurnVerdict
from bots.engine.providers.smart_turn.fal import FAL_URL, FalSmartTurnAnalyzer

pytestmark = pytest.mark.network

Answer = Callable[[dict[str, str], bytes], Awaitable[tuple[int, bytes]]]


@asynccontextmanager
async def server(answer: Answer) -> AsyncIterator[str]:
    """An HTTP server that answers every request with what ``answer`` makes of it."""

    talking: set[asyncio.Task[None] | None] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(asyncio.current_task())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        assert head[0] == "POST /raw HTTP/1.1"
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        status, body = await answer(headers, await reader.readexactly(int(headers["content-length"])))
        with suppress(ConnectionError):
            writer.write(f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/raw"
        await asyncio.gather(*(task for task in talking if task is not None))


def heard(analyzer: FalSmartTurnAnalyzer, seconds: float = 1.0) -> FalSmartTurnAnalyzer:
    analyzer.set_sample_rate(8000)
    analyzer.append_audio(b"\x00\x40" * round(8000 * seconds), is_speech=True)
    return analyzer


async def says(told: object, status: int = 200) -> TurnVerdict:
    raw = told if isinstance(told, bytes) else json.dumps(told).encode()

    async def answer(headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        return status, raw

    async with server(answer) as url:
        analyzer = heard(FalSmartTurnAnalyzer(url=url))
        try:
            return await analyzer.analyze_end_of_turn()
        finally:
            await analyzer.cleanup()


async def test_the_turn_goes_as_an_array_file_with_the_key() -> None:
    """TURN-11: float32 samples at 16 kHz, the key in Fal's form, ``prediction`` and ``probability`` back."""
    seen: list[tuple[dict[str, str], bytes]] = []

    async def answer(headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        seen.append((headers, body))
        return 200, b'{"prediction": 1, "probability": 0.93, "metrics": {}}'

    async with server(answer) as url, httpx2.AsyncClient() as shared:
        analyzer = heard(FalSmartTurnAnalyzer(api_key="k-1", url=url, aiohttp_session=shared))
        verdict = await analyzer.analyze_end_of_turn()
        await analyzer.cleanup()
        assert not shared.is_closed
    assert verdict == TurnVerdict(True, 0.93)
    headers, body = seen[0]
    assert headers["authorization"] == "Key k-1"
    assert headers["content-type"] == "application/octet-stream"
    audio = np.load(io.BytesIO(body))
    assert (audio.dtype, audio.shape) == (np.float32, (16000,))
    assert audio[8000] == pytest.approx(0.5, abs=0.01)


async def test_incomplete_is_incomplete() -> None:
    assert await says({"prediction": 0, "probability": 0.2}) == TurnVerdict(False, 0.2)


@pytest.mark.parametrize(
    ("told", "status"),
    [({"detail": "no"}, 500), ({"detail": "no"}, 401), (b"<html>", 200), ({"prediction": 7}, 200), ([], 200),
     ({"prediction": 1, "probability": 40}, 200), (b"x" * 100_000, 200), (b'{"prediction":', 200)],
)  # fmt: skip
async def test_whatever_goes_wrong_counts_as_incomplete(told: object, status: int) -> None:  # TURN-11
    verdict = await says(told, status)
    assert (verdict.complete, verdict.reason) == (False, "failed")


async def test_a_server_that_is_not_there_or_too_slow_leaves_it_to_silence() -> None:
    """TURN-11: the request's time is ``stop_secs``."""

    async def never(headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        await asyncio.sleep(0.2)
        return 200, b"{}"

    async with server(never) as url:
        analyzer = heard(FalSmartTurnAnalyzer(url=url, params=SmartTurnParams(stop_secs=0.05)))
        assert (await analyzer.analyze_end_of_turn()).reason == "failed"
        assert analyzer.failure is not None
        assert analyzer.failure.code == "turn_analyzer.timeout"
        await analyzer.cleanup()
    analyzer = heard(FalSmartTurnAnalyzer(url=url))
    assert (await analyzer.analyze_end_of_turn()).reason == "failed"
    assert analyzer.failure is not None
    assert analyzer.failure.code == "turn_analyzer.failed"
    await analyzer.cleanup()


def test_the_official_deployment_needs_a_key_and_another_does_not() -> None:  # CONF-12
    with pytest.raises(SmartTurnError, match="api_key"):
        FalSmartTurnAnalyzer()
    assert FalSmartTurnAnalyzer(api_key="k").params == SmartTurnParams()
    assert FAL_URL == "https://fal.run/fal-ai/smart-turn/raw"
    with pytest.raises(SmartTurnError, match="url"):
        FalSmartTurnAnalyzer(url="fal.run/me")
