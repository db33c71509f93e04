"""The caller talks over the bot in Chromium: it falls silent, and what is stored is what was heard."""

from __future__ import annotations

from itertools import pairwise
from math import inf
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import chromium
from tests.e2e.house import House
from tests.e2e.speech import levels, microphone_file, pieces, recognised, shared, spoken, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

STORY_S, INTERRUPT_S = 4.5, 6.0


@pytest.mark.parametrize(("transport", "most_silence_s"), [("ws", 1.2), ("webrtc", 1.2)])
async def test_talking_over_the_bot_stops_it_and_keeps_only_what_was_heard(
    house: House, tmp_path: Path, transport: str, most_silence_s: float
) -> None:
    story, stop = spoken("Tell me a story."), spoken("Please wait.")
    microphone = microphone_file(tmp_path / "talk.wav", STORY_S, story, INTERRUPT_S, stop, 30.0)
    async with chromium(house, microphone) as console:
        await console.sign_in(f"/console/desk/?transport={transport}")
        await console.talk()
        cut = console.page.locator('[data-testid=turn][data-role=assistant][data-interrupted="true"]')
        await expect(cut).to_have_count(1, timeout=60_000)
        shown_heard = words_of(" ".join(await cut.locator("[data-testid=word][data-heard=true]").all_inner_texts()))
        unheard = cut.locator("[data-testid=word][data-heard=false]")
        shown_unheard = words_of(" ".join(await unheard.all_inner_texts()))
        assert shown_unheard
        assert "line-through" in await unheard.first.evaluate("(word) => getComputedStyle(word).textDecorationLine")
        heard = await console.heard()
        call_id = await console.call_id()
        await console.hang_up()
        row = await house.final(call_id)
        await console.page.goto(f"{house.base}/calls/{call_id}/")
        assert await console.page.locator("article.turn s.unheard").count() >= 1
    (turn,) = [one for one in house.turns(call_id) if one["planned_text"].startswith("Here is a long one")]
    assert turn["interrupted"]
    words = house.words(turn["id"])
    stored = words_of(" ".join(word["text"] for word in words if word["heard"]))
    assert words_of(turn["text"]) == stored
    assert turn["planned_text"].startswith(turn["text"])
    assert 5 <= len(stored) < len(words_of(turn["planned_text"]))
    assert abs(len(shown_heard) - len(stored)) <= 1
    assert (shown_heard + shown_unheard)[: len(stored)] == stored
    bot = house.file(call_id, "bot.s16").read_bytes()
    # The track goes silent where the turn ends, soon after the caller began.
    caller = house.file(call_id, "caller.s16").read_bytes()
    began = [
        step * 0.02 for step, level in enumerate(levels(caller, 16_000)) if level > 0.02 and step * 0.02 > turn["at"]
    ]
    assert turn["end"] - began[0] < most_silence_s
    sounding = [step * 0.02 for step, level in enumerate(levels(bot, 16_000)) if level > 0.01]
    stopped = next(at for at, after in pairwise([*sounding, inf]) if at > began[0] - 0.5 and after - at > 0.4)
    assert stopped - began[0] < most_silence_s
    # A word that was begun and cut is not a heard one, so the sound may end up to a word later than the turn.
    assert turn["end"] - 0.15 <= stopped <= turn["end"] + 0.8
    # What a recogniser hears in the cut track is what is stored, but for the word at the cut.
    said = bot[round(turn["at"] * 16_000) * 2 : round(turn["end"] * 16_000) * 2]
    understood = await recognised(said, 16_000, (turn["planned_text"],))
    assert shared(" ".join(stored), understood) >= 0.6, (stored, understood)
    assert abs(len(understood) - len(stored)) <= max(3, len(stored) // 4), (stored, understood)
    # The page fell silent too: it never played the rest of the story.
    played_s = sum(len(piece) for piece in pieces(heard.pcm)) and len(heard.loud_after(0)) * 1024 / heard.rate
    assert played_s < len(bot) / 32_000
    assert row["end_reason"] == "caller_hung_up"
