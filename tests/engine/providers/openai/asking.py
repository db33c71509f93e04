"""Asking the service whose server a test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.llm_events import LLMEvent, TextDelta
from tests.engine.providers.openai.chat_server import ChatServer, Exchange, Play, chat_server, delta

SECRET = "sk-very-secret"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is the capital of Peru?"}]


@asynccontextmanager
async def asking(play: Play, **settings: Any) -> AsyncIterator[tuple[OpenAILLMService, ChatServer]]:
    """A service whose server answers as told."""
    options = {name: settings.pop(name) for name in ("deadlines", "system_instruction", "apology") if name in settings}
    async with chat_server(play) as server:
        service = OpenAILLMService(
            api_key=SECRET, settings=OpenAISettings(model="tiny", base_url=server.url, **settings), **options
        )
        try:
            yield service, server
        finally:
            await service.cleanup()


async def events_from(service: OpenAILLMService, context: LLMContext | None = None) -> list[LLMEvent]:
    async with aclosing(service.stream(context or LLMContext(MESSAGES))) as stream:  # type: ignore[type-var]
        return [event async for event in stream]


async def answers(play: Play) -> list[LLMEvent]:
    async with asking(play) as (service, _):
        return await events_from(service)


async def failure(play: Play) -> EngineError:
    async with asking(play) as (service, _):
        with pytest.raises(EngineError) as caught:
            await events_from(service)
    return caught.value


def text_of(events: list[LLMEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


async def quick(exchange: Exchange) -> None:
    """Answer with one word."""
    await exchange.begin()
    await exchange.events(delta("Lima."))
