"""The socket's door: who is let in, what the others are told, and that media waits for nobody."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from channels.routing import URLRouter

from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from bots.models import Bot
from bots.routing import websocket_urlpatterns
from tests.bots.hosting.stage import Client, connected, new_call, over, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("origin", "code"),
    [("", None), ("http://testserver", None), ("https://testserver", None), ("https://app.example", None),
     ("https://evil.example", 4403), ("null", 4403), ("file://", 4403), ("http://testserver.evil.example", 4403)],
)  # fmt: skip
async def test_only_pages_of_known_origins_get_in(
    board: Switchboard, bot: Bot, ann: Any, voice: Any, origin: str, code: int | None
) -> None:
    voice(ALLOWED_ORIGINS=["https://app.example"])
    _, token = await in_database(new_call, bot, ann)
    client = Client(bot.slug, token, origin=origin)
    if code is None:
        await client.ready()
    else:
        assert await client.closed() == code
        assert board.hosts == {}


@pytest.mark.parametrize("token", ["", "guess", "%00", "a" * 5000])
async def test_a_bad_token_is_told_by_a_close_code(board: Switchboard, bot: Bot, token: str) -> None:
    client = Client(bot.slug, token)
    assert await client.closed() == 4401
    assert client.close_reason == "token.invalid"


async def test_an_unknown_bot_and_a_draining_server_have_codes_of_their_own(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    assert await Client("nobody", "x").closed() == 4404
    _, token = await in_database(new_call, bot, ann)
    board.draining = True
    assert await Client(bot.slug, token).closed() == 4503


async def test_the_last_of_repeated_tokens_counts(board: Switchboard, bot: Bot, ann: Any) -> None:
    _, token = await in_database(new_call, bot, ann)
    await Client(bot.slug, f"old&token={token}").ready()


async def test_a_caller_who_leaves_while_the_call_is_being_opened_is_missed_soon(
    board: Switchboard, bot: Bot, ann: Any, voice: Any
) -> None:
    voice(RESUME_GRACE_S=0.2)
    call, token = await in_database(new_call, bot, ann)
    client = Client(bot.slug, token)
    client.leave()
    host = await until(lambda: board.hosts.get(call.pk))
    assert (await over(host)).end_reason == "client_gone"


async def test_nonsense_is_answered_and_too_much_of_it_ends_the_socket(board: Switchboard, bot: Bot, ann: Any) -> None:
    client, host = await connected(board, bot, ann)
    client._to_server.put_nowait({"type": "websocket.receive", "text": "hello?"})
    client._to_server.put_nowait({"type": "websocket.receive", "bytes": b"\xff\xff"})
    await client.get("error", 2)
    for _ in range(60):
        client._to_server.put_nowait({"type": "websocket.receive", "bytes": b"\xff"})
    assert await client.closed() == 4008
    assert host.task is not None
    assert not host.task.done()


async def test_the_route_leads_here(board: Switchboard, bot: Bot, ann: Any) -> None:
    _, token = await in_database(new_call, bot, ann)
    to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    path = f"/rtvi/{bot.slug}/ws/anything"
    scope = {"type": "websocket", "path": path, "query_string": f"token={token}".encode(), "headers": []}
    to_server.put_nowait({"type": "websocket.connect"})
    running = asyncio.create_task(URLRouter(websocket_urlpatterns)(scope, to_server.get, send))
    await until(lambda: board.hosts)
    assert sent[0]["type"] == "websocket.accept"
    to_server.put_nowait({"type": "websocket.disconnect", "code": 1001})
    await asyncio.wait_for(running, 2)
