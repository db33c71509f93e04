"""A carrier's request, verified before anything else is done with it (lessons T16; reliability T1, T2, T8)."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFailure
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from bots.actions.errors import ActionError
from bots.hosting.database import in_database
from bots.models import UnreadableCredential
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, WebhookRequest
from telephony.carriers.errors import WebhookMalformed, WebhookRefused
from telephony.models import CarrierAccount
from telephony.selectors.access import access_of
from telephony.selectors.addresses import public_url

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
DECIDE_S = 3.0
"""A carrier that waits longer gives up on us; it gets a document that needs no decision (T6)."""

refused: Counter[str] = Counter()
"""How many requests were refused, by code, since the process started."""

Answer = Callable[..., AnswerDocument | None]
FORM = "application/x-www-form-urlencoded"


def read_request(request: HttpRequest) -> WebhookRequest:
    """Return the request under our own public address. Raises ``webhook.malformed`` and ``public_url.missing``."""
    try:
        body = request.body
    except RequestDataTooBig:
        body = None
    if body is None or len(body) > MAX_BODY:
        raise WebhookMalformed("The request is too large.")
    query = request.META.get("QUERY_STRING", "")
    is_form = request.content_type == FORM
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=200) if is_form else {}
        asked = parse_qs(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise WebhookMalformed("The request's fields cannot be read.") from None
    return WebhookRequest(
        method=str(request.method),
        url=f"{public_url()}{request.get_full_path()}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        form=form,
        query=asked,
    )


def verified(request: HttpRequest, slug: str) -> tuple[CarrierAccount, WebhookRequest]:
    """Return the account and what its carrier sent. Raises ``webhook.unsigned`` for everything that nobody sent."""
    account = CarrierAccount.objects.filter(slug=slug, is_enabled=True).first()
    if account is None:
        raise WebhookRefused("There is no such account.")
    found = read_request(request)
    try:
        carrier_named(account.carrier).verify(found, access_of(account), time.time())
    except UnreadableCredential:
        raise WebhookRefused("The account's secrets cannot be read.") from None
    return account, found


def for_carriers(*methods: str, on_trouble: bool = False) -> Callable[[Answer], Any]:
    """Make ``answer(account, request, *parts)`` an endpoint for carriers.

    It runs beside the loop. ``on_trouble``: a caller waits at the other end, so when we cannot decide in time the
    answer is the carrier's busy document instead of an error.
    """

    def decorate(answer: Answer) -> Callable[..., Awaitable[HttpResponse]]:
        @csrf_exempt
        @functools.wraps(answer)
        async def endpoint(request: HttpRequest, slug: str, **parts: Any) -> HttpResponse:
            if request.method not in methods:
                return _refusal("input.method", 405)
            try:
                async with asyncio.timeout(DECIDE_S):
                    return await in_database(_answered, answer, request, slug, parts)
            except WebhookRefused as error:
                return _refusal(error.code, 403)
            except WebhookMalformed as error:
                return _refusal(error.code, 400)
            except ActionError as error:
                return _refusal(error.code, error.http_status)
            except (DatabaseFailure, TimeoutError):
                log.exception("a carrier's request could not be decided in time")
                return _apology(slug) if on_trouble else _refusal("server.database", 503)

        return endpoint

    return decorate


def _answered(answer: Answer, request: HttpRequest, slug: str, parts: dict[str, Any]) -> HttpResponse:
    account, found = verified(request, slug)
    document = answer(account, found, **parts)
    if document is None:
        return HttpResponse(status=204)
    return HttpResponse(document.body, content_type=document.content_type)


def _refusal(code: str, status: int) -> HttpResponse:
    refused[code] += 1
    log.warning("a carrier's request was refused", extra={"code": code})
    return HttpResponse(f"{code}\n", content_type="text/plain", status=status)


def _apology(slug: str) -> HttpResponse:
    """A document that every carrier with XML understands: a busy tone."""
    body = '<?xml version="1.0" encoding="UTF-8"?><Response><Hangup reason="busy"/></Response>'
    return HttpResponse(body, content_type="application/xml")
