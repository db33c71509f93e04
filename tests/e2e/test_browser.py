"""A person talks with a bot in Chromium: words in, words out, over both transports; then reads and hears the call."""

from __future__ import annotations

import json
import wave
from io import BytesIO
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import ConsolePage, chromium
from tests.e2e.house import PROJECT, House
from tests.e2e.likeness import arrived
from tests.e2e.speech import (
    RATE,
    levels,
    loud_seconds,
    microphone_file,
    resampled,
    said_by_the_house,
    spoken,
    words_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

GREETER = json.loads((PROJECT / "bots/demo/scripts/greeter.json").read_text())
QUESTION = "Tell me the time."
GREETING_S = 13.0

PLAY_FROM = """async (audio, to) => {
  if (audio.readyState < 1) await new Promise((done) => audio.addEventListener("loadedmetadata", done));
  audio.currentTime = to;
  await audio.play();
  while (audio.currentTime < to + 0.2) await new Promise((done) => setTimeout(done, 20));
  audio.pause();
}"""


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A microphone in front of which somebody waits for the greeting's end and then asks for the time."""
    folder = tmp_path_factory.mktemp("voice")
    return microphone_file(folder / "question.wav", GREETING_S, spoken(QUESTION), 20.0)


async def ask_the_greeter(console: ConsolePage, transport: str) -> str:
    """Hold the conversation, hang up and return the call's id."""
    await console.sign_in(f"/console/greeter/?transport={transport}")
    await console.talk()
    await expect(console.turns("user").first).to_contain_text("tell me the time", timeout=40_000, ignore_case=True)
    await expect(console.turns("assistant")).to_have_count(2, timeout=20_000)
    await console.said(1)
    reply = " ".join(await console.words(1).all_inner_texts())
    assert words_of(reply)[:2] == ["it", "is"], reply
    heard = await console.heard()
    call_id = await console.call_id()
    await console.hang_up()
    assert max(heard.levels) > 0.05
    assert loud_seconds(heard.pcm, heard.rate) > 6
    # What came out of the loudspeaker is the voice that says these words, and no other words in the same voice.
    sound = resampled(heard.pcm, heard.rate, RATE)
    greeting, answer = await said_by_the_house(GREETER["greeting"]), await said_by_the_house(reply)
    assert arrived(greeting, sound) >= 0.8
    assert arrived(answer, sound) >= 0.6, reply
    assert arrived(await said_by_the_house("I am very well, thank you. Somebody is talking to me."), sound) <= 0.5
    return call_id


@pytest.mark.parametrize(("transport", "name"), [("ws", "websocket"), ("webrtc", "webrtc")])
async def test_a_spoken_conversation_and_the_page_that_keeps_it(
    house: House, question: Path, transport: str, name: str
) -> None:
    async with chromium(house, question) as console:
        call_id = await ask_the_greeter(console, transport)
        row = await house.final(call_id)
        assert (row["status"], row["end_reason"], row["transport"]) == ("ended", "caller_hung_up", name)
        greeting, asked, answer = house.turns(call_id)
        assert greeting["text"] == GREETER["greeting"]
        assert words_of(asked["text"]) == words_of(QUESTION)
        await reads_what_was_said(console, [greeting["text"], asked["text"], answer["text"]])
        await hears_the_recording(console, call_id, row["duration_s"])


async def reads_what_was_said(console: ConsolePage, said: list[str]) -> None:
    """Follow the end card's link: the call's page holds the transcript, and the call list has a line for it."""
    page = console.page
    await page.get_by_test_id("end-card-link").click()
    await page.locator("article.turn").first.wait_for()
    shown = [words_of(text) for text in await page.locator("article.turn p.said").all_inner_texts()]
    assert shown == [words_of(text) for text in said]
    assert await page.locator("article.turn s.unheard").count() == 0
    assert "hung up" in await page.locator("h1").inner_text()


async def hears_the_recording(console: ConsolePage, call_id: str, duration_s: float) -> None:
    """The WAV is as long as the call, holds both voices, can be read from any place, and plays on the page."""
    page, address = console.page, f"{console.house.base}/calls/{call_id}/audio.wav"
    whole = await page.request.get(address)
    assert whole.status == 200
    sound = await whole.body()
    with wave.open(BytesIO(sound)) as recording:
        rate, channels = recording.getframerate(), recording.getnchannels()
        length_s = recording.getnframes() / rate
        frames = recording.readframes(recording.getnframes())
    assert channels == 2
    assert abs(length_s - duration_s) <= 0.020
    left, right = (b"".join(frames[at : at + 2] for at in range(side, len(frames), 4)) for side in (0, 2))
    asked = [step * 0.02 for step, level in enumerate(levels(left, rate)) if level > 0.05]
    assert GREETING_S - 2 < asked[0] < asked[-1] < GREETING_S + 6
    assert loud_seconds(right, rate) > 6
    middle = len(sound) // 2
    part = await page.request.get(address, headers={"Range": f"bytes={middle}-{middle + 63999}"})
    assert part.status == 206
    assert part.headers["content-range"] == f"bytes {middle}-{middle + 63999}/{len(sound)}"
    assert await part.body() == sound[middle : middle + 64000]
    player = page.locator("audio")
    await player.evaluate(PLAY_FROM, duration_s / 2)
    assert abs(await player.evaluate("(audio) => audio.duration") - duration_s) <= 0.020
