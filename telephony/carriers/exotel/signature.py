"""Whether Exotel sent a request. It signs nothing (Exotel's "StatusCallback", "Voicebot Applet"): its addresses hold
the account's hook key, which is worth something over HTTPS only.
"""

from __future__ import annotations

import hmac

from bots.models.voice_settings import voice_setting
from telephony.carriers.base import AccountAccess, WebhookRequest
from telephony.carriers.errors import WebhookRefused

KEY = "key"


def verify(request: WebhookRequest, account: AccountAccess, now: float) -> None:
    """Raise ``webhook.unsigned`` unless the address holds the account's key, once, and is a safe one.

    Where calls are emulated on this machine there is no HTTPS, and no carrier either.
    """
    if not request.url.startswith("https://") and not voice_setting("CARRIER_EMULATOR"):
        raise WebhookRefused("The request did not come over HTTPS.")
    given = request.query.get(KEY, ())
    if len(given) != 1 or not account.hook_key:
        raise WebhookRefused("The request has no key that could be checked.")
    if not hmac.compare_digest(given[0].encode(), account.hook_key.encode()):
        raise WebhookRefused("The request's key does not fit.")
