"""What a bot has the caller's page do, in a real browser (FUNC-19, RTVI-08)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.async_api import expect

from tests.bots.factories import make_bot, make_user

from .console_page import Console, console_page

FUNCTIONS = ["show_text", "show_link", "open_door"]


@pytest.fixture
def house(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """A running house with a bot, and the cookies of an author who is signed in."""
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path}
    make_bot("desk", name="Clinic desk")
    client = Client()
    client.force_login(make_user("maria", "view_bot", "change_bot", staff=True))
    return live_server.url, {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
async def console(house: tuple[str, dict[str, str]]) -> AsyncIterator[Console]:
    """The page in a running call."""
    async with console_page(*house, viewport={"width": 390, "height": 800}) as opened:
        await opened.open()
        await opened.start()
        opened.peer.own("call", call_id="c", call_url="/", resume_token="t", bot="desk", page_functions=FUNCTIONS)
        yield opened


async def answered(console: Console, call_id: str, name: str, arguments: dict[str, Any]) -> Any:
    """Call a function of the page and return the result it gives."""
    call = {"tool_call_id": call_id, "function_name": name}
    console.peer.say("llm-function-call-started", call)
    console.peer.say("llm-function-call-in-progress", {**call, "arguments": arguments})
    async with asyncio.timeout(10):
        while True:
            for message in console.peer.received:
                if message["type"] == "llm-function-call-result" and message["data"]["tool_call_id"] == call_id:
                    return message["data"]["result"]
            await asyncio.sleep(0.02)


async def test_the_page_shows_what_the_bot_wants_shown_and_says_what_it_cannot(console: Console) -> None:
    shown = console.one("shown")
    hostile = "<img src=x onerror=\"document.title='owned'\">"
    assert await answered(console, "t1", "show_text", {"text": hostile}) == {"shown": True}
    await expect(shown).to_have_text([hostile])
    link = {"url": "https://example.com/map", "text": "The way to us"}
    assert await answered(console, "t2", "show_link", link) == {"shown": True}
    await expect(shown.locator("a")).to_have_attribute("href", "https://example.com/map")
    await expect(shown.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    for number, url in enumerate(("javascript:document.title='owned'", "data:text/html,x", "")):
        refused = await answered(console, f"u{number}", "show_link", {"url": url, "text": "Click"})
        assert refused == {"error": "Only web addresses can be shown."}
    unknown = await answered(console, "t3", "open_door", {})
    assert unknown == {"error": "This page does not know the function open_door."}
    await expect(shown).to_have_count(2)
    assert "owned" not in await console.page.title()
    assert console.errors == []


async def test_a_function_that_is_not_the_pages_is_left_to_the_server(console: Console) -> None:
    call = {"tool_call_id": "s1", "function_name": "find_slots"}
    console.peer.say("llm-function-call-started", call)
    console.peer.say("llm-function-call-in-progress", {**call, "arguments": {}})
    await expect(console.one("tool-card")).to_have_count(1)
    assert await answered(console, "t1", "show_text", {"text": "after"}) == {"shown": True}
    asked = [m for m in console.peer.received if m["type"] == "llm-function-call-result"]
    assert [m["data"]["tool_call_id"] for m in asked] == ["t1"]
