"""Who may start calls, from where, how many; who may listen; clients of every shape; a server that stops."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from typing import Any

import aiohttp
import pytest

from tests.e2e.callers import PeerCaller, SocketCaller
from tests.e2e.house import PROJECT, House, Template, environment
from tests.e2e.line import Line
from tests.e2e.prepare import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOREIGN = "https://elsewhere.example"
ALLOWED = "https://friend.example"


@pytest.fixture
def free() -> dict[str, str]:
    """A house that friends' pages may use, with the usual limits."""
    return {"VOICE_ALLOWED_ORIGINS": ALLOWED, "VOICE_RESUME_GRACE_S": "2", "VOICE_DRAIN_S": "1"}


async def own_house(template: Template, folder: Any, variables: dict[str, str]) -> House:
    house = template.copy(folder / "own")
    await house.start(**variables)
    return house


async def refusal(line: Line, address: str, origin: str) -> int | None:
    """The code with which the socket, or already its handshake, is refused."""
    try:
        async with line.web.ws_connect(address, headers={"Origin": origin}) as socket:
            await asyncio.wait_for(socket.receive(), 10)
            return socket.close_code
    except aiohttp.WSServerHandshakeError as error:
        return error.status


async def test_a_socket_of_a_foreign_page_is_refused(house: House, line: Line) -> None:
    answer = await line.start("desk", "websocket")
    address = f"{answer['wsUrl']}?token={answer['token']}"
    for origin in (FOREIGN, "null", f"{house.base}.evil.example", "http://localhost:1"):
        assert await refusal(line, address, origin) in (4403, 400, 403), origin
    caller = SocketCaller()
    line.callers.append(caller)
    await caller.connect(line.web, answer, Origin=house.base)
    await caller.ready()
    await caller.hang_up()


async def test_requests_of_a_foreign_page_are_refused_and_its_preflight_allows_nothing(line: Line) -> None:
    status, body, headers = await line.ask(
        "POST", "/rtvi/desk/start", json={}, headers=line.headers("desk", Origin=FOREIGN)
    )
    assert (status, body["code"]) == (403, "origin.forbidden")
    assert "Access-Control-Allow-Origin" not in headers
    _, _, headers = await line.ask("OPTIONS", "/rtvi/desk/start", headers={"Origin": FOREIGN})
    assert "Access-Control-Allow-Origin" not in headers


async def test_an_allowed_page_passes_its_preflight_and_starts_with_a_key(
    template: Template, tmp_path: Any, free: dict[str, str]
) -> None:
    house = await own_house(template, tmp_path, free)
    try:
        async with Line(house) as line:
            for path in ("start", "connect", "api/offer", "sessions/x/api/offer"):
                asked = {"Origin": ALLOWED, "Access-Control-Request-Method": "PATCH"}
                for slash in ("", "/"):
                    status, _, headers = await line.ask("OPTIONS", f"/rtvi/desk/{path}{slash}", headers=asked)
                    assert status in (200, 204)
                    assert headers["Access-Control-Allow-Origin"] == ALLOWED
                    assert {"POST", "PATCH"} <= set(headers["Access-Control-Allow-Methods"].split(", "))
                    assert {"authorization", "content-type"} <= set(
                        headers["Access-Control-Allow-Headers"].lower().split(", ")
                    )
            answer = await line.ask("POST", "/rtvi/desk/start", json={}, headers=line.headers("desk", Origin=ALLOWED))
            assert answer[0] == 200
            assert answer[2]["Access-Control-Allow-Origin"] == ALLOWED
    finally:
        await house.kill()


async def test_without_a_session_or_with_a_forged_request_nothing_starts(house: House) -> None:
    async with Line(house) as line:
        status, body, _ = await line.ask("POST", "/rtvi/desk/start", json={})
        assert (status, body["code"]) == (401, "auth.required")
        await line.sign_in("caller", PASSWORD)
        status, body, _ = await line.ask("POST", "/rtvi/desk/start", json={}, headers={"Origin": house.base})
        assert (status, body["code"]) == (403, "auth.forged")
        await line.start("desk", "websocket")


