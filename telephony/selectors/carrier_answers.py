"""Questions to carriers within a time, and their failures as every page, command and job tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bots.actions.errors import ActionError
from bots.engine.errors import EngineError
from bots.models import UnreadableCredential
from telephony.carriers.base import CarrierAPI
from telephony.carriers.errors import CarrierUnreachable
from telephony.models import CarrierAccount

from .access import api_of

T = TypeVar("T")
Question = Callable[[CarrierAPI], Awaitable[T]]

ANSWER_S = 12.0
"""A page waits no longer: two tries of five seconds, and a little."""


async def ask(api: CarrierAPI, question: Question[T], limit_s: float = ANSWER_S) -> T:
    """Ask and close; raises a ``CarrierError``, in time."""
    try:
        async with asyncio.timeout(limit_s):
            return await question(api)
    except TimeoutError:
        raise CarrierUnreachable("The carrier did not answer in time.", retryable=True) from None
    finally:
        await api.aclose()


def opened(account: CarrierAccount, api_for: Callable[[CarrierAccount], CarrierAPI] = api_of) -> CarrierAPI:
    """Return an account's interface. Raises ActionError where its secrets or its region cannot be used."""
    try:
        return api_for(account)
    except (EngineError, UnreadableCredential) as error:
        raise refusal(error) from None


def answer_of(
    account: CarrierAccount, question: Question[T], *, api: CarrierAPI | None = None, limit_s: float = ANSWER_S
) -> T:
    """Ask an account's carrier. Raises ActionError ``carrier.…`` or ``credential.unreadable``; blocks."""
    found = api or opened(account)
    try:
        return asyncio.run(ask(found, question, limit_s))
    except EngineError as error:
        raise refusal(error) from None


def refusal(error: EngineError | UnreadableCredential) -> ActionError:
    """Return a carrier's failure as actions raise it."""
    if isinstance(error, UnreadableCredential):
        return ActionError(
            error.code, "The account's secrets cannot be opened with this server's keys.", owner="us",
            next_step="Enter the secrets anew, or put the former key back into VOICE_ENCRYPTION_KEYS.",
            http_status=503,
        )  # fmt: skip
    return ActionError(error.code, error.message, owner=error.owner, next_step=error.next_step, http_status=502)
