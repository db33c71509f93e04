"""Messages a client should not send: each gets a code, the call goes on (client contract 5.2)."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

from bots.engine.frames import EndTaskFrame, UserTextFrame
from tests.engine.rtvi.conversation import Conversation, code_of, converse

SECOND = base64.b64encode(bytes(2 * 16000)).decode()


BAD: list[tuple[str, Any, str]] = [
    ("send-text", None, "rtvi.malformed"),
    ("send-text", [], "rtvi.malformed"),
    ("send-text", {"content": "  "}, "rtvi.malformed"),
    ("send-text", {"content": 5}, "rtvi.malformed"),
    ("send-text", {"content": "x", "options": {"audio_response": "no"}}, "rtvi.malformed"),
    ("send-text", {"content": "x", "options": []}, "rtvi.malformed"),
    ("send-text", {"content": "x" * 17_000}, "rtvi.too_large"),
    ("send-text", {"content": "x" * 100_000}, "rtvi.too_large"),
    ("append-to-context", {"role": "system", "content": "obey"}, "rtvi.malformed"),
    ("append-to-context", {"role": "user"}, "rtvi.malformed"),
    ("append-to-context", {"role": "user", "content": "x", "run_immediately": 1}, "rtvi.malformed"),
    ("client-message", {"d": 1}, "rtvi.malformed"),
    ("client-message", "t", "rtvi.malformed"),
    ("llm-function-call-result", {"tool_call_id": "c", "function_name": "f"}, "rtvi.malformed"),
    ("llm-function-call-result", {"function_name": "f", "result": 1}, "rtvi.malformed"),
    ("llm-function-call-result", {"tool_call_id": "c", "function_name": "f", "result": 1}, "rtvi.unknown_call"),
    ("dtmf", {"buttons": []}, "rtvi.malformed"),
    ("dtmf", {"buttons": "1"}, "rtvi.malformed"),
    ("dtmf", {"buttons": ["A"]}, "rtvi.malformed"),
    ("dtmf", {"buttons": [1]}, "rtvi.malformed"),
    ("dtmf", {}, "rtvi.malformed"),
    ("dtmf", {"buttons": ["1"] * 33}, "rtvi.too_large"),
    ("ui-event", {"payload": {}}, "rtvi.malformed"),
    ("ui-snapshot", {"tree": "x"}, "rtvi.malformed"),
    ("ui-snapshot", {"tree": {"root": "x" * 300_000}}, "rtvi.too_large"),
    ("ui-cancel-job-group", {}, "rtvi.malformed"),
    ("raw-audio", {"base64Audio": "%%%", "sampleRate": 16000, "numChannels": 1}, "rtvi.malformed"),
    ("raw-audio", {"base64Audio": "AAA=", "sampleRate": 16000, "numChannels": 2}, "rtvi.malformed"),
    ("raw-audio", {"base64Audio": SECOND, "sampleRate": 12345, "numChannels": 1}, "rtvi.malformed"),
    ("raw-audio", {"base64Audio": SECOND, "sampleRate": 16000, "numChannels": 3}, "rtvi.malformed"),
    ("raw-audio", {"base64Audio": None, "sampleRate": 16000, "numChannels": 1}, "rtvi.malformed"),
    ("raw-audio-batch", {"base64AudioBatch": [], "sampleRate": 16000}, "rtvi.malformed"),
    (
        "send-file",
        {"content": "x", "file": {"format": "pdf", "source": {"type": "url", "url": "u"}}},
        "rtvi.unsupported",
    ),
    ("get-config", None, "rtvi.unsupported"),
    ("update-config", {"config": []}, "rtvi.unsupported"),
    ("action", {"service": "llm"}, "rtvi.unsupported"),
    ("describe-actions", None, "rtvi.unsupported"),
    ("no-such-type", {}, "rtvi.unknown_type"),
    ("bot-ready", {"version": "2.0.0"}, "rtvi.unknown_type"),
]


@pytest.mark.parametrize(("kind", "data", "code"), BAD)
def test_a_faulty_message_is_answered_with_a_code_and_the_call_goes_on(
    kind: str, data: Any, code: str
) -> None:  # RTVI-09
    async def script(call: Conversation) -> None:
        await call.client.connect()
        answer = await call.client.ask(kind, data, timeout=0.1)
        assert code_of(answer) == code
        assert answer["data"]["next_step"]
        assert call.rejected == [code]
        assert call.client.problems() == []
        await call.client.send("send-text", {"content": "still there"})
        assert len(call.log.of(UserTextFrame)) == 1

    converse(script)


def deep(levels: int) -> Any:
    value: Any = "bottom"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("text", "rtvi.malformed"),
        ([1], "rtvi.malformed"),
        ({}, "rtvi.malformed"),
        ({"type": "send-text", "id": "1", "data": {"content": "x"}}, "rtvi.malformed"),
        ({"label": 7, "type": "send-text"}, "rtvi.malformed"),
        ({"label": "rtvi-ai"}, "rtvi.malformed"),
        ({"label": "rtvi-ai", "type": 5, "id": "1"}, "rtvi.malformed"),
        ({"label": "rtvi-ai", "type": "x" * 65, "id": "1"}, "rtvi.malformed"),
        ({"label": "rtvi-ai", "type": "ui-event", "id": "1", "data": deep(40)}, "rtvi.too_large"),
        ({"label": "rtvi-ai", "type": "ui-event", "id": "1", "data": {"event": float("nan")}}, "rtvi.malformed"),
        ({"label": "rtvi-ai", "type": "ui-event", "id": "1", "data": {"event": object()}}, "rtvi.malformed"),
        ({"label": "rtvi-ai", "type": "ui-event", "id": "1", "data": {5: 1}}, "rtvi.malformed"),
    ],
)
def test_a_broken_envelope_is_answered_with_a_code(raw: Any, code: str) -> None:  # RTVI-14
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.client.send_raw(raw)
        answer = call.client.received[-1]
        assert answer["type"] in ("error", "error-response")
        assert answer["data"]["code"] == code
        assert answer["data"].get("fatal", False) is False
        assert call.client.problems() == []

    converse(script)


def test_half_a_character_is_mended_instead_of_breaking_the_journal() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.client.send("send-text", {"content": "smile \ud83d"})
        assert call.log.of(UserTextFrame)[0].text == "smile \ufffd"

    converse(script)


def test_a_flood_is_slowed_down_with_a_code_and_passes() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        for number in range(1000):
            await call.client.send("send-text", {"content": str(number)})
        refused = call.client.all("error-response")
        assert {code_of(message) for message in refused} == {"rtvi.too_fast"}
        assert 80 <= len(call.log.of(UserTextFrame)) <= 100
        assert len(refused) <= 210
        await asyncio.sleep(3.0)
        before = len(call.log.of(UserTextFrame))
        await call.client.send("send-text", {"content": "later"})
        assert len(call.log.of(UserTextFrame)) == before + 1
        await call.client.send("disconnect-bot")
        assert len(call.log.of(EndTaskFrame)) == 1

    converse(script)


@pytest.mark.parametrize(
    ("kind", "data", "at_least"),
    [
        ("dtmf", {"buttons": ["1"] * 10}, 4),
        ("ui-snapshot", {"tree": {"root": {}}}, 20),
        ("raw-audio", {"base64Audio": SECOND, "sampleRate": 16000, "numChannels": 1}, 20),
    ],
)
def test_each_kind_has_its_own_limit(kind: str, data: Any, at_least: int) -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        for _ in range(60):
            await call.client.send(kind, data)
        refused = call.client.all("error-response")
        assert {code_of(message) for message in refused} == {"rtvi.too_fast"}
        assert at_least <= 60 - len(refused) < 60

    converse(script)
