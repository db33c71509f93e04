"""The handshake with every generation of clients (RTVI-03; client contract 5.1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.errors import PipelineError
from bots.engine.frames import UserTextFrame
from bots.engine.rtvi import RTVIConfig, RTVIProcessor
from bots.engine.rtvi.version import negotiate
from bots.engine.testing.client import CPP, JS, KOTLIN, SWIFT
from tests.engine.rtvi.conversation import Conversation, converse

CLIENTS: list[tuple[Any, str, bool, bool, bool]] = [
    # announced, version answered, 2.0 progress, knows bot-output, function calls of 1.0
    (JS, "2.1.0", True, True, False),
    ({"version": "2.2.0"}, "2.1.0", True, True, False),
    ({"version": "2"}, "2.1.0", True, True, False),
    (SWIFT, "2.1.0", True, True, True),
    (KOTLIN, "2.1.0", True, True, True),
    ({"version": "1.0.0", "about": {"library": "Pipecat Android Client"}}, "1.0.0", False, False, True),
    ({"version": "1.0.0", "about": {"library": "@pipecat-ai/client-js"}}, "1.0.0", False, False, True),
    ({"version": "1.1.0"}, "1.1.0", False, True, True),
    ({"version": "1.2.0"}, "1.2.0", False, True, False),
    ({"version": "1.4.3-beta.1"}, "1.4.3", False, True, False),
    (CPP, "1.0.0", False, False, True),
    ({}, "1.0.0", False, False, True),
    ({"about": {"library": "@pipecat-ai/client-js"}}, "1.0.0", False, False, True),
    ({"version": "1.2.0", "about": "nonsense"}, "1.2.0", False, True, False),
]


@pytest.mark.parametrize(("announced", "answer", "progress", "output", "with_args"), CLIENTS)
def test_each_client_is_answered_in_its_own_dialect(
    announced: Any, answer: str, progress: bool, output: bool, with_args: bool
) -> None:
    async def script(call: Conversation) -> None:
        ready = await call.client.connect()
        profile = call.rtvi.profile
        assert ready["data"]["version"] == answer
        assert (profile.progress, profile.output, profile.calls_with_args) == (progress, output, with_args)
        assert call.client.all("error", "error-response") == []
        assert call.client.problems() == []

    converse(script, ready_data=announced)


@pytest.mark.parametrize(
    ("announced", "answer"),
    [
        ({"version": "3.0.0"}, "2.1.0"),
        ({"version": "0.3.5"}, "1.0.0"),
        ({"version": "two"}, "1.0.0"),
        ({"version": 2}, "1.0.0"),
        ({"version": "99999999999.1"}, "1.0.0"),
    ],
)
def test_a_foreign_version_is_told_so_and_served_all_the_same(announced: Any, answer: str) -> None:
    async def script(call: Conversation) -> None:
        ready = await call.client.connect()
        warning = call.client.all("error-response")[0]
        assert ready["data"]["version"] == answer
        assert (warning["id"], warning["data"]["code"]) == (ready["id"], "rtvi.unsupported_version")
        assert call.client.types() == ["error-response", "bot-ready"]

    converse(script, ready_data=announced)


def test_native_clients_are_told_by_their_library() -> None:
    assert negotiate(SWIFT).profile.native
    assert negotiate(KOTLIN).profile.native
    assert not negotiate(JS).profile.native


def test_bot_ready_waits_until_the_bot_says_so_and_carries_the_clients_id() -> None:  # RTVI-03, CONF-14
    async def script(call: Conversation) -> None:
        @call.rtvi.event_handler("on_client_ready")
        async def ready(rtvi: RTVIProcessor) -> None:
            await asyncio.sleep(2.0)
            await rtvi.set_bot_ready()

        began = call.task.clock.now()
        message = await call.client.connect()
        assert call.task.clock.now() - began == pytest.approx(2.0)
        assert message["id"] == "00000001"

    converse(script)


def test_a_bot_that_is_ready_first_answers_as_soon_as_the_client_comes() -> None:
    async def script(call: Conversation) -> None:
        heard: list[str] = []

        @call.rtvi.event_handler("on_client_ready")
        async def ready(rtvi: RTVIProcessor) -> None:
            heard.append("ready")

        await call.rtvi.set_bot_ready()
        assert call.client.received == []
        await call.client.connect(0.001)
        await call.settle()
        assert heard == ["ready"]

    converse(script)


def test_a_client_without_id_still_gets_one_on_bot_ready() -> None:
    async def script(call: Conversation) -> None:
        await call.client.send_raw({"label": "rtvi-ai", "type": "client-ready"})
        assert (await call.client.wait_for("bot-ready"))["id"]

    converse(script)


def test_a_client_that_takes_over_a_running_call_is_answered_and_the_call_does_not_begin_again() -> None:
    async def script(call: Conversation) -> None:
        heard: list[str] = []

        @call.rtvi.event_handler("on_client_ready")
        async def ready(rtvi: RTVIProcessor) -> None:
            heard.append("ready")
            await rtvi.set_bot_ready()

        @call.rtvi.event_handler("on_client_rejoined")
        async def rejoined(rtvi: RTVIProcessor) -> None:
            heard.append("rejoined")

        await call.client.connect()
        call.client.ready_data = KOTLIN
        await call.client.connect()
        await call.settle()
        assert heard == ["ready", "rejoined"]
        assert call.rtvi.profile.native

    converse(script)


def test_messages_that_come_before_the_bot_is_ready_are_acted_on_afterwards_in_order() -> None:
    async def script(call: Conversation) -> None:
        @call.rtvi.event_handler("on_client_ready")
        async def ready(rtvi: RTVIProcessor) -> None:
            await asyncio.sleep(1.0)
            await rtvi.set_bot_ready()

        await call.client.send("send-text", {"content": "one"})
        connected = asyncio.create_task(call.client.connect())
        await asyncio.sleep(0.5)
        await call.client.send("send-text", {"content": "two"})
        assert call.log.of(UserTextFrame) == []
        await connected
        await call.settle()
        assert [frame.text for frame in call.log.of(UserTextFrame)] == ["one", "two"]

    converse(script)


def test_too_many_early_messages_are_refused_with_a_code() -> None:
    async def script(call: Conversation) -> None:
        for number in range(80):
            await call.client.send("send-text", {"content": str(number)})
        assert {message["data"]["code"] for message in call.client.all("error-response")} == {"rtvi.not_ready"}
        await call.client.connect()
        assert len(call.log.of(UserTextFrame)) == 64

    converse(script)


def test_what_the_server_says_too_early_is_kept_for_the_client() -> None:
    async def script(call: Conversation) -> None:
        await call.rtvi.send_server_message({"type": "call", "call_id": "c"})
        assert call.client.received == []
        await call.client.connect()
        assert call.client.types() == ["bot-ready", "server-message"]

    converse(script)


def test_clients_cannot_configure_the_bot() -> None:
    RTVIProcessor(config=RTVIConfig(config=[]))
    with pytest.raises(PipelineError):
        RTVIProcessor(config=RTVIConfig(config=[{"service": "llm"}]))
