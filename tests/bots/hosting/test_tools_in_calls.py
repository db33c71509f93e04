"""A published bot's tools in a hosted call: the deployment's functions, a secret for its host, the caller's page."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard, install_switchboard
from bots.models import Bot, BotVersion, CallEvent, Credential
from tests.bots.hosting.stage import canned, connected, make_board, over

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.network]
CANARY = "canary-4711-secret"


async def shout(params: Any, word: str) -> None:
    """Shout."""
    await params.result_callback(word.upper())


def published(bot: Bot, port: int) -> Bot:
    """The bot with a web tool that carries a secret, a function of the server, and one of the page."""
    credential = Credential(name="crm", provider="localhost")
    credential.set_secret(CANARY)
    credential.save()
    word = {"properties": {"word": {"type": "string"}}, "required": ["word"]}
    web = {"url": f"http://localhost:{port}/x/{{word}}", "credential": "crm", "result_path": "heard"}
    tools = [
        {"name": "ask", "kind": "http.request", "settings": web, **word},
        {"name": "shout", "kind": "python", "settings": {"function": "shout"}, **word},
        {"name": "show_text", "kind": "client", **word},
    ]
    version = BotVersion.objects.create(
        bot=bot, number=bot.next_number(), spec={**bot.live_version.spec, "tools": tools}
    )
    bot.live_version = version
    bot.save()
    return bot


async def test_each_kind_gets_what_the_deployment_gives_and_no_secret_is_kept(bot: Bot, ann: Any, voice: Any) -> None:
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        said = json.dumps({"heard": heads[-1]}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    voice(TOOL_HOSTS=[f"localhost:{port}"], TOOL_FUNCTIONS={"shout": "tests.bots.hosting.test_tools_in_calls.shout"})
    calls = [TapeCall(name, {"word": "hello"}, name) for name in ("ask", "shout", "show_text")]
    model = TapeLLM([TapeReply(calls=calls, first=0.0), TapeReply("All done.", first=0.0)])
    board: Switchboard = make_board(canned(scripted=lambda: model))
    install_switchboard(board)
    client, host = await connected(board, await in_database(published, bot, port), ann)
    assert (await client.get("server/call"))["page_functions"] == ["show_text"]
    await client.greeted()
    client.send("send-text", {"content": "go", "options": {"run_immediately": True, "audio_response": True}})
    asked = await client.get("llm-function-call-in-progress", 3)
    assert asked["arguments"] == {"word": "hello"}
    result = {"function_name": "show_text", "tool_call_id": "show_text", "arguments": {}, "result": {"shown": True}}
    client.send("llm-function-call-result", result)
    await client.get("bot-stopped-speaking", 2)
    client.send("disconnect-bot")
    call = await over(host)
    server.close()
    await board.close()
    install_switchboard(None)

    rows = await in_database(lambda: list(CallEvent.objects.filter(call=call).values_list("kind", "data")))
    results = {data["name"]: data["result"] for kind, data in rows if kind == "tool.finished"}
    assert (results["shout"], results["show_text"]) == ("HELLO", {"shown": True})
    assert heads[0].startswith("GET /x/hello HTTP/1.1")
    assert f"Authorization: Bearer {CANARY}" in heads[0]
    assert "[hidden]" in results["ask"]
    keys = {data["key"] for kind, data in rows if kind == "tool.started"}
    assert keys == {f"{call.pk}:1:{name}:1" for name in ("ask", "shout", "show_text")}
    kept = json.dumps([rows, call.spec, call.context], default=str)
    assert CANARY not in kept
    assert CANARY not in json.dumps(client.messages)
