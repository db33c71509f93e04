"""Every state of the console page, in a real browser: what it says, and the way out of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.async_api import expect

from tests.bots.factories import make_bot, make_user

from .console_page import INSECURE, REFUSE_MICROPHONE, SILENT_MICROPHONE, Console, console_page, watched
from .console_peer import CALL_ID, TOKEN

GREETING = "Good morning, clinic desk. How can I help you?"
OFFER = "I have Tuesday at nine fifteen or ten."


@pytest.fixture
def house(empty_house: tuple[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    """The house with a published and an unpublished bot."""
    make_bot("desk", name="Clinic desk")
    make_bot("night", name="Night line", published=False)
    return empty_house


@pytest.fixture
def empty_house(transactional_db: None, live_server: Any, settings: Any, tmp_path: Path) -> tuple[str, dict[str, str]]:
    """A running house: its address, and the cookies of an author who is signed in."""
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path}
    client = Client()
    client.force_login(make_user("maria", "view_bot", "change_bot", staff=True))
    return live_server.url, {name: morsel.value for name, morsel in client.cookies.items()}


@pytest.fixture
async def console(house: tuple[str, dict[str, str]]) -> AsyncIterator[Console]:
    """The page on a wide screen."""
    async with console_page(*house, viewport={"width": 1440, "height": 900}) as opened:
        yield opened


async def test_a_spoken_conversation_is_shown_as_it_is_heard(console: Console) -> None:
    page, peer = console.page, console.peer
    await console.open()
    await expect(console.one("start")).to_be_focused()
    await page.keyboard.press("Enter")
    await console.state("listening")
    assert peer.starts[0] == {
        "transport": "websocket", "body": {"version": None, "input": "voice", "resume": None, "continue_from": None},
    }  # fmt: skip

    peer.say("bot-llm-started")
    peer.segment(1, GREETING)
    peer.say("bot-started-speaking")
    await console.state("speaking")
    peer.heard(1, GREETING, "Good morning,")
    await expect(page.locator("[data-testid=word][data-heard=true]")).to_have_text(["Good ", "morning, "])
    peer.heard(1, GREETING, GREETING)
    peer.say("bot-stopped-speaking")
    await console.state("listening")
    await expect(page.locator("[data-testid=word][data-heard=false]")).to_have_count(0)

    peer.say("user-started-speaking")
    peer.say("user-transcription", {"text": "move my appoint", "final": False, "timestamp": "t", "user_id": "u"})
    partial = page.locator("[data-testid=turn][data-role=user] .partial")
    await expect(partial).to_have_text("move my appoint")
    assert await partial.get_attribute("aria-hidden") == "true"
    peer.turn(1, "Move my appointment")
    await console.state("thinking")
    user = page.locator("[data-testid=turn][data-role=user]")
    await expect(user).to_have_count(1)
    await expect(user).to_have_attribute("data-turn", "1")
    await expect(user.locator(".said")).to_have_text("Move my appointment")
    await asyncio.sleep(0.5)
    assert peer.audio_samples > 8000
    assert peer.loudest > 1000


async def test_tools_latency_interruption_and_the_end_are_all_told(console: Console) -> None:
    page, peer = console.page, console.peer
    await console.open()
    await console.start()
    await expect(console.one("call-link")).to_have_attribute("href", f"/calls/{CALL_ID}/")
    peer.turn(1, "Move my appointment")
    call = {"tool_call_id": "t1", "function_name": "find_slots"}
    peer.say("llm-function-call-started", call)
    peer.say("llm-function-call-in-progress", {**call, "arguments": {"day": "Tuesday"}})
    await expect(console.one("tool-card")).to_have_attribute("data-status", "running")
    peer.say("llm-function-call-stopped", {**call, "cancelled": False, "result": {"slots": 3}})
    await expect(console.one("tool-card")).to_have_attribute("data-status", "done")
    await console.one("tool-card").get_by_role("button").click()
    await expect(console.one("tool-card").locator("pre")).to_have_text(
        ['{\n  "day": "Tuesday"\n}', '{\n  "slots": 3\n}']
    )

    peer.segment(2, OFFER)
    peer.say("bot-started-speaking")
    segments = [{"name": "llm", "ms": 270, "owner": "provider"}, {"name": "tts", "ms": 410, "owner": "provider"}]
    peer.own("turn-latency", turn=1, total_ms=680, segments=segments, sentence="Most of it was the voice.")
    await console.one("latency").click()
    await expect(console.one("latency-breakdown").first).to_contain_text("Most of it was the voice.")
    await expect(console.one("latency-breakdown").first).to_contain_text("410 ms")
    peer.heard(2, OFFER, "I have Tuesday")
    peer.own("bot-words", segment_id=2, interrupted=True, heard="I have Tuesday", unheard="at nine fifteen or ten.")
    reply = page.locator("[data-testid=turn][data-role=assistant]")
    await expect(reply).to_have_attribute("data-interrupted", "true")
    await expect(reply).to_contain_text("3 of 8 words heard")
    struck = await page.eval_on_selector(".word-unheard", "word => getComputedStyle(word).textDecorationLine")
    assert struck == "line-through"

    await console.one("tab-events").click()
    await expect(console.one("event-log")).to_contain_text("bot-words")
    await expect(console.one("event-log")).not_to_contain_text(TOKEN)

    await console.one("end").click()
    await expect(console.one("end")).to_be_visible()
    await peer.next_of("disconnect-bot")
    peer.own("call-ended", reason="caller_hung_up", sentence="You ended the call.", owner="caller", duration_s=65.0,
             turns=1, call_url=f"/calls/{CALL_ID}/")  # fmt: skip
    await console.state("ended")
    await expect(console.one("end-card")).to_contain_text("You ended the call.")
    await expect(console.one("end-card")).to_contain_text("1:05")
    await expect(console.one("end-card-link")).to_have_attribute("href", f"/calls/{CALL_ID}/")
    await console.one("continue").click()
    await console.page.wait_for_selector("[data-testid=text-input]:enabled")
    assert peer.starts[-1]["body"]["continue_from"] == CALL_ID


async def test_mute_sends_silence_and_push_to_talk_opens_while_space_is_held(console: Console) -> None:
    page, peer = console.page, console.peer
    await console.open()
    await console.start()
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("m")
    await expect(console.one("mute")).to_have_attribute("aria-pressed", "true")
    await asyncio.sleep(0.3)
    peer.audio_samples, peer.loudest = 0, 0
    await asyncio.sleep(1.2)
    assert peer.audio_samples > 8000
    assert peer.loudest == 0
    await page.keyboard.press("m")
    await console.one("ptt-mode").click()
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.down("Space")
    await expect(console.one("ptt")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.up("Space")
    await expect(console.one("ptt")).to_have_attribute("aria-pressed", "false")


async def test_a_caller_whom_the_bot_mutes_is_told_so_and_may_type(console: Console) -> None:  # TURN-26
    await console.open()
    await console.start()
    await console.state("listening")
    await expect(console.one("user-mute")).to_be_hidden()
    console.peer.own("user-mute", muted=True, reasons=["mute_until_first_bot_complete"])
    await expect(console.one("user-mute")).to_contain_text("finishes what it is saying before it listens")
    await expect(console.one("text-input")).to_be_enabled()
    console.peer.own("user-mute", muted=False, reasons=[])
    await expect(console.one("user-mute")).to_be_hidden()
    assert console.errors == []


async def test_a_refused_microphone_starts_the_call_in_text_and_voice_can_follow(house: Any) -> None:
    async with console_page(*house, script=REFUSE_MICROPHONE % "NotAllowedError") as console:
        await console.open()
        await console.start()
        await console.state("denied")
        assert console.peer.starts[0]["body"]["input"] == "text"
        await expect(console.page.locator("[data-code='mic.denied']")).to_contain_text("set Microphone to Allow")
        await console.one("text-input").fill("Are you there?")
        await console.one("text-send").click()
        await expect(console.page.locator("[data-testid=turn][data-role=user] .said")).to_have_text("Are you there?")
        sent = await console.peer.next_of("send-text")
        assert sent["data"]["content"] == "Are you there?"
        console.peer.own("user-turn", turn=1, text="Are you there?", disposition="turn")
        console.peer.say("bot-started-speaking")
        console.peer.say("bot-stopped-speaking")
        await console.page.evaluate("window.microphoneAllowed = true")
        await console.one("use-voice").click()
        await console.state("listening")
        await expect(console.one("mute")).to_be_enabled()


@pytest.mark.parametrize(
    ("script", "code"),
    [(REFUSE_MICROPHONE % "NotFoundError", "mic.missing"), (REFUSE_MICROPHONE % "NotReadableError", "mic.busy"),
     (INSECURE, "mic.insecure")],
)  # fmt: skip
async def test_a_call_without_a_microphone_says_why(house: Any, script: str, code: str) -> None:
    async with console_page(*house, script=script) as console:
        await console.open()
        await console.start()
        await console.state("nomic")
        await expect(console.page.locator(f"[data-code='{code}']")).to_be_visible()
        assert console.errors == []


async def test_a_microphone_that_sends_only_silence_is_pointed_out(house: Any) -> None:
    async with console_page(*house, script=SILENT_MICROPHONE) as console:
        await console.open()
        await console.start()
        await expect(console.page.locator("[data-code='mic.silent']")).to_be_visible(timeout=15000)


async def test_a_reload_takes_the_call_up_again_with_its_transcript(console: Console) -> None:
    await console.open()
    await console.start()
    console.peer.history = [
        {"turn": 1, "role": "user", "text": "Move my appointment", "at": 2.0},
        {"turn": 1, "role": "assistant", "text": "I have", "planned": OFFER, "interrupted": True, "at": 4.0},
    ]
    await console.page.reload()
    await expect(console.page.get_by_text("Reconnected. You are in the same conversation.")).to_be_visible()
    assert console.peer.starts[-1]["body"]["resume"] == TOKEN
    turns = console.page.locator("[data-testid=turn]")
    await expect(turns).to_have_count(2)
    await expect(turns.nth(1)).to_contain_text("2 of 8 words heard")


async def test_a_lost_server_is_waited_for_and_then_given_up_with_choices(console: Console) -> None:
    page, peer = console.page, console.peer
    await console.open()
    await console.start()
    peer.turn(1, "Move my appointment")
    await console.state("thinking")
    peer.refusals = [(503, {"code": "server.draining", "info": "Restarting.", "owner": "us", "next_step": "Wait."})]
    await peer.hang_up()
    await console.state("resuming")
    await expect(page.get_by_text("Reconnected.")).to_be_visible(timeout=10000)
    peer.refusals = [(409, {"code": "call.gone", "info": "This call is over.", "owner": "network"})]
    await peer.hang_up()
    await console.state("error")
    await expect(console.one("failure")).to_contain_text("This call is over.")
    await expect(page.locator("[data-testid=turn][data-role=user] .said")).to_have_text("Move my appointment")
    await console.one("continue").click()
    await page.wait_for_selector("[data-testid=text-input]:enabled")
    assert peer.starts[-1]["body"]["continue_from"] == CALL_ID


async def test_a_second_tab_finds_the_call_and_can_take_it_over(console: Console) -> None:
    await console.open()
    await console.start()
    second = watched(console, await console.context.new_page())
    await second.goto(f"{console.address}/console/desk/?transport=ws")
    await console.state("elsewhere", second)
    await second.get_by_test_id("talk-here").click()
    await expect(second.get_by_text("Reconnected.")).to_be_visible()
    await console.state("elsewhere")
    assert console.peer.starts[-1]["body"]["resume"] == TOKEN


@pytest.mark.parametrize(
    ("status", "answer", "title", "way_out"),
    [
        (429, {"code": "limit.user_calls", "info": "Two calls run."}, "All your lines are in use", "Try again"),
        (401, {"code": "auth.required", "info": "Sign in."}, "Your session has expired", "Sign in again"),
        (409, {"code": "provider.key_missing", "info": "No key."}, "A provider's key is missing", "Try again"),
        (404, {"code": "bot.unknown", "info": "There is no such bot."}, "This bot no longer exists", "Back"),
        (500, {}, "Something went wrong on the server", "Try again"),
    ],
)  # fmt: skip
async def test_a_refused_start_says_what_and_how_to_go_on(
    console: Console, status: int, answer: dict[str, str], title: str, way_out: str
) -> None:
    console.peer.refusals = [(status, answer)]
    await console.open()
    await console.page.click("[data-testid=start]")
    await console.state("error")
    await expect(console.page.get_by_role("heading", name=title)).to_be_visible()
    if answer:
        await expect(console.one("state")).to_contain_text(answer["info"])
    await expect(console.one("state").locator(".actions")).to_contain_text(way_out)


async def test_an_author_talks_to_a_draft_that_was_never_published(console: Console) -> None:
    await console.open("/console/night/")
    await expect(console.one("version-picker")).to_have_value("draft")
    await console.start()
    assert console.peer.starts[0]["body"]["version"] == "draft"


async def test_a_house_without_bots_shows_the_way_to_the_first_one(empty_house: Any) -> None:
    async with console_page(*empty_house) as console:
        await console.open("/console/")
        await expect(console.page.get_by_role("heading", name="There is no bot to talk to yet")).to_be_visible()
        await expect(console.page.get_by_role("link", name="Make a bot")).to_be_visible()


async def test_a_network_without_udp_moves_the_call_to_a_websocket(console: Console) -> None:
    answered: list[Any] = []

    async def answer_without_candidates(route: Any) -> None:
        from aiortc import RTCPeerConnection, RTCSessionDescription

        if route.request.method == "PATCH":
            await route.fulfill(json={})
            return
        offer = route.request.post_data_json
        connection = RTCPeerConnection()
        answered.append(connection)
        await connection.setRemoteDescription(RTCSessionDescription(offer["sdp"], offer["type"]))
        await connection.setLocalDescription(await connection.createAnswer())
        lines = connection.localDescription.sdp.splitlines()
        sdp = "\r\n".join(line for line in lines if not line.startswith("a=candidate")) + "\r\n"
        await route.fulfill(json={"sdp": sdp, "type": "answer", "pc_id": "p1"})

    async def start(route: Any) -> None:
        if route.request.post_data_json["transport"] == "websocket":
            await route.fallback()
            return
        await route.fulfill(json={"sessionId": "webrtc-session"})

    await console.context.route("**/rtvi/*/start", start)
    await console.context.route("**/api/offer", answer_without_candidates)
    await console.open(query="")
    began = asyncio.get_running_loop().time()
    await console.start()
    assert asyncio.get_running_loop().time() - began < 8
    await expect(console.one("transport-badge")).to_contain_text("WebSocket (network blocks UDP)")
    assert console.peer.starts[-1]["body"]["session"] == "webrtc-session"
    for connection in answered:
        await connection.close()


async def test_the_page_asks_no_other_host_and_breaks_no_rule_of_its_policy(console: Console) -> None:
    await console.open()
    await console.start()
    console.peer.play()
    await console.state("listening")
    answer = await console.context.request.get(f"{console.address}/console/desk/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert console.hosts == {console.address.split("/")[2]}
    assert console.errors == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_phone(house: Any, scheme: str) -> None:
    async with console_page(*house, viewport={"width": 360, "height": 740}, color_scheme=scheme) as console:
        await console.open()
        overflow = "document.documentElement.scrollWidth > innerWidth"
        assert not await console.page.evaluate(overflow)
        await console.start()
        console.peer.segment(1, GREETING)
        shown = console.page.locator(":visible")
        for tab in ("Timing", "Events", "Devices", "Talk"):
            await console.page.get_by_role("button", name=tab, exact=True).and_(shown).click()
            assert not await console.page.evaluate(overflow), tab
        small = await console.page.evaluate(
            "[...document.querySelectorAll('button, a, select, input')].filter((part) => part.checkVisibility())"
            ".map((part) => [part.textContent, part.getBoundingClientRect()])"
            ".filter(([, box]) => box.width > 1 && (box.height < 24 || box.width < 24)).map(([text]) => text)"
        )
        assert json.loads(json.dumps(small)) == []
