"""Whether Telnyx sent a request (Telnyx's "Receiving Webhooks" and "TeXML Call Initiated": Ed25519 over
``timestamp|body``).

The address is not part of what is signed, so nothing is ever read from it, and a request without a body is refused.
"""

from __future__ import annotations

import binascii
from base64 import b64decode

from telephony.carriers.base import AccountAccess, WebhookRequest
from telephony.carriers.errors import WebhookRefused

TOLERANCE_S = 300
"""A message that is older, or from further in the future, is a copy (reliability T2)."""
MAX_STAMP = 12


def verify(request: WebhookRequest, account: AccountAccess, now: float) -> None:
    """Raise ``webhook.unsigned`` unless the account's key signed this body within five minutes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    stamp = request.headers.get("telnyx-timestamp", "")
    given = request.headers.get("telnyx-signature-ed25519", "")
    key = account.secrets.get("public_key", "").strip()
    if not key or not given or not stamp or request.method != "POST" or not request.body:
        raise WebhookRefused("The request has no signature that could be checked.")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= MAX_STAMP) or abs(now - int(stamp)) > TOLERANCE_S:
        raise WebhookRefused("The request is too old, or its time cannot be read.")
    try:
        public = Ed25519PublicKey.from_public_bytes(b64decode(key, validate=True))
        public.verify(b64decode(given, validate=True), f"{stamp}|".encode() + request.body)
    except (InvalidSignature, binascii.Error, ValueError):
        raise WebhookRefused("The request's signature does not fit.") from None
