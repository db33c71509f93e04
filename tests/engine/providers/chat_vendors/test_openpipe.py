"""OpenPipe: answers as OpenAI's, each reported with its tags, never at the caller's cost (services 1.2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.providers.chat_vendors.openpipe import MOST_REPORTS, OpenPipeLLMService, OpenPipeReporter
from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.providers.registry import find_provider, make_service
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import BotSpec, ServiceSpec
from bots.engine.testing.servers.chat import ChatFake, error
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.loopback import Exchange, LoopbackServer, loopback
from bots.engine.testing.servers.reply import ModelReply
from tests.engine.providers.calls import QUESTION, Call, in_a_call, question

KEY, PIPE_KEY = "sk-fake", "opk-fake"


async def accept(exchange: Exchange) -> None:
    await exchange.answer(200, {"status": "ok"})


async def asked(play: Any, faults: Faults | None = None) -> tuple[Call, LoopbackServer]:
    """One question; what the caller heard, and the server of reports."""
    preset = PRESETS["openpipe"]
    async with (
        loopback(play, path="/api/v1") as reports,
        ChatFake([ModelReply(text="Lima is it.")], preset=preset, key=KEY, faults=faults or Faults()).running() as fake,
    ):
        service = OpenPipeLLMService(
            api_key=KEY, base_url=fake.url, openpipe_api_key=PIPE_KEY, openpipe_base_url=reports.url,
            tags={"bot": "lima", "version": 3}, apology="Sorry.",
        )  # fmt: skip
        call = await in_a_call(service)
        return call, reports


@pytest.mark.network
async def test_a_request_is_reported_with_its_tags() -> None:
    call, reports = await asked(accept)
    assert (call.said, call.codes) == ("Lima is it.", [])
    (exchange,) = reports.exchanges
    assert (exchange.path, exchange.headers["authorization"]) == ("/api/v1/report", f"Bearer {PIPE_KEY}")
    report = exchange.body
    assert set(report) == {"requestedAt", "receivedAt", "reqPayload", "respPayload", "statusCode", "tags"}
    assert (report["statusCode"], report["tags"]) == (200, {"bot": "lima", "version": "3"})
    assert report["reqPayload"]["messages"][-1]["content"] == QUESTION
    assert report["respPayload"]["choices"][0]["message"]["content"] == "Lima is it."
    assert report["respPayload"]["usage"]["completion_tokens"] == 3
    assert 0 <= report["receivedAt"] - report["requestedAt"] < 10_000


@pytest.mark.network
async def test_a_failed_request_is_reported_as_one() -> None:
    call, reports = await asked(accept, Faults(status=500, error=error("no")))
    assert call.said == "Sorry."
    assert reports.exchanges[0].body["statusCode"] == 500


@pytest.mark.network
@pytest.mark.parametrize("how", ["refused", "broken", "silent"])
async def test_reports_that_cannot_be_sent_cost_the_caller_nothing(how: str) -> None:
    async def play(exchange: Exchange) -> None:
        if how == "refused":
            await exchange.answer(500, {})
        elif how == "silent":
            await exchange.gone()

    began = asyncio.get_running_loop().time()
    call, _ = await asked(play)
    assert (call.said, call.codes) == ("Lima is it.", [])
    assert asyncio.get_running_loop().time() - began < 5, "the call ends all the same"


async def test_only_so_many_reports_wait() -> None:
    reporter = OpenPipeReporter("k", "http://127.0.0.1:1")
    assert all(reporter.add({"number": number}) for number in range(100))
    assert [report["number"] for report in reporter._waiting] == list(range(100 - MOST_REPORTS, 100))


async def test_without_a_key_of_its_own_nothing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert OpenPipeLLMService(api_key=KEY)._reporter is None
    monkeypatch.setenv("OPENPIPE_API_KEY", "from-env")
    assert OpenPipeLLMService(api_key=KEY)._reporter is not None


def test_a_bot_names_both_keys_by_their_credentials() -> None:
    chosen = ServiceSpec("openpipe", {"credential": "openai", "openpipe_credential": "pipe", "tags": {"a": 1}})
    spec = BotSpec("a", "A", ServiceSpec("pocketsphinx"), chosen, ServiceSpec("espeak"), persona="Be Ann.")
    made = make_service("llm", chosen, spec, SharedResources(), {"openai": KEY, "pipe": PIPE_KEY})
    assert isinstance(made, OpenPipeLLMService)
    assert made._reporter is not None
    assert (made._reporter._key, made._tags, made._settings.system_instruction) == (PIPE_KEY, {"a": "1"}, "Be Ann.")
    assert find_provider("llm", "openpipe").read(chosen.settings).openpipe_credential == "pipe"
    assert question().messages
