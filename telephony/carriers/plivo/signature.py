"""Whether Plivo sent a request (Plivo's "Validating signatures", version 3: HMAC-SHA256 with the auth token)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from telephony.carriers.base import AccountAccess, WebhookRequest
from telephony.carriers.errors import WebhookRefused

MAX_SIGNATURES = 8


def verify(request: WebhookRequest, account: AccountAccess, now: float) -> None:
    """Raise ``webhook.unsigned`` unless the account's token signed exactly this address and these fields.

    The header may hold several signatures, one for each token that is in use: one that fits is enough.
    """
    token = account.secrets.get("auth_token", "")
    given = request.headers.get("x-plivo-signature-v3", "")
    nonce = request.headers.get("x-plivo-signature-v3-nonce", "")
    if not token or not given or not nonce:
        raise WebhookRefused("The request has no signature that could be checked.")
    if request.body and not request.form:
        raise WebhookRefused("The request's body is not covered by its signature.")
    expected = signature(token, signed_text(request), nonce).encode()
    candidates = [one.strip().encode() for one in given.split(",")[:MAX_SIGNATURES]]
    fits = [hmac.compare_digest(expected, one) for one in candidates]
    if not any(fits):
        raise WebhookRefused("The request's signature does not fit.")


def signature(token: str, text: str, nonce: str) -> str:
    """Return the signature of a text in base64."""
    return b64encode(hmac.new(token.encode(), f"{text}.{nonce}".encode(), hashlib.sha256).digest()).decode()


def signed_text(request: WebhookRequest) -> str:
    """Return what is signed: the address, its fields in order, then those of the form in order.

    A question mark stands behind the address when anything follows, a dot between its fields and those of a form.
    """
    parts = urlsplit(request.url)
    address = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = "&".join(f"{name}={value}" for name, value in _in_order(request.query))
    form = "".join(f"{name}{value}" for name, value in _in_order(request.form)) if request.method == "POST" else ""
    if not query and not form:
        return address
    return f"{address}?{query}{'.' if query and form else ''}{form}"


def _in_order(fields: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name in sorted(fields) for value in sorted(fields[name])]