async def test_recordings_and_calls_are_only_for_their_caller_and_staff(house: House) -> None:
    async with Line(house) as owner:
        caller = await owner.over_socket("desk")
        await caller.greeted()
        await caller.hang_up()
        await house.final(caller.call_id)
        files = [
            f"/calls/{caller.call_id}/{name}" for name in ("", "audio.wav", "peaks.json", "call.json", "live.json")
        ]
        async with Line(house) as nobody:
            for path in files:
                assert (await nobody.ask("GET", path))[0] in (302, 404), path
        async with Line(house) as stranger:
            await stranger.sign_in("stranger", PASSWORD)
            for path in files:
                assert (await stranger.ask("GET", path))[0] == 404, path
            asked = {"body": {"continue_from": caller.call_id}}
            status, body, _ = await stranger.ask(
                "POST", "/rtvi/desk/start", json=asked, headers=stranger.headers("desk")
            )
            assert (status, body["code"]) == (404, "call.unknown")
            assert caller.call_id not in await (await stranger.web.get(f"{house.base}/calls/")).text()
        for name, password in (("caller", PASSWORD), ("admin", house.password)):
            async with Line(house) as entitled:
                await entitled.sign_in(name, password)
                async with entitled.web.get(house.base + files[1]) as sound:
                    assert (sound.status, sound.content_type) == (200, "audio/wav"), name


async def test_one_call_more_than_the_limit_is_refused_politely(
    template: Template, tmp_path: Any, free: dict[str, str]
) -> None:
    house = await own_house(template, tmp_path, {**free, "VOICE_MAX_CALLS_PER_USER": "2"})
    try:
        async with Line(house) as line:
            first, _second = await line.over_socket("desk"), await line.over_socket("desk")
            asked = {"transport": "websocket"}
            status, body, _ = await line.ask("POST", "/rtvi/desk/start", json=asked, headers=line.headers("desk"))
            assert (status, body["code"], body["owner"]) == (429, "limit.user_calls", "caller")
            assert "2 calls" in body["info"]
            assert body["next_step"]
            await first.hang_up()
            await house.final(first.call_id)
            await (await line.over_socket("desk")).hang_up()
    finally:
        await house.kill()


async def test_a_stopping_server_refuses_new_calls_says_goodbye_and_finalises(
    template: Template, tmp_path: Any, free: dict[str, str]
) -> None:
    house = await own_house(template, tmp_path, {**free, "VOICE_DRAIN_S": "2"})
    async with Line(house) as line:
        talking, waiting = await line.over_socket("desk"), await line.over_peer("desk")
        started = await line.start("desk", "websocket")
        await talking.greeted()
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(b"POST /rtvi/desk/start HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n{")
        await writer.drain()
        house.signal(signal.SIGTERM)
        for _ in range(100):
            status, body, _ = await line.ask("POST", "/rtvi/desk/start", json={}, headers=line.headers("desk"))
            if status != 200:
                break
            await asyncio.sleep(0.02)
        assert (status, body["code"], body["owner"]) == (503, "server.draining", "us")
        async with line.web.ws_connect(f"{started['wsUrl']}?token={started['token']}") as socket:
            await asyncio.wait_for(socket.receive(), 10)
            assert socket.close_code == 4503
        async with line.web.get(f"{house.base}/readyz") as ready:
            assert ready.status == 503
        for caller in (talking, waiting):
            await asyncio.wait_for(caller.closed.wait(), 20)
            assert caller.of("server/call-ended")[0]["reason"] == "server_shutdown"
        assert await house.ended() == 0, house.log
        writer.close()
        assert reader is not None
    for caller in (talking, waiting):
        row = house.call(caller.call_id)
        assert (row["status"], row["end_reason"]) == ("ended", "server_shutdown")
        assert house.recording(caller.call_id)["status"] in ("ready", "encoded")


