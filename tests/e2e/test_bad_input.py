"""Input that cannot be used: a coded error each time, a line in the journal, and a call that ends and is kept."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable
from io import BytesIO

import aiohttp
import pytest

from bots.engine.transports.protobuf import encode_audio, encode_data
from tests.e2e.callers import SocketCaller
from tests.e2e.house import House
from tests.e2e.line import Line
from tests.e2e.speech import resampled, spoken, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024


async def ends_and_is_kept(house: House, caller: SocketCaller, *codes: str) -> None:
    """The call still works, ends when asked, and its journal names the codes."""
    before = len(caller.of("server-response")) + len(caller.of("error-response"))
    await caller.send("client-message", {"t": "nothing-known"})
    await caller.until(lambda: len(caller.of("server-response")) + len(caller.of("error-response")) > before)
    await caller.hang_up()
    row = await house.final(caller.call_id)
    assert (row["status"], row["end_reason"]) == ("ended", "caller_hung_up")
    assert set(codes) <= {event["code"] for event in house.events(caller.call_id, "input.rejected")}


BAD_MESSAGES: dict[str, tuple[bytes | str, str]] = {
    "bytes that are no protobuf": (b"\xff\x00garbage", "input.malformed"),
    "a protobuf of nothing": (b"", "input.malformed"),
    "a cut protobuf": (encode_data(json.dumps({"type": "client-message"}))[:-5], "input.malformed"),
    "data that is no JSON": (encode_data("{not json"), "input.malformed"),
    "data that is no object": (encode_data("[1,2,3]"), "input.malformed"),
    "endless brackets": (encode_data("[" * 100_000), "input.malformed"),
    "a text frame": ('{"type":"client-ready"}', "input.text_message"),
    "audio at a rate that does not exist": (encode_audio(bytes(640), 123), "input.bad_audio"),
    "audio with half a sample": (encode_audio(bytes(641), 16_000), "input.bad_audio"),
    "audio of six seconds": (encode_audio(bytes(6 * 32_000), 16_000), "input.too_large"),
}


async def test_each_unusable_message_is_answered_with_its_code(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    assert caller.socket is not None
    for name, (data, code) in BAD_MESSAGES.items():
        before = len(caller.of("error", code=code))
        if isinstance(data, str):
            await caller.socket.send_str(data)
        else:
            await caller.socket.send_bytes(data)
        answer = await caller.get("error", before + 1, code=code)
        assert answer["fatal"] is False, name
        assert answer["error"], name
        assert answer["owner"] == "caller", name
        assert answer["next_step"], name
    await ends_and_is_kept(house, caller, *{code for _, code in BAD_MESSAGES.values()})


async def test_messages_that_make_no_sense_are_answered_under_their_id(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    for kind, data in (
        ("no-such-type", {}),
        ("send-text", {"content": 7}),
        ("client-message", None),
        ("dtmf", {"buttons": "x"}),
    ):
        number = await caller.send(kind, data)
        await caller.until(
            lambda number=number: [
                one for one in caller.messages if one.get("id") == number and one["type"] == "error-response"
            ],
            what=kind,
        )
    await ends_and_is_kept(house, caller)


async def test_a_message_over_the_limit_is_refused_and_the_call_goes_on(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    await caller.send_bytes(encode_data("x" * (MIB + 4096)))
    assert (await caller.get("error", code="input.too_large"))["fatal"] is False
    await ends_and_is_kept(house, caller, "input.too_large")


async def test_an_enormous_message_closes_the_socket_and_the_caller_may_come_back(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    token = caller.call["resume_token"]
    await caller.send_bytes(encode_data("x" * (5 * MIB)))
    await asyncio.wait_for(caller.closed.wait(), 10)
    assert caller.close_code == 1009
    again = await line.over_socket("desk", resume=token)
    assert again.call_id == caller.call_id
    await ends_and_is_kept(house, again)


async def test_a_message_of_one_mebibyte_is_taken(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    message = {"label": "rtvi-ai", "type": "client-message", "id": "big", "data": {"t": "x", "d": ""}}
    message["data"]["d"] = "y" * (MIB - 200 - len(json.dumps(message)))  # type: ignore[index]
    await caller.send_text(json.dumps(message))
    await caller.until(lambda: [one for one in caller.messages if one.get("id") == "big"])
    await ends_and_is_kept(house, caller)


async def test_audio_and_messages_that_come_too_fast_are_dropped_with_one_complaint(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    for _ in range(40):
        await caller.send_bytes(encode_audio(bytes(32_000), 16_000))
    await caller.get("error", code="input.too_fast")
    await ends_and_is_kept(house, caller, "input.too_fast")


async def test_a_flood_of_rubbish_ends_the_connection(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    for _ in range(80):
        await caller.send_bytes(b"\xff\xff")
    await asyncio.wait_for(caller.closed.wait(), 10)
    assert caller.close_code == 4008
    assert caller.of("error", code="input.given_up")[0]["fatal"] is True
    row = await house.final(caller.call_id)
    assert (row["status"], row["end_reason"]) == ("ended", "client_gone")
    assert "input.given_up" in {event["code"] for event in house.events(caller.call_id, "input.rejected")}


async def refused(line: Line, address: str, **headers: str) -> int | None:
    """Open a socket and return the code with which it is closed."""
    async with line.web.ws_connect(address, headers=headers) as socket:
        message = await asyncio.wait_for(socket.receive(), 10)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED), message
        return socket.close_code


async def test_wrong_used_and_expired_tokens_open_nothing(house: House, line: Line) -> None:
    answer = await line.start("desk", "websocket")
    good = f"{answer['wsUrl']}?token={answer['token']}"
    assert await refused(line, answer["wsUrl"]) == 4401
    assert await refused(line, f"{answer['wsUrl']}?token=wrong") == 4401
    assert await refused(line, good.replace("/desk/", "/greeter/")) == 4401
    assert await refused(line, good.replace("/desk/", "/nobody/")) == 4404
    caller = SocketCaller()
    line.callers.append(caller)
    await caller.connect(line.web, answer)
    await caller.ready()
    assert await refused(line, good) == 4401
    await caller.hang_up()
    late = await line.start("desk", "websocket")
    with sqlite3.connect(house.folder / "voiceapp.sqlite3", timeout=20) as database:
        database.execute("update bots_calltoken set expires_at = '2020-01-01 00:00:00' where used_at is null")
    database.close()
    assert await refused(line, f"{late['wsUrl']}?token={late['token']}") == 4401
    status, body, _ = await line.ask(
        "POST", "/rtvi/desk/sessions/wrong/api/offer", json={"sdp": "v=0", "type": "offer"}
    )
    assert status in (400, 401, 404)
    assert body["code"]


REQUESTS: list[tuple[str, str, object, int, str]] = [
    ("/rtvi/nobody/start", "desk", {}, 404, "bot.unknown"),
    ("/rtvi/desk/start", "desk", {"transport": "pigeon"}, 400, "transport.unknown"),
    ("/rtvi/desk/start", "desk", {"transport": 5}, 400, "transport.unknown"),
    ("/rtvi/desk/start", "desk", {"body": {"version": 99}}, 404, "bot.unknown_version"),
    ("/rtvi/desk/start", "desk", {"body": {"version": "draft"}}, 403, "bot.draft_forbidden"),
    ("/rtvi/desk/start", "desk", {"body": {"continue_from": "not-a-call"}}, 404, "call.unknown"),
    ("/rtvi/desk/start", "desk", [1], 400, "input.malformed"),
    ("/rtvi/desk/start", "greeter", {}, 401, "key.invalid"),
    ("/rtvi/desk/api/offer", "desk", {"type": "offer"}, 400, "webrtc.offer_unusable"),
]


@pytest.mark.parametrize(("path", "key", "body", "status", "code"), REQUESTS)
async def test_a_bad_request_is_refused_in_json(
    line: Line, path: str, key: str, body: object, status: int, code: str
) -> None:
    headers = {"Authorization": f"Bearer {line.house.keys[key]}"}
    found, answer, _ = await line.ask("POST", path, json=body, headers=headers)
    assert (found, answer["code"]) == (status, code)
    assert isinstance(answer["info"], str)
    assert answer["detail"] == answer["info"]
    assert answer["next_step"]


async def test_requests_that_are_no_json_or_too_large_are_refused(line: Line) -> None:
    for body, status, code in ((b"{", 400, "input.malformed"), (b" " * 300_000, 413, "input.too_large"),
                               (b" " * 3_000_000, 413, "input.too_large")):  # fmt: skip
        headers = line.headers("desk", **{"Content-Type": "application/json"})
        found, answer, _ = await line.ask("POST", "/rtvi/desk/start", data=BytesIO(body), headers=headers)
        assert (found, answer["code"]) == (status, code)


@pytest.mark.parametrize(
    "sdp", ["", "nonsense", "v=0\r\n", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", 7, "v=0\r\n" * 20_000]
)
async def test_an_sdp_that_cannot_be_used_is_refused_and_its_call_ends(house: House, line: Line, sdp: object) -> None:
    before = {row["id"] for row in house.calls()}
    session = (await line.start("desk", "webrtc"))["sessionId"]
    path = f"/rtvi/desk/sessions/{session}/api/offer"
    status, body, _ = await line.ask("POST", path, json={"sdp": sdp, "type": "offer"}, headers=line.headers("desk"))
    assert status in (400, 413)
    assert body["code"]
    assert body["next_step"]
    (call_id,) = {row["id"] for row in house.calls()} - before
    row = await house.final(call_id) if house.call(call_id)["status"] != "created" else house.call(call_id)
    if row["status"] != "created":
        assert row["end_reason"] == "client_gone"
        assert house.events(call_id, "input.rejected")[0]["code"] == body["code"]


async def test_candidates_that_make_no_sense_harm_nothing(house: House, line: Line) -> None:
    caller = await line.over_peer("desk")
    path = "/rtvi/desk/api/offer"
    odd = [
        {"candidate": text, "sdp_mid": "0", "sdp_mline_index": 0}
        for text in (
            "",
            "candidate:x",
            "candidate:1 1 tcp 1 ::1 9 typ host tcptype active",
            "candidate:1 1 udp 1 abc.local 5 typ host",
        )
    ]
    for candidates in (odd, "no list", [None, 5, {}], None):
        body = {"pc_id": caller.answer["pc_id"], "candidates": candidates}
        status, _, _ = await line.ask("PATCH", path, json=body, headers=line.headers("desk"))
        assert status == 200
    status, body, _ = await line.ask("PATCH", path, json={"pc_id": "unknown", "candidates": []})
    assert (status, body["code"]) == (404, "session.unknown")
    await caller.hang_up()
    assert (await house.final(caller.call_id))["end_reason"] == "caller_hung_up"


async def test_an_unsupported_client_version_is_told_and_served(house: House, line: Line) -> None:
    caller = SocketCaller()
    line.callers.append(caller)
    await caller.connect(line.web, await line.start("desk", "websocket"))
    await caller.ready("99.0.0")
    assert caller.of("error-response")
    assert caller.of("bot-ready")[0]["version"].startswith("2.")
    await ends_and_is_kept(house, caller)


async def test_a_bot_without_its_key_says_so_and_the_call_is_kept(house: House, line: Line) -> None:
    caller = SocketCaller()
    line.callers.append(caller)
    await caller.connect(line.web, await line.start("keyless", "websocket"))
    await caller.send("client-ready", {"version": "2.1.0"})
    error = await caller.get("error", code="provider.missing_key")
    assert error["fatal"] is True
    assert error["owner"] == "author"
    assert error["next_step"]
    await asyncio.wait_for(caller.closed.wait(), 10)
    goodbye = await caller.get("server/call-ended")
    assert goodbye["reason"] == "start_failed"
    call_id = goodbye["call_url"].strip("/").rpartition("/")[2]
    row = await house.final(call_id)
    assert (row["status"], row["end_reason"], row["error_code"]) == ("failed", "start_failed", "provider.missing_key")
    assert house.events(call_id, "error")[0]["code"] == "provider.missing_key"


async def test_a_bot_without_its_key_says_so_over_webrtc_too(house: House, line: Line) -> None:
    from tests.e2e.callers import PeerCaller

    session = (await line.start("keyless", "webrtc"))["sessionId"]
    caller = PeerCaller()
    line.callers.append(caller)
    path = f"/rtvi/keyless/sessions/{session}/api/offer"
    status, answer, _ = await line.ask("POST", path, json=await caller.offer(), headers=line.headers("keyless"))
    assert status == 200, answer
    await caller.take(answer)
    await caller.get("error", code="provider.missing_key")


@pytest.mark.parametrize(("rate", "understood"), [(8_000, ""), (44_100, "story")])
async def test_a_microphone_at_another_rate_is_heard(house: House, line: Line, rate: int, understood: str) -> None:
    """On the telephone band the recogniser hears words, not always the right ones."""
    caller = await line.over_socket("desk", rate=rate)
    await caller.greeted()
    caller.voice.say(spoken("Tell me a story."))
    turn = await caller.get("server/user-turn", disposition="turn")
    assert words_of(turn["text"])
    assert understood in turn["text"]
    await ends_and_is_kept(house, caller)


async def test_a_microphone_that_lies_about_its_rate_still_gives_a_call_that_ends(house: House, line: Line) -> None:
    caller = await line.over_socket("desk", rate=8_000)
    await caller.greeted()
    sound = resampled(spoken("Tell me a story."), 16_000, 44_100)
    for start in range(0, len(sound), 1764):
        await caller.send_bytes(encode_audio(sound[start : start + 1764], 8_000))
        await asyncio.sleep(0.05)
    await ends_and_is_kept(house, caller)


async def test_a_silent_microphone_gives_an_idle_end_with_its_reason(house: House, line: Line) -> None:
    caller = SocketCaller()
    line.callers.append(caller)
    caller.voice = Silent()
    await caller.connect(line.web, await line.start("impatient", "websocket"))
    await caller.ready()
    caller.open_microphone()
    await asyncio.wait_for(caller.closed.wait(), 40)
    assert (await caller.get("server/call-ended"))["reason"] == "idle_timeout"
    row = await house.final(caller.call_id)
    assert (row["status"], row["end_reason"]) == ("ended", "idle_timeout")
    assert [turn["role"] for turn in house.turns(caller.call_id) if turn["role"] == "user"] == []


class Silent:
    """A microphone that delivers nothing but zeros."""

    sent_s = 0.0
    say: Callable[[bytes], None]

    def step(self) -> bytes:
        return bytes(640)
