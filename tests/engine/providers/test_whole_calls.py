"""A whole call with a network model in real time: what the caller hears through the voice, and what is remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.llm import LLMService
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.servers.chat import ChatFake
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.messages import MessagesFake
from bots.engine.testing.servers.reply import ModelReply

pytestmark = pytest.mark.network

KEY, SORRY = "sk-fake", "Sorry, say that again?"
LIMA = ModelReply(text="Lima. It is big.")
VENDORS: list[Any] = [
    pytest.param(ChatFake, lambda url: OpenAILLMService(api_key=KEY, base_url=url, apology=SORRY), id="chat"),
    pytest.param(
        MessagesFake, lambda url: AnthropicLLMService(api_key=KEY, base_url=url, apology=SORRY), id="messages"
    ),
]


async def called(fake: Any, make: Callable[[str], LLMService], *said: str) -> CallRecord:
    """A call in which the caller types and waits until the bot is silent."""

    async def play(call: LiveCall) -> None:
        for text in said:
            await call.type(text)
            await call.bot_silent(quiet=0.6, limit=8.0)

    def with_model(parts: CallParts) -> CallParts:
        return replace(parts, llm=make(fake.url))  # type: ignore[arg-type]

    return await ScriptedCall(make=with_model).perform(play)


@pytest.mark.parametrize(("kind", "make"), VENDORS)
async def test_an_answer_is_heard_and_remembered(kind: Any, make: Any) -> None:  # CTX-01, CTX-05, LLM-02
    async with kind([LIMA], key=KEY).running() as fake:
        record = await called(fake, make, "Peru?", "And now?")
    assert " ".join(record.heard) == f"{LIMA.text} {LIMA.text}"
    assert [message["role"] for message in record.messages] == ["user", "assistant"] * 2
    assert [message["content"] for message in record.messages if message["role"] == "assistant"] == [LIMA.text] * 2
    assert fake.problems == []
    assert len(fake.requests[1]["messages"]) == 3, "the model is shown what was heard"


@pytest.mark.parametrize(("kind", "make"), VENDORS)
async def test_a_failure_in_the_middle_is_heard_as_the_prefix_and_the_call_goes_on(kind: Any, make: Any) -> None:  # P7
    faults = [Faults(insert=b"data: {half\n\nevent: message_delta\ndata: {half\n\n", insert_after=4), Faults()]
    async with kind([LIMA], key=KEY, faults=faults).running() as fake:
        record = await called(fake, make, "Peru?", "And now?")
    heard = " ".join(record.heard)
    assert heard.endswith(LIMA.text)
    assert LIMA.text.startswith(heard.removesuffix(LIMA.text).strip()), "the prefix once, without repetition"
    assert [event.data["code"] for event in record.of("error")] == ["llm.unreadable"]


@pytest.mark.parametrize(("kind", "make"), VENDORS)
async def test_a_server_that_is_broken_is_apologised_for_aloud(kind: Any, make: Any) -> None:  # P2
    async with kind([LIMA], key=KEY, faults=[Faults(status=503, error={"error": {}}), Faults()]).running() as fake:
        record = await called(fake, make, "Peru?", "And now?")
    assert " ".join(record.heard) == f"{SORRY} {LIMA.text}"
    assert [event.data["code"] for event in record.of("error")] == ["llm.busy"]
    assert record.transcript[1] == ("bot", SORRY)
