"""A carrier's request, verified before anything else is done with it (lessons T16; reliability T1, T2, T6, T8)."""

from __future__ import annotations

import asyncio
import functools
import logging
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from django.core.exceptions import RequestDataTooBig
from django.db import Error as DatabaseFailure
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from bots.actions.errors import ActionError
from bots.hosting.database import in_database
from bots.models import UnreadableCredential
from bots.models.voice_settings import voice_setting
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, WebhookRequest
from telephony.carriers.carrier import Carrier
from telephony.carriers.errors import CarrierError, WebhookMalformed, WebhookRefused
from telephony.models import CarrierAccount
from telephony.selectors.access import access_of
from telephony.selectors.addresses import public_url

log = logging.getLogger(__name__)

MAX_BODY = 64 * 1024

refused: Counter[str] = Counter()
"""How many requests were refused, by code, since the process started."""

Answer = Callable[..., AnswerDocument | None]
FORM = "application/x-www-form-urlencoded"
SIGNED_WITH = {
    "x-twilio-signature": "twilio", "telnyx-signature-ed25519": "telnyx", "x-plivo-signature-v3": "plivo",
}  # fmt: skip
"""What shows whose request it is before the account is known; Exotel's shows nothing."""


def read_request(request: HttpRequest) -> WebhookRequest:
    """Return the request under our own public address. Raises ``webhook.malformed`` and ``public_url.missing``."""
    query = request.META.get("QUERY_STRING", "")
    body = _body_of(request)
    is_form = request.content_type == FORM
    try:
        form = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=200) if is_form else {}
        asked = parse_qs(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise WebhookMalformed("The request's fields cannot be read.") from None
    return WebhookRequest(
        method=str(request.method),
        url=f"{public_url()}{request.get_full_path_info()}",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        form=form,
        query=asked,
    )


def _body_of(request: HttpRequest) -> bytes:
    told = str(request.META.get("CONTENT_LENGTH") or "0")
    try:
        if not told.isdecimal() or int(told) <= MAX_BODY:
            body: bytes = request.body
            if len(body) <= MAX_BODY:
                return body
    except RequestDataTooBig:
        pass
    raise WebhookMalformed("The request is too large.")


def verified(request: HttpRequest, slug: str) -> tuple[CarrierAccount, WebhookRequest]:
    """Return the account and what its carrier sent. Raises ``webhook.unsigned`` for everything that nobody sent.

    What is refused before that is refused whether there is such an account or not.
    """
    found = read_request(request)
    account = CarrierAccount.objects.filter(slug=slug, is_enabled=True).first()
    if account is None:
        raise WebhookRefused("There is no such account.")
    try:
        carrier_named(account.carrier).verify(found, access_of(account), time.time())
    except UnreadableCredential:
        log.error("an account's secrets cannot be read: its carrier is refused", extra={"account": account.slug})
        raise WebhookRefused("The account's secrets cannot be read.") from None
    return account, found


def for_carriers(*methods: str, on_trouble: bool = False) -> Callable[[Answer], Any]:
    """Make ``answer(account, request, *parts)`` an endpoint for carriers.

    It runs beside the loop. ``on_trouble``: a caller waits at the other end, so when we cannot decide, or not in time,
    the answer is the carrier's own busy document instead of an error. A carrier that signs asks with POST.
    """

    def decorate(answer: Answer) -> Callable[..., Awaitable[HttpResponse]]:
        @csrf_exempt
        @functools.wraps(answer)
        async def endpoint(request: HttpRequest, slug: str, **parts: Any) -> HttpResponse:
            if request.method not in methods:
                return _refusal("input.method", 405)
            too_late = threading.Event() if on_trouble else None
            try:
                async with asyncio.timeout(float(voice_setting("WEBHOOK_SECONDS"))):
                    return await in_database(_answered, answer, request, slug, parts, too_late)
            except WebhookRefused as error:
                return _refusal(error.code, 403)
            except WebhookMalformed as error:
                return _refusal(error.code, 400)
            except ActionError as error:
                return _refusal(error.code, error.http_status)
            except CarrierError as error:
                return _refusal(error.code, 503)
            except UnreadableCredential:
                return _refusal("credential.unreadable", 503)
            except (DatabaseFailure, TimeoutError) as error:
                log.error("a carrier's request was not decided in time", extra={"failure": type(error).__name__})
                if too_late is None:
                    return _refusal("server.database", 503)
                too_late.set()
                return _document(_asking(request).busy_document())

        return endpoint

    return decorate


class TooLate(Exception):
    """The carrier has its answer already."""


def _answered(
    answer: Answer, request: HttpRequest, slug: str, parts: dict[str, Any], too_late: threading.Event | None
) -> HttpResponse:
    """``too_late``: set once nobody waits for the answer any more; given where a caller waits."""
    account, found = verified(request, slug)
    carrier = carrier_named(account.carrier)
    if carrier.signs_webhooks and request.method != "POST":
        return _refusal("input.method", 405)
    if too_late is None:
        document = answer(account, found, **parts)
    else:
        try:
            document = _answered_in_time(answer, account, found, parts, too_late)
        except (ActionError, CarrierError, UnreadableCredential, TooLate) as error:
            code = getattr(error, "code", type(error).__name__)
            log.warning("a caller could not be helped", extra={"code": code, "account": account.slug})
            document = carrier.busy_document()
    return HttpResponse(status=204) if document is None else _document(document)


def _answered_in_time(
    answer: Answer, account: CarrierAccount, found: WebhookRequest, parts: dict[str, Any], too_late: threading.Event
) -> AnswerDocument | None:
    """Answer, and leave nothing behind when the caller has been turned away meanwhile."""
    with transaction.atomic():
        document = answer(account, found, **parts)
        if too_late.is_set():
            raise TooLate
    return document


def _document(document: AnswerDocument) -> HttpResponse:
    return HttpResponse(document.body, content_type=document.content_type)


def _refusal(code: str, status: int) -> HttpResponse:
    refused[code] += 1
    log.warning("a carrier's request was refused", extra={"code": code})
    return HttpResponse(f"{code}\n", content_type="text/plain", status=status)


def _asking(request: HttpRequest) -> Carrier:
    """Whose request it seems to be: enough for an answer that says nothing (T6)."""
    return carrier_named(next((name for header, name in SIGNED_WITH.items() if header in request.headers), "exotel"))
