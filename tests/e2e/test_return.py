"""Callers who come back: after a reload, after a lost network, too late, and another day."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import chromium
from tests.e2e.house import House
from tests.e2e.line import Line
from tests.e2e.speech import microphone_file, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

GRACE_S = 4.0
REPLY = "You would like to hear about the weather. It will be a warm and sunny day."


async def asked_for_the_weather(line: Line) -> object:
    caller = await line.over_socket("desk")
    await caller.greeted()
    await caller.type("How is the weather?")
    await caller.get("bot-stopped-speaking", 2)
    return caller


async def test_a_reload_in_mid_call_goes_on_with_the_same_call(house: House, tmp_path: Path) -> None:
    async with chromium(house, microphone_file(tmp_path / "quiet.wav", 60.0)) as console:
        page = console.page
        await console.sign_in("/console/desk/")
        await console.talk()
        await console.said(0)
        await page.get_by_test_id("text-input").fill("How is the weather?")
        await page.get_by_test_id("text-send").click()
        await console.said(1)
        call_id = await console.call_id()
        await page.reload()
        await console.live()
        assert await console.call_id() == call_id
        await expect(console.turns("user")).to_have_count(1)
        await expect(console.turns("assistant")).to_have_count(2)
        assert words_of(REPLY) == words_of(await console.turns("assistant").nth(1).locator(".said").inner_text())
        await page.get_by_test_id("text-input").fill("Please repeat that.")
        await page.get_by_test_id("text-send").click()
        await expect(console.turns("assistant")).to_have_count(3, timeout=20_000)
        await expect(console.turns("assistant").nth(2)).to_contain_text("sunny day", timeout=20_000)
        await console.hang_up()
    row = await house.final(call_id)
    assert row["end_reason"] == "caller_hung_up"
    assert [words_of(turn["text"]) for turn in house.turns(call_id)][:2] == [
        words_of("Hello, this is the test desk."),
        words_of("How is the weather?"),
    ]
    assert len(house.events(call_id, "call.reconnected")) == 1


async def test_a_lost_network_within_the_grace_time_changes_nothing(house: House, line: Line) -> None:
    caller = await asked_for_the_weather(line)
    token = caller.call["resume_token"]
    await caller.cut()
    await asyncio.sleep(1.0)
    again = await line.over_socket("desk", resume=token)
    assert again.call_id == caller.call_id
    assert again.call["resumed"] is True
    history = (await again.get("server/history"))["turns"]
    assert [(turn["role"], turn["text"]) for turn in history] == [
        ("assistant", "Hello, this is the test desk."),
        ("user", "How is the weather?"),
        ("assistant", REPLY),
    ]
    await again.type("Please repeat that.")
    await again.get("bot-stopped-speaking")
    await again.hang_up()
    row = await house.final(caller.call_id)
    assert row["end_reason"] == "caller_hung_up"
    assert house.turns(caller.call_id)[-1]["text"] == REPLY
    assert len(house.events(caller.call_id, "call.network_lost")) == 1


async def test_a_lost_network_resumes_over_the_other_transport(house: House, line: Line) -> None:
    caller = await asked_for_the_weather(line)
    await caller.cut()
    again = await line.over_peer("desk", resume=caller.call["resume_token"])
    assert again.call_id == caller.call_id
    await again.type("Please repeat that.")
    await again.get("bot-stopped-speaking")
    await again.hang_up()
    await house.final(caller.call_id)
    assert house.turns(caller.call_id)[-1]["text"] == REPLY


async def test_a_resume_token_works_once(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    first = caller.call["resume_token"]
    again = await line.over_socket("desk", resume=first)
    assert again.call["resume_token"] != first
    await asyncio.wait_for(caller.closed.wait(), 5)
    assert caller.close_code == 4409
    asked = {"transport": "websocket", "body": {"resume": first}}
    status, body, _ = await line.ask("POST", "/rtvi/desk/start", json=asked, headers=line.headers("desk"))
    assert (status, body["code"]) == (409, "call.gone")
    await again.hang_up()


async def test_after_the_grace_time_the_call_is_over(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    await caller.greeted()
    token = caller.call["resume_token"]
    await caller.cut()
    cut_at = time.monotonic()
    row = await house.final(caller.call_id)
    assert GRACE_S - 0.5 < time.monotonic() - cut_at < GRACE_S + 5
    assert (row["status"], row["end_reason"], row["end_owner"]) == ("ended", "client_gone", "network")
    asked = {"transport": "websocket", "body": {"resume": token}}
    status, body, _ = await line.ask("POST", "/rtvi/desk/start", json=asked, headers=line.headers("desk"))
    assert (status, body["code"]) == (409, "call.gone")
    assert body["next_step"]
    assert house.recording(caller.call_id)["status"] in ("ready", "encoded")


async def test_an_earlier_conversation_goes_on_as_a_new_call(house: House, line: Line) -> None:
    caller = await asked_for_the_weather(line)
    await caller.hang_up()
    await house.final(caller.call_id)
    later = await line.over_socket("desk", continue_from=caller.call_id)
    assert later.call_id != caller.call_id
    history = (await later.get("server/history"))["turns"]
    assert [turn["text"] for turn in history][-2:] == ["How is the weather?", REPLY]
    await later.until(lambda: later.of("bot-stopped-speaking") or True)
    await later.type("Please repeat that.")
    await later.until(lambda: any(REPLY[:40] in one.get("text", "") for one in later.of("bot-output")))
    await later.hang_up()
    row = await house.final(later.call_id)
    assert row["continued_from_id"] == caller.call_id.replace("-", "")
