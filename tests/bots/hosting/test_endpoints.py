"""Starting calls and signalling over HTTP: who may, what is answered, what odd requests get (contract 2, 3, 8)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.test import AsyncClient

from bots.actions.api_keys import make_api_key, revoke_api_key
from bots.actions.call_tokens import digest
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from bots.models import Bot, Call, CallToken
from tests.bots.factories import make_bot, make_user
from tests.bots.hosting.stage import Client, connected, over, until

pytestmark = pytest.mark.django_db(transaction=True)

START = "/rtvi/desk/start"
WS = {"transport": "websocket"}


@pytest.fixture
def key(bot: Bot, ann: Any) -> dict[str, str]:
    """The header of a program that may start calls with the bot as Ann."""
    return {"Authorization": f"Bearer {make_api_key(bot=bot, user=ann, name='app')[1]}"}


@pytest.fixture
def web(board: Switchboard) -> AsyncClient:
    """A browser whose requests are checked like any other's."""
    return AsyncClient(enforce_csrf_checks=True)


async def post(web: AsyncClient, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return await web.post(path, data=data, content_type="application/json", headers=headers or {})


def refusal(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal, which must be JSON that every official client can show."""
    facts = json.loads(answer.content)
    assert set(facts) == {"code", "info", "detail", "owner", "next_step"}
    assert all(isinstance(value, str) and value for value in facts.values())
    assert facts["owner"] in {"caller", "author", "provider", "network", "us"}
    return answer.status_code, facts["code"]


async def count() -> int:
    return int(await in_database(Call.objects.count))


@pytest.mark.parametrize("path", [START, START + "/", "/rtvi/desk/connect", "/rtvi/desk/connect/"])
@pytest.mark.parametrize("body", [None, b"null", b"{}", b'{"transport": "webrtc", "body": {"a": 1}, "extra": []}'])
async def test_a_webrtc_start_answers_a_session_and_nothing_else(
    web: AsyncClient, key: dict[str, str], path: str, body: Any
) -> None:
    answer = await post(web, path, body, key)
    assert answer.status_code == 200
    assert set(answer.json()) == {"sessionId"}
    assert "no-store" in answer["Cache-Control"]
    call = await in_database(Call.objects.get)
    assert (call.transport, call.status) == ("webrtc", "created")


async def test_configured_ice_servers_are_told_as_native_clients_read_them(
    web: AsyncClient, key: dict[str, str], voice: Any
) -> None:
    servers = [{"urls": ["stun:stun.example:3478"]}]
    voice(ICE_SERVERS=servers)
    answer = (await post(web, START, None, key)).json()
    assert set(answer) == {"sessionId", "iceConfig"}
    assert answer["iceConfig"] == {"iceServers": servers}


@pytest.mark.parametrize("body", [WS, {"transport": "ws"}])
async def test_a_websocket_start_answers_address_and_token_and_nothing_else(
    web: AsyncClient, key: dict[str, str], board: Switchboard, body: Any
) -> None:  # DEP-02, DEP-03
    answer = (await post(web, START, body, key)).json()
    call = await in_database(Call.objects.get)
    assert set(answer) == {"wsUrl", "token"}
    assert answer["wsUrl"] == f"ws://testserver/rtvi/desk/ws/{call.pk}"
    token = await in_database(CallToken.objects.get)
    assert token.hash == digest(answer["token"]) != answer["token"]
    client = Client("desk", answer["token"])
    assert (await client.ready())["call_id"] == str(call.pk)


# -- who may ----------------------------------------------------------------------------------------------------------


async def test_nobody_starts_without_a_session_or_a_key(web: AsyncClient, bot: Bot) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}):
        assert refusal(await post(web, START, WS, headers)) == (401, "auth.required")
    assert refusal(await post(web, START, WS, {"Authorization": "Bearer vk_guess"})) == (401, "key.invalid")
    assert await count() == 0


async def test_a_key_is_good_for_its_bot_until_it_is_revoked_or_its_owner_locked(
    web: AsyncClient, bot: Bot, ann: Any
) -> None:
    row, secret = await in_database(make_api_key, bot=bot, user=ann, name="app")
    await in_database(make_bot, "other", name="Other")
    headers = {"Authorization": f"bearer  {secret} "}
    assert (await post(web, START, WS, headers)).status_code == 200
    assert refusal(await post(web, "/rtvi/other/start", WS, headers)) == (401, "key.invalid")
    ann.is_active = False
    await in_database(ann.save)
    assert refusal(await post(web, START, WS, headers)) == (401, "key.invalid")
    ann.is_active = True
    await in_database(ann.save)
    await in_database(revoke_api_key, row)
    assert refusal(await post(web, START, WS, headers)) == (401, "key.invalid")


async def test_a_session_needs_the_token_of_one_of_our_pages(web: AsyncClient, bot: Bot, ann: Any) -> None:
    await web.aforce_login(ann)
    assert refusal(await post(web, START, WS)) == (403, "auth.forged")
    secret = _get_new_csrf_string()
    web.cookies["csrftoken"] = secret
    assert refusal(await post(web, START, WS, {"X-CSRFToken": "x" * 32})) == (403, "auth.forged")
    assert (await post(web, START, WS, {"X-CSRFToken": secret})).status_code == 200
    assert (await in_database(Call.objects.get)).user_id == ann.pk


async def test_an_unpublished_bot_is_unknown_but_to_those_who_edit(web: AsyncClient, ann: Any) -> None:
    await in_database(make_bot, "draft", name="Draft", published=False)
    eve = await in_database(make_user, "eve", "change_bot", staff=True)
    secret = _get_new_csrf_string()
    web.cookies["csrftoken"] = secret
    headers = {"X-CSRFToken": secret}
    await web.aforce_login(ann)
    assert refusal(await post(web, "/rtvi/draft/start", WS, headers)) == (404, "bot.unknown")
    await web.aforce_login(eve)
    assert refusal(await post(web, "/rtvi/draft/start", WS, headers)) == (409, "bot.unpublished")
    assert (await post(web, "/rtvi/draft/start", {**WS, "body": {"version": "draft"}}, headers)).status_code == 200
    assert (await in_database(Call.objects.get)).version_id is None


# -- origins ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [START, START + "/", "/rtvi/desk/api/offer", "/rtvi/desk/sessions/x/api/offer/"])
async def test_a_preflight_of_an_allowed_origin_may_post_and_patch(web: AsyncClient, voice: Any, path: str) -> None:
    voice(ALLOWED_ORIGINS=["https://app.example"])
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "PATCH"}
    answer = await web.options(path, headers=asked)
    assert answer.status_code == 204
    assert answer["Access-Control-Allow-Origin"] == "https://app.example"
    assert {"POST", "PATCH"} <= set(answer["Access-Control-Allow-Methods"].split(", "))
    assert {"Authorization", "Content-Type"} <= set(answer["Access-Control-Allow-Headers"].split(", "))
    assert "Origin" in answer["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer
    foreign = await web.options(path, headers={**asked, "Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in foreign


async def test_a_foreign_page_starts_nothing_even_with_a_key(web: AsyncClient, key: dict[str, str], voice: Any) -> None:
    voice(ALLOWED_ORIGINS=["https://app.example"])
    for origin in ("https://evil.example", "null", "https://app.example.evil.example"):
        assert refusal(await post(web, START, WS, {**key, "Origin": origin})) == (403, "origin.forbidden")
    assert await count() == 0
    for origin in ("https://app.example", "http://testserver"):
        answer = await post(web, START, WS, {**key, "Origin": origin})
        assert answer.status_code == 200
        assert answer["Access-Control-Allow-Origin"] == origin


async def test_refusals_are_readable_for_pages_of_allowed_origins(web: AsyncClient, bot: Bot) -> None:
    answer = await post(web, START, WS, {"Origin": "http://testserver"})
    assert refusal(answer) == (401, "auth.required")
    assert answer["Access-Control-Allow-Origin"] == "http://testserver"


# -- odd requests -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "input.malformed")),
        (b"\xff\xfe", (400, "input.malformed")),
        (b"[" * 100_000, (400, "input.malformed")),
        (b"9" * 5000, (400, "input.malformed")),
        (b"[]", (400, "input.malformed")),
        (b'"start"', (400, "input.malformed")),
        (b"5", (400, "input.malformed")),
        (b" " * 300_000, (413, "input.too_large")),
        (b" " * 1_500_000, (413, "input.too_large")),
        ({"transport": "daily"}, (400, "transport.unknown")),
        ({"transport": ["webrtc"]}, (400, "transport.unknown")),
        ({"transport": {"a": 1}}, (400, "transport.unknown")),
        ({"transport": "\ud800"}, (400, "transport.unknown")),
        ({**WS, "version": 99}, (404, "bot.unknown_version")),
        ({**WS, "version": 10**30}, (404, "bot.unknown_version")),
        ({**WS, "version": -1}, (404, "bot.unknown_version")),
        ({**WS, "version": "1"}, (404, "bot.unknown_version")),
        ({**WS, "version": True}, (404, "bot.unknown_version")),
        ({**WS, "version": 1.5}, (404, "bot.unknown_version")),
        ({**WS, "version": "draft"}, (403, "bot.draft_forbidden")),
        ({**WS, "continue_from": "nonsense"}, (404, "call.unknown")),
        ({**WS, "continue_from": {"a": 1}}, (404, "call.unknown")),
        ({**WS, "continue_from": "0190a3f0-0000-7000-8000-000000000000"}, (404, "call.unknown")),
        ({**WS, "resume": "nonsense"}, (409, "call.gone")),
        ({**WS, "resume": ["\ud800"]}, (409, "call.gone")),
    ],
)
async def test_an_odd_start_is_refused_with_a_code_and_makes_no_call(
    web: AsyncClient, key: dict[str, str], body: Any, expected: tuple[int, str]
) -> None:
    assert refusal(await post(web, START, body, key)) == expected
    assert await count() == 0


async def test_values_that_mean_nothing_are_as_good_as_none(web: AsyncClient, key: dict[str, str]) -> None:
    odd = {**WS, "version": None, "continue_from": None, "resume": "", "session": "unknown", "body": [1, 2]}
    assert (await post(web, START, odd, key)).status_code == 200


async def test_other_methods_and_other_bots(web: AsyncClient, key: dict[str, str], bot: Bot) -> None:
    assert refusal(await web.get(START)) == (405, "input.method")
    assert refusal(await web.patch(START)) == (405, "input.method")
    assert refusal(await web.delete("/rtvi/desk/api/offer/")) == (405, "input.method")
    assert refusal(await post(web, "/rtvi/nobody/start", WS, key)) == (404, "bot.unknown")
    bot.is_archived = True
    await in_database(bot.save)
    assert refusal(await post(web, START, WS, key)) == (404, "bot.unknown")


async def test_a_version_by_number_is_the_one_that_runs(web: AsyncClient, key: dict[str, str]) -> None:
    assert (await post(web, START, {**WS, "body": {"version": 1}}, key)).status_code == 200
    call = await in_database(lambda: Call.objects.select_related("version").get())
    assert call.version.number == 1


async def test_limits_of_a_person_and_of_the_process(web: AsyncClient, key: dict[str, str], voice: Any) -> None:
    voice(MAX_CALLS_PER_USER=2)
    answers = [await post(web, START, WS, key) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert refusal(answers[2])[1] == "limit.user_calls"
    voice(MAX_CALLS_PER_USER=10, MAX_CALLS=2)
    assert refusal(await post(web, START, WS, key)) == (503, "limit.process_calls")
    assert await count() == 2


async def test_a_draining_server_takes_no_new_calls_but_its_own_callers_back(
    web: AsyncClient, key: dict[str, str], board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, _ = await connected(board, bot, ann)
    board.draining = True
    assert refusal(await post(web, START, WS, key)) == (503, "server.draining")
    offer = {"sdp": "v=0\r\n", "type": "offer"}
    assert refusal(await post(web, "/rtvi/desk/api/offer", offer, key)) == (503, "server.draining")
    back = {**WS, "body": {"resume": client.of("server/call")[0]["resume_token"]}}
    assert (await post(web, START, back, key)).status_code == 200


async def test_a_database_that_does_not_answer_is_told_in_json(web: AsyncClient, key: dict[str, str]) -> None:
    def rename(table: str, name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")

    await in_database(rename, "bots_calltoken", "elsewhere")
    try:
        assert refusal(await post(web, START, WS, key)) == (503, "server.database")
    finally:
        await in_database(rename, "elsewhere", "bots_calltoken")


# -- coming back ------------------------------------------------------------------------------------------------------


async def test_another_way_to_the_same_call_takes_it_over(
    web: AsyncClient, key: dict[str, str], board: Switchboard
) -> None:
    first = (await post(web, START, None, key)).json()["sessionId"]
    second = (await post(web, START, {**WS, "body": {"session": first}}, key)).json()
    assert await count() == 1, "the failed first path and the second one belong to one call"
    client = Client("desk", second["token"])
    await client.ready()
    late = await post(web, f"/rtvi/desk/sessions/{first}/api/offer", {"sdp": "v=0\r\n", "type": "offer"}, key)
    assert refusal(late) == (401, "token.invalid"), "the token of the first path is used up"
    third = (await post(web, START, {**WS, "body": {"session": second["token"]}}, key)).json()
    again = Client("desk", third["token"])
    await again.ready()
    assert await client.closed() == 4409
    assert list(board.hosts) == [(await in_database(Call.objects.get)).pk]


async def test_the_session_of_somebody_else_takes_nothing_over(web: AsyncClient, key: dict[str, str], bot: Bot) -> None:
    first = (await post(web, START, None, key)).json()["sessionId"]
    bob = await in_database(make_user, "bob")
    _, secret = await in_database(make_api_key, bot=bot, user=bob, name="other")
    theirs = await post(web, START, {**WS, "body": {"session": first}}, {"Authorization": f"Bearer {secret}"})
    assert theirs.status_code == 200
    assert await count() == 2


async def test_an_earlier_conversation_goes_on_in_a_new_call(
    web: AsyncClient, key: dict[str, str], board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, host = await connected(board, bot, ann)
    await client.greeted()
    await client.say("hello")
    running = {**WS, "body": {"continue_from": str(host.facts.id)}}
    assert refusal(await post(web, START, running, key)) == (409, "call.still_running")
    client.send("disconnect-bot")
    earlier = await over(host)
    answer = (await post(web, START, running, key)).json()
    later = Client("desk", answer["token"])
    said = await later.ready()
    assert said["call_id"] != str(earlier.pk)
    history = await later.get("server/history")
    assert [turn["text"] for turn in history["turns"]][:2] == ["Hello! How can I help you?", "hello"]
    await later.greeted()
    later.send("disconnect-bot")
    new = await over(await until(lambda: next(iter(board.hosts.values()), None)))
    assert new.continued_from_id == earlier.pk
    assert new.context[: len(earlier.context)] == earlier.context


# -- signalling -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/rtvi/desk/sessions/guess/api/offer", "/rtvi/desk/sessions/guess/api/offer/"])
async def test_offers_of_unknown_sessions_and_offers_that_are_none(
    web: AsyncClient, key: dict[str, str], path: str
) -> None:
    sound = {"sdp": "v=0", "type": "offer"}
    odd = ({"sdp": 5}, {"type": "answer"}, {"sdp": ""}, {"pc_id": 5}, {"pc_id": "x" * 500})
    for body in (None, {}, *({**sound, **one} for one in odd)):
        assert refusal(await post(web, path, body, key)) == (400, "webrtc.offer_unusable")
    assert refusal(await post(web, path, {"sdp": "v=0", "type": "offer"}, key)) == (401, "token.invalid")
    for body in (None, {}, {"pc_id": None}, {"pc_id": 5, "candidates": "x"}):
        patched = await web.patch(path, data=json.dumps(body), content_type="application/json")
        assert refusal(patched) == (404, "session.unknown")
    assert await count() == 0


async def sdp_offer() -> tuple[RTCPeerConnection, dict[str, Any]]:
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver("audio", direction="sendrecv")
    peer.createDataChannel("chat")
    await peer.setLocalDescription(await peer.createOffer())
    return peer, {"sdp": peer.localDescription.sdp, "type": "offer", "pc_id": None, "restart_pc": False}


async def test_a_direct_offer_starts_a_call_that_nobody_else_can_touch(
    web: AsyncClient, key: dict[str, str], board: Switchboard, voice: Any
) -> None:
    voice(LOOPBACK_ICE=True, RESUME_GRACE_S=1.0)
    peer, offer = await sdp_offer()
    try:
        assert refusal(await post(web, "/rtvi/desk/api/offer", offer)) == (401, "auth.required")
        answer = (await post(web, "/rtvi/desk/api/offer", {**offer, "requestData": {"version": 1}}, key)).json()
        assert set(answer) == {"sdp", "type", "pc_id"}
        assert answer["type"] == "answer"
        trickled = {"pc_id": answer["pc_id"], "candidates": [{"candidate": ""}, 5, None, {"sdp_mid": "0"}]}
        patched = await web.patch("/rtvi/desk/api/offer", data=json.dumps(trickled), content_type="application/json")
        assert (patched.status_code, patched.json()) == (200, {"status": "success"})
        known = {**offer, "pc_id": answer["pc_id"]}
        other = await post(web, "/rtvi/desk/sessions/another/api/offer", known)
        assert refusal(other) == (404, "session.unknown")
        host = next(iter(board.hosts.values()))
        assert (await over(host)).end_reason == "client_gone", "its peer never connected"
        assert refusal(await post(web, "/rtvi/desk/api/offer", known)) == (404, "session.unknown")
    finally:
        await peer.close()


async def test_a_session_answers_the_same_offer_with_the_same_answer(
    web: AsyncClient, key: dict[str, str], board: Switchboard, voice: Any
) -> None:
    voice(LOOPBACK_ICE=True, RESUME_GRACE_S=0.5)
    session = (await post(web, START, None, key)).json()["sessionId"]
    peer, offer = await sdp_offer()
    path = f"/rtvi/desk/sessions/{session}/api/offer"
    try:
        first, second = (await post(web, path, offer)).json(), (await post(web, path + "/", offer)).json()
        assert first == second
        assert len(board.hosts) == 1
        host = next(iter(board.hosts.values()))
        await over(host)
        assert refusal(await post(web, path, offer)) == (401, "token.invalid")
    finally:
        await peer.close()
