"""Finding out, beside the conversation, whether a model that was down is well again (LK-16)."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from bots.engine.clock import BaseClock
from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.services.llm_events import TextDelta, ToolCallDelta
from bots.engine.services.llm_failures import CompletionTimeout, EmptyCompletion

from .accounts import Accounts
from .attempt import Member
from .health import HealthBook

QUESTION = "Answer with the word yes."


async def probe(member: Member, clock: BaseClock, book: HealthBook, accounts: Accounts, limit_s: float) -> None:
    """Ask a short question and hang up at the first token; the circuit closes, or rests for longer (P18)."""
    begun = clock.now()
    error: EngineError | None = None
    try:
        async with asyncio.timeout(limit_s):
            await _first_token(member)
        book.succeeded(member.key, clock.now() - begun)
    except TimeoutError:
        error = CompletionTimeout("The model did not begin to answer in time.")
    except EngineError as caught:
        error = caught
    finally:
        book.end_probe(member.key)
    if error is not None:
        book.failed(member.key, member.account, error, probe=True)
    accounts.note("probe", {"model": member.label, "well": error is None, "code": error.code if error else None})


async def _first_token(member: Member) -> None:
    context = LLMContext([{"role": "user", "content": QUESTION}])
    async with aclosing(member.service.stream(context)) as events:  # type: ignore[type-var]
        async for event in events:
            if isinstance(event, ToolCallDelta) or (isinstance(event, TextDelta) and event.text.strip()):
                return
    raise EmptyCompletion("The model answered with nothing.")
