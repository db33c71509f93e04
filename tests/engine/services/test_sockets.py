"""A recogniser behind a real WebSocket on this machine."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import WSMsgType, web

from bots.engine.services.failures import Failure, VendorFailed
from bots.engine.services.sockets import Endpoint, open_websocket
from bots.engine.services.stt_stream import StreamingSTTService
from bots.engine.testing import contract
from bots.engine.testing.coded_speech import spoken
from bots.engine.testing.recogniser import CodedCodec, RecogniserSession

pytestmark = pytest.mark.network
KEY = "secret"


@asynccontextmanager
async def served(handle: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/listen", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"ws://{host}:{port}/listen"
    finally:
        await runner.cleanup()


async def recogniser(request: web.Request) -> web.StreamResponse:
    if request.headers.get("Authorization") != f"Token {KEY}":
        raise web.HTTPUnauthorized
    socket, session = web.WebSocketResponse(), RecogniserSession()
    await socket.prepare(request)
    async for message in socket:
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            for answer in session.take(message.data):
                await socket.send_str(json.dumps(answer))
    return socket


async def test_the_contract_holds_over_a_socket() -> None:  # SPCH-01, SPCH-17
    async with served(recogniser) as url:
        make = lambda: StreamingSTTService(lambda options, rate: CodedCodec(rate, url, KEY))  # noqa: E731
        (final,) = await contract.stt_service(make, spoken([1, 2, 3]), pace=0.1)
    assert final.text == "w1 w2 w3"


@pytest.mark.parametrize("after", [8000, 20000, 31000])
async def test_no_word_is_lost_when_a_socket_breaks(after: int) -> None:  # P10
    broken: list[int] = []

    async def fragile(request: web.Request) -> web.StreamResponse:
        if broken:
            return await recogniser(request)
        socket, session, heard = web.WebSocketResponse(), RecogniserSession(), 0
        await socket.prepare(request)
        async for message in socket:
            heard += len(message.data) if message.type is WSMsgType.BINARY else 0
            if heard >= after and request.transport is not None:
                broken.append(heard)
                request.transport.abort()
                break
            for answer in session.take(message.data):
                await socket.send_str(json.dumps(answer))
        return socket

    async with served(fragile) as url:
        make = lambda: StreamingSTTService(lambda options, rate: CodedCodec(rate, url, KEY))  # noqa: E731
        (final,) = await contract.stt_service(make, spoken([1, 2, 3, 4, 5]), pace=0.2)
    assert final.text == "w1 w2 w3 w4 w5"
    assert len(broken) == 1


async def failure(endpoint: Endpoint) -> Failure:
    with pytest.raises(VendorFailed) as caught:
        line = await open_websocket(endpoint)
        try:
            await line.receive()
        finally:
            await line.close()
    return caught.value.failure


async def test_failures_have_their_names() -> None:  # P3, P15
    async with served(recogniser) as url:
        assert await failure(Endpoint(url)) is Failure.KEY
        assert await failure(Endpoint(url.replace("listen", "nowhere"))) is Failure.REFUSED
    assert await failure(Endpoint("ws://127.0.0.1:1/listen")) is Failure.UNREACHABLE
    assert await failure(Endpoint("nonsense")) is Failure.UNREACHABLE


@pytest.mark.parametrize(
    ("code", "expected"), [(1008, Failure.KEY), (1013, Failure.BUSY), (1011, Failure.LOST), (1000, Failure.LOST)]
)
async def test_a_close_code_says_why(code: int, expected: Failure) -> None:
    async def closing(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.close(code=code)
        return socket

    async with served(closing) as url:
        assert await failure(Endpoint(url)) is expected


async def test_a_line_that_is_gone_says_so_when_sent_to() -> None:
    async def closing(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        return socket

    async with served(closing) as url:
        line = await open_websocket(Endpoint(url))
        with pytest.raises(VendorFailed):
            await line.receive()
        with pytest.raises(VendorFailed):
            for _ in range(10):
                await line.send(b"audio")
                await asyncio.sleep(0)
        await line.close()
