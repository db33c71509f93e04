"""A bot that decides in two steps, in Chromium: it goes on after a sign of listening, stops for words (lessons T4)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import chromium
from tests.e2e.house import House
from tests.e2e.speech import loud_seconds, microphone_file, spoken, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORY_S, LISTENING_S, INTERRUPT_S = 4.5, 5.0, 5.0


@pytest.mark.parametrize("transport", ["ws", "webrtc"])
async def test_the_bot_goes_on_after_a_murmur_and_stops_for_words(house: House, tmp_path: Path, transport: str) -> None:
    story, stop = spoken("Tell me a story."), spoken("Please wait a moment.")
    murmur = spoken("Okay.")
    microphone = microphone_file(
        tmp_path / "talk.wav", STORY_S, story, LISTENING_S, murmur, INTERRUPT_S, stop, 30.0
    )  # fmt: skip
    async with chromium(house, microphone) as console:
        await console.sign_in(f"/console/patient/?transport={transport}")
        await console.talk()
        cut = console.page.locator('[data-testid=turn][data-role=assistant][data-interrupted="true"]')
        await expect(cut.last).to_be_visible(timeout=45_000)
        call_id = await console.call_id()
        await console.hang_up()
        await house.final(call_id)
    decided = [(event["decision"], event["reason"]) for event in house.events(call_id, "barge_in")]
    held, resumed = house.events(call_id, "bot.held"), house.events(call_id, "bot.resumed")
    assert [decision for decision, _ in decided if decision != "ignore"] == ["hold", "resume", "hold", "cut"], decided
    assert len(held) == 2
    assert len(resumed) == 1
    assert 0.1 < resumed[0]["at"] - held[0]["at"] < 2.0
    (turn,) = [one for one in house.turns(call_id) if one["planned_text"].startswith("Here is a long one")]
    assert turn["interrupted"]
    assert turn["end"] > resumed[0]["at"] + 1.0
    stored = [word["text"] for word in house.words(turn["id"]) if word["heard"]]
    assert words_of(turn["text"]) == words_of(" ".join(stored))
    # While the bot was held its track is silent.
    bot = house.file(call_id, "bot.s16").read_bytes()
    between = bot[round((held[0]["at"] + 0.1) * 16_000) * 2 : round((resumed[0]["at"] - 0.05) * 16_000) * 2]
    assert loud_seconds(between, 16_000) < 0.1
