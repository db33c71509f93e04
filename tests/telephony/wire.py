"""What carriers send to this server's real addresses, signed by the tests' own signers."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.test import AsyncClient

from telephony.emulation.profile import LineFacts
from telephony.emulation.profiles import PROFILES
from telephony.models import CarrierAccount
from tests.telephony.carriers.requests import FORM, Sent
from tests.telephony.rows import CALLER, NUMBER, PUBLIC, SECRET, TELNYX_KEY


def line_of(carrier: str, call_id: str = "CA1", **values: Any) -> LineFacts:
    """A call as its carrier knows it."""
    fields = {"from_number": CALLER, "to_number": NUMBER, "account_id": "AC1", "stream_id": "MZ1", **values}
    return LineFacts(call_id=call_id, secret=SECRET, **fields)


def voice_pairs(carrier: str, line: LineFacts, **more: str) -> list[tuple[str, str]]:
    """The fields of the question what to do with a call."""
    return list({**PROFILES[carrier].voice_form(line), **more}.items())


def status_pairs(carrier: str, line: LineFacts, status: str, sequence: int = 0, **more: str) -> list[tuple[str, str]]:
    """The fields of a status callback; statuses in Twilio's words."""
    return list({**PROFILES[carrier].status_form(line, status, sequence, 7), **more}.items())


def sent_to(account: CarrierAccount, kind: str, pairs: list[tuple[str, str]], **values: Any) -> Sent:
    """A signed request; Exotel asks with GET and the account's key."""
    carrier, slug = account.carrier, account.slug
    url = f"{values.pop('base', PUBLIC)}/telephony/{slug}/{kind}"
    if carrier == "exotel":
        fields = {"key": account.hook_key, **dict(pairs)}
        return Sent(carrier, f"{url}?{urlencode(fields)}", [], account.hook_key, "GET")
    secret = TELNYX_KEY if carrier == "telnyx" else SECRET
    return Sent(carrier, url, pairs, secret, **{"stamp": int(time.time()), **values}).sign()


async def deliver(client: AsyncClient, sent: Sent, **more: Any) -> Any:
    """Send it as it is, whatever host the server is reached under."""
    parts = urlsplit(sent.url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    headers = {**sent.headers, **more.pop("headers", {})}
    if sent.method == "GET":
        return await client.get(path, headers=headers, **more)
    content_type = more.pop("content_type", FORM)
    return await client.generic(sent.method, path, sent.body, content_type=content_type, headers=headers, **more)
