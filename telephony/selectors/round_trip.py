"""The proof that a request to our public address arrives here: only this house can answer its nonce."""

from __future__ import annotations

import secrets

from django.core.signing import BadSignature, TimestampSigner
from django.utils.crypto import salted_hmac

SALT = "telephony.check"
LIFETIME_S = 60


def new_nonce() -> str:
    """Return a nonce that is answered for a minute."""
    return TimestampSigner(salt=SALT).sign(secrets.token_urlsafe(16))


def proof_of(slug: str, nonce: str) -> str:
    """Return what whoever holds this house's key answers to a nonce at an account's address; needs no database."""
    return salted_hmac(SALT, f"{slug} {nonce}", algorithm="sha256").hexdigest()


def answer_to(slug: str, nonce: str, lifetime_s: int = LIFETIME_S) -> str | None:
    """Return the proof for a nonce that this house has made lately; None for every other text."""
    try:
        TimestampSigner(salt=SALT).unsign(nonce, max_age=lifetime_s)
    except BadSignature:
        return None
    return proof_of(slug, nonce)
