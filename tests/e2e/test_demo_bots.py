"""Each demo bot holds a conversation in Chromium: the desk books aloud, the quiz is played, a model fails unnoticed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import ConsolePage, chromium
from tests.e2e.house import House, plain
from tests.e2e.speech import microphone_file, spoken

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREETING_S = 12.0


def coming_weekday() -> str:
    """A day from Monday to Friday, two to six days ahead: its name means one day only, and its book is open."""
    days = [dt.datetime.now().astimezone().date() + dt.timedelta(days=ahead) for ahead in range(2, 7)]
    return next(f"{day:%A}" for day in days if day.weekday() < 5)


@asynccontextmanager
async def conversation(
    house: House, microphone: Path, bot: str, transport: str
) -> AsyncIterator[tuple[ConsolePage, str]]:
    """A call from the console page, and its id; in the end the bot hangs up, of its own accord."""
    async with chromium(house, microphone) as console:
        await console.sign_in(f"/console/{bot}/?transport={transport}")
        await console.talk()
        call_id = await console.call_id()
        yield console, call_id
        await console.page.get_by_test_id("end-card").wait_for(timeout=30_000)
    row = await house.final(call_id)
    assert (row["status"], row["end_reason"]) == ("ended", "bot_ended")


async def say(console: ConsolePage, text: str, answer: str) -> None:
    """Type a turn and wait until the bot's answer to it is shown; the next turn may cut in."""
    before = await console.turns("assistant").count()
    await console.page.get_by_test_id("text-input").fill(text)
    await console.page.get_by_test_id("text-send").click()
    pattern = re.compile(answer, re.IGNORECASE)
    await expect(console.turns("assistant").filter(has_text=pattern).last).to_be_attached(timeout=30_000)
    assert await console.turns("assistant").count() > before


def nodes(house: House, call_id: str) -> list[str]:
    """The nodes a call went through."""
    return [data["to"] for data in house.events(call_id, "flow.moved")]


async def test_the_desk_books_a_visit_that_was_asked_for_aloud(house: House, tmp_path: Path) -> None:
    """Spoken and typed turns, two tools and a flow from the desk to the farewell (FLOW-01, FLOW-19)."""
    asked = microphone_file(tmp_path / "asked.wav", GREETING_S, spoken(f"On {coming_weekday()}."), 120.0)
    async with conversation(house, asked, "appointments", "ws") as (console, call_id):
        await expect(console.turns("user").first).to_contain_text(coming_weekday(), timeout=40_000, ignore_case=True)
        await expect(console.turns("assistant").last).to_contain_text(
            re.compile("which (one|time)", re.IGNORECASE), timeout=30_000
        )
        await say(console, "the first one", "what name")
        await say(console, "my name is anna smith", "for Anna Smith. Shall I book it")
        await say(console, "yes please", "Your reference is")
        await say(console, "no thank you", "Thank you for calling")
    assert nodes(house, call_id) == ["desk", "booked", "farewell"]
    (visit,) = house.rows("select * from bots_appointment where name = 'Anna Smith'")
    assert visit["call_id"] == plain(call_id)
    farewell = house.turns(call_id)[-1]
    assert farewell["text"] == "Thank you for calling. Goodbye."
    assert not house.events(call_id, "error")


async def test_the_quiz_is_played_to_its_end(house: House, tmp_path: Path) -> None:
    """A flow with hints and a score, over WebRTC."""
    quiet = microphone_file(tmp_path / "quiet.wav", 120.0)
    async with conversation(house, quiet, "quiz", "webrtc") as (console, call_id):
        await say(console, "yes", "First question")
        await say(console, "mercury", "Second question")
        await say(console, "i do not know", "Think of an octopus")
        await say(console, "eight", "Third question")
        await say(console, "rome", "Fourth question")
        await say(console, "the piano", "last question")
        await say(console, "the giraffe", "Your score is 9 out of ten")
        await say(console, "no thanks", "goodbye")
    assert (await house.final(call_id))["transport"] == "webrtc"
    assert nodes(house, call_id) == [
        "ready", "question_one", "question_two", "hint_two", "question_three", "question_four", "question_five",
        "result", "farewell",
    ]  # fmt: skip
    assert "goodbye" in house.turns(call_id)[-1]["text"]
    assert not house.events(call_id, "error")


async def test_the_greeters_model_fails_and_a_stand_in_answers(house: House, tmp_path: Path) -> None:
    """A fallback model takes over within the reply, and the first is back for the next one (LK-16)."""
    quiet = microphone_file(tmp_path / "quiet.wav", 120.0)
    async with conversation(house, quiet, "greeter", "ws") as (console, call_id):
        await say(console, "please break down", "And here I am, the stand-in")
        await say(console, "what happened", "That was my stand-in")
        await say(console, "what time is it", "It is ")
        await say(console, "goodbye", "goodbye")
    (switch,) = house.events(call_id, "llm.switched")
    assert switch["reason"] == "scripted.failure"
    assert [data["name"] for data in house.events(call_id, "tool.finished")] == ["end_call"]
