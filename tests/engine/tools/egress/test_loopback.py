"""The way out over real sockets: a server with faults, and canaries that must never be touched (S3, G10)."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bots.engine.errors import EngineError
from bots.engine.tools.egress.client import EgressClient, EgressRequest, EgressResponse
from bots.engine.tools.egress.policy import EgressPolicy

pytestmark = pytest.mark.network


class FaultyServer:
    """Speaks HTTP/1.1; the path names what it does wrong."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await self.answer(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        fault = first.split(" ")[1].strip("/")
        self.requests.append((first, headers, body))
        match fault:
            case "slow":
                await asyncio.sleep(60)
            case "drip":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
                for _ in range(100):
                    writer.write(b"x")
                    await asyncio.sleep(0.2)
            case "megabytes":
                writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for _ in range(10_000):
                    writer.write(b"2710\r\n" + b"x" * 10_000 + b"\r\n")
                    await writer.drain()
            case "redirect":
                writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n")
            case "cut":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                raise ConnectionError
            case "nonsense":
                writer.write(b"SMTP ready\r\n\r\n")
                raise ConnectionError
            case "500":
                writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno")
            case _:
                said = json.dumps({"path": first, "host": headers["host"], "body": body.decode()}).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        await writer.drain()


@asynccontextmanager
async def faulty(context: ssl.SSLContext | None = None) -> AsyncIterator[tuple[FaultyServer, int]]:
    server = FaultyServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    try:
        yield server, listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


@asynccontextmanager
async def client(*allowed: str) -> AsyncIterator[EgressClient]:
    opened = EgressClient(EgressPolicy.of(allowed))
    try:
        yield opened
    finally:
        await opened.aclose()


async def test_a_request_goes_there_and_back() -> None:
    async with faulty() as (server, port), client(f"localhost:{port}") as out:
        answer = await out.send(EgressRequest("POST", f"http://localhost:{port}/x", {"A": "1"}, b"hello"))
        assert isinstance(answer, EgressResponse)
        assert json.loads(answer.body) == {"path": "POST /x HTTP/1.1", "host": f"localhost:{port}", "body": "hello"}
        assert server.requests[0][1]["a"] == "1"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("slow", "tool.timeout"),
        ("drip", "tool.timeout"),
        ("megabytes", "tool.response_too_large"),
        ("redirect", "tool.redirected"),
        ("cut", "tool.unreachable"),
        ("nonsense", "tool.unreachable"),
    ],
)
async def test_every_fault_has_its_code(fault: str, code: str) -> None:
    async with faulty() as (server, port), client(f"127.0.0.1:{port}") as out:
        with pytest.raises(EngineError) as caught:
            await out.send(EgressRequest("GET", f"http://127.0.0.1:{port}/{fault}", timeout_s=1.0))
        assert caught.value.code == code
        assert len(server.requests) == 1


async def test_a_server_error_is_an_answer() -> None:
    async with faulty() as (_, port), client(f"127.0.0.1:{port}") as out:
        assert (await out.send(EgressRequest("GET", f"http://127.0.0.1:{port}/500"))).status == 500


async def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with client(f"127.0.0.1:{port}") as out:
            with pytest.raises(EngineError) as caught:
                await out.send(EgressRequest("GET", f"http://127.0.0.1:{port}/"))
    assert caught.value.code == "tool.unreachable"


async def test_a_certificate_of_nobody_is_refused(tmp_path: Path) -> None:  # P17
    context = self_signed(tmp_path)
    async with faulty(context) as (server, port), client(f"localhost:{port}") as out:
        with pytest.raises(EngineError) as caught:
            await out.send(EgressRequest("GET", f"https://localhost:{port}/"))
        assert (caught.value.code, server.requests) == ("tool.unreachable", [])


def self_signed(folder: Path) -> ssl.SSLContext:
    import datetime as dt

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return context


HERE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::]", "0",
    "0.0.0.0", "[::127.0.0.1]", "LOCALHOST.", "127.0.0.1.", "①②⑦.⓪.⓪.①", "%31%32%37.0.0.1",  # noqa: S104 (refused)
    "127.0.0.1.nip.example", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]",
]  # fmt: skip


@pytest.mark.parametrize("host", HERE)
async def test_no_way_of_writing_it_touches_this_machine(host: str) -> None:
    """A canary listens on the loopback, on a port that is allowed: the address alone is judged."""
    touched: list[object] = []

    async def touch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        touched.append(1)
        writer.close()

    async def names(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    canary = await asyncio.start_server(touch, "127.0.0.1", 0)
    port = canary.sockets[0].getsockname()[1]
    out = EgressClient(EgressPolicy(ports=frozenset({port})), resolver=names)
    with pytest.raises(EngineError) as caught:
        await out.send(EgressRequest("GET", f"http://{host}:{port}/"))
    await out.aclose()
    canary.close()
    assert (caught.value.code, touched) == ("tool.egress_refused", [])