async def test_a_key_from_the_command_line_starts_calls(house: House) -> None:
    made = subprocess.run(  # noqa: ASYNC221 (nothing else runs here)
        [sys.executable, "manage.py", "voice_key", "--bot", "greeter"],
        cwd=PROJECT, env=environment(house.folder), capture_output=True, text=True, check=True,
    )  # fmt: skip
    key = made.stdout.strip()
    assert len(key.splitlines()) == 1
    async with Line(house) as line:
        headers = {"Authorization": f"Bearer {key}"}
        status, body, _ = await line.ask(
            "POST", "/rtvi/greeter/start", json={"transport": "websocket"}, headers=headers
        )
        assert status == 200
        caller = SocketCaller()
        line.callers.append(caller)
        await caller.connect(line.web, body)
        await caller.ready()
        await caller.hang_up()
        status, body, _ = await line.ask("POST", "/rtvi/desk/start", json={}, headers=headers)
        assert (status, body["code"]) == (401, "key.invalid")


@pytest.mark.parametrize("path", ["start", "start/", "connect", "connect/"])
@pytest.mark.parametrize(
    "body", [None, b"", b"null", b"{}", b'{"body":null}', b'{"transport":"webrtc","body":{}}', b'{"services":{}}']
)
async def test_every_client_may_start_as_it_is_used_to(line: Line, path: str, body: bytes | None) -> None:
    headers = line.headers("desk", **({"Content-Type": "application/json"} if body is not None else {}))
    status, answer, _ = await line.ask("POST", f"/rtvi/desk/{path}", data=body, headers=headers)
    assert status == 200
    assert set(answer) <= {"sessionId", "iceConfig"}
    assert isinstance(answer["sessionId"], str)


@pytest.mark.parametrize("library", ["pipecat-client-ios", "Pipecat Android Client"])
async def test_a_native_client_talks_over_webrtc(house: House, line: Line, library: str) -> None:
    """Binary messages from iOS, ``client-ready`` first, ``null`` options: as those clients send them."""
    session = (await line.start("desk", "webrtc"))["sessionId"]
    caller = PeerCaller()
    line.callers.append(caller)
    offer = {**await caller.offer(), "pc_id": None, "restart_pc": False, "request_data": {}}
    path = f"/rtvi/desk/sessions/{session}/api/offer/"
    status, answer, _ = await line.ask("POST", path, json=offer, headers=line.headers("desk"))
    assert status == 200
    assert set(answer) == {"sdp", "type", "pc_id"}
    await caller.take(answer)
    ready = {
        "label": "rtvi-ai",
        "type": "client-ready",
        "id": "1",
        "data": {"version": "2.0.0", "about": {"library": library}},
    }
    text = {
        "label": "rtvi-ai",
        "type": "send-text",
        "id": "2",
        "data": {"content": "How is the weather?", "options": None},
    }
    for message in (ready, text):
        raw = json.dumps(message)
        caller.channel.send(raw.encode() if "ios" in library else raw)
        if message is ready:
            await caller.get("server/call")
    await caller.until(lambda: [one for one in caller.of("bot-output") if "weather" in one["text"]])
    assert "null" not in json.dumps([one for one in caller.messages if one["type"] != "signalling"])
    await caller.hang_up()
    assert (await house.final(caller.call_id))["end_reason"] == "caller_hung_up"


async def test_an_offer_without_a_start_starts_a_call(house: House, line: Line) -> None:
    caller = PeerCaller()
    line.callers.append(caller)
    status, answer, _ = await line.ask(
        "POST", "/rtvi/desk/api/offer", json=await caller.offer(), headers=line.headers("desk")
    )
    assert status == 200, answer
    await caller.take(answer)
    await caller.ready()
    await caller.hang_up()
    assert (await house.final(caller.call_id))["transport"] == "webrtc"


async def test_an_offer_that_is_repeated_starts_no_second_bot(house: House, line: Line) -> None:
    before = len(house.calls())
    session = (await line.start("desk", "webrtc"))["sessionId"]
    callers = [PeerCaller(), PeerCaller()]
    line.callers += callers
    path = f"/rtvi/desk/sessions/{session}/api/offer"
    offers = [await caller.offer() for caller in callers]
    answers = await asyncio.gather(
        *(line.ask("POST", path, json=offer, headers=line.headers("desk")) for offer in offers)
    )
    assert {status for status, *_ in answers} <= {200, 400, 409, 503}
    assert 200 in {status for status, *_ in answers}
    assert len(house.calls()) == before + 1
