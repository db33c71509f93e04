"""No network at all, only the machine itself: voice works over the socket, and over WebRTC where it is allowed to."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.e2e.browser import ConsolePage, chromium
from tests.e2e.house import House, Template
from tests.e2e.speech import loud_seconds, microphone_file, recognised, shared, spoken, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "I would like to hear the weather."
REPLY = "You would like to hear about the weather. It will be a warm and sunny day."
LOOPBACK = "--allow-loopback-in-peer-connection"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def island(template: Template, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house whose server sees no network but ``lo``, and offers that to WebRTC."""
    house = template.copy(tmp_path_factory.mktemp("island") / "data")
    await house.start(cut_off=True, VOICE_LOOPBACK_ICE="on", VOICE_RESUME_GRACE_S="4")
    yield house
    await house.stop()


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return microphone_file(tmp_path_factory.mktemp("voice") / "question.wav", 6.0, spoken(QUESTION), 30.0)


async def ask(console: ConsolePage, house: House, transport: str) -> None:
    """Hear the greeting, ask, hear the answer, hang up; the call is kept."""
    await expect(console.turns("user").first).to_contain_text("weather", timeout=30_000)
    await expect(console.turns("assistant")).to_have_count(2, timeout=20_000)
    await console.said(1)
    heard = await console.heard()
    call_id = await console.call_id()
    await console.hang_up()
    assert loud_seconds(heard.pcm, heard.rate) > 3
    understood = await recognised(heard.pcm, heard.rate)
    assert shared(REPLY, understood) >= 0.6, understood
    row = await house.final(call_id)
    assert (row["end_reason"], row["status"]) == ("caller_hung_up", "ended")
    assert [event["transport"] for event in house.events(call_id, "call.connected")] == [transport]
    assert words_of(house.turns(call_id)[1]["text"]) == words_of(QUESTION)


async def test_voice_over_the_socket_needs_no_network(island: House, question: Path) -> None:
    async with chromium(island, question) as console:
        await console.sign_in("/console/desk/?transport=ws")
        await console.talk()
        await ask(console, island, "websocket")


async def test_voice_over_webrtc_works_on_the_machine_itself(island: House, question: Path) -> None:
    async with chromium(island, question, LOOPBACK) as console:
        await console.sign_in("/console/desk/?transport=webrtc")
        await console.talk()
        await ask(console, island, "webrtc")


async def test_the_console_falls_back_to_the_socket_by_itself(island: House, tmp_path: Path) -> None:
    """Without the browser's leave to use loopback no pair of candidates connects."""
    microphone = microphone_file(tmp_path / "late.wav", 11.0, spoken(QUESTION), 30.0)
    async with chromium(island, microphone) as console:
        await console.sign_in("/console/desk/")
        began = time.monotonic()
        await console.talk()
        assert time.monotonic() - began < 8
        await expect(console.badge).to_have_attribute("data-transport", "websocket")
        await ask(console, island, "websocket")
    assert [row["status"] for row in island.calls()[-1:]] == ["ended"]
