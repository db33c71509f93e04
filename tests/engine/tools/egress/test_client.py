"""The way out itself: pinned addresses, no redirects, limits of size and time (reliability A11, S3, S12)."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from bots.engine.errors import EngineError
from bots.engine.testing.loop import run_virtual
from bots.engine.tools.egress.client import EgressClient, EgressRequest, EgressResponse
from tests.engine.tools.wire import Answer, Wire, ok, public


def sent(wire: Wire, url: str = "https://api.example.com/x?y=1", **values: object) -> EgressResponse | str:
    """Send one request; return the answer, or the code of the failure."""

    async def main() -> EgressResponse | str:
        client = EgressClient(resolver=public, transport=wire)
        try:
            return await client.send(EgressRequest("GET", url, **values))  # type: ignore[arg-type]
        except EngineError as error:
            return error.code
        finally:
            await client.aclose()

    return run_virtual(main())


def test_the_request_goes_to_the_checked_address_under_its_own_name() -> None:
    wire = Wire(ok())
    answer = sent(wire)
    assert isinstance(answer, EgressResponse) and (answer.status, answer.body) == (200, b"{}")
    (request,) = wire.requests
    assert str(request.url) == "https://93.184.215.14/x?y=1"
    assert request.headers["Host"] == "api.example.com"
    assert request.extensions["sni_hostname"] == "api.example.com"
    assert request.headers["Accept-Encoding"] == "identity"


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    wire = Wire(httpx.ConnectError("no"), ok(b"2"))
    answer = sent(wire)
    assert isinstance(answer, EgressResponse) and answer.body == b"2"
    assert [request.url.host for request in wire.requests] == ["93.184.215.14", "93.184.215.15"]


class Endless(httpx.AsyncByteStream):
    """Never ends."""

    def __init__(self, pause: float) -> None:
        self.pause, self.given, self.closed = pause, 0, False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.pause)
            self.given += 1000
            yield b"x" * 1000

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ok(status=302, location="http://127.0.0.1/"), "tool.redirected"),
        (ok(status=307, location="https://other.example.com/"), "tool.redirected"),
        (ok(b"x" * 5000), "tool.response_too_large"),
        (ok(b"x", **{"content-encoding": "gzip"}), "tool.response_too_large"),
        (ok(b"", **{"content-length": "9" * 30}), "tool.response_too_large"),
        (httpx.ConnectError("refused"), "tool.unreachable"),
        (httpx.RemoteProtocolError("broken"), "tool.unreachable"),
        (httpx.ReadTimeout("slow"), "tool.timeout"),
    ],
)
def test_what_goes_wrong_has_a_code(answer: Answer | Exception, code: str) -> None:
    assert sent(Wire(answer), max_bytes=4096) == code


@pytest.mark.parametrize(("pause", "code"), [(0.001, "tool.response_too_large"), (3.0, "tool.timeout")])
def test_an_answer_without_end_is_cut_off_and_closed(pause: float, code: str) -> None:
    stream = Endless(pause)
    assert sent(Wire(lambda request: httpx.Response(200, stream=stream)), max_bytes=4096, timeout_s=5.0) == code
    assert stream.closed
    assert stream.given <= 6000


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://user:secret@example.com/", "http://[::1]/", "https:///x", "http://example.com:22/",
        "ftp://example.com/", "http://a b/", "//example.com", "http://[::127.0.0.1]/", "http://example.com:99999/",
    ],
)  # fmt: skip
def test_addresses_that_may_not_be_used_send_nothing(url: str) -> None:
    wire = Wire(ok())
    assert sent(wire, url) == "tool.egress_refused"
    assert wire.requests == []


def test_a_rebinding_name_gets_no_second_look() -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    async def main() -> list[object]:
        wire = Wire(ok())
        client = EgressClient(resolver=rebinding, transport=wire)
        first = await client.send(EgressRequest("GET", "http://example.com/"))
        with pytest.raises(EngineError) as caught:
            await client.send(EgressRequest("GET", "http://example.com/"))
        await client.aclose()
        return [first.status, caught.value.code, [request.url.host for request in wire.requests]]

    assert run_virtual(main()) == [200, "tool.egress_refused", ["93.184.215.14"]]
