"""Short-lived, single-use rights to open a call's media, and the token that resumes it."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.models import Bot, Call, CallToken
from bots.models.voice_settings import voice_setting


def digest(secret: str) -> str:
    """What is stored of a token with 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", errors="replace")).hexdigest()


def _refused() -> ActionError:
    return ActionError(
        "token.invalid",
        "This call token is unknown, used or too old.",
        next_step="Start the call again to get a new one.",
        http_status=401,
    )


def issue_call_token(
    *, user: Any, bot: Bot, call: Call, purpose: str = CallToken.Purpose.CONNECT, lifetime_s: float | None = None
) -> str:
    """A token that opens one call once within the next minute; only its hash is stored."""
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    lifetime = timedelta(seconds=voice_setting("TOKEN_SECONDS") if lifetime_s is None else lifetime_s)
    CallToken.objects.create(
        hash=digest(secret), purpose=purpose, user=user, bot=bot, call=call, created_at=now, expires_at=now + lifetime
    )
    return secret


@transaction.atomic
def consume_call_token(
    secret: str, *, bot: Bot, user: Any = None, purpose: str = CallToken.Purpose.CONNECT
) -> CallToken:
    """Use a token up and answer its row; of any number of simultaneous users exactly one succeeds.

    Raises ActionError ``token.invalid`` for a token that is unknown, used, expired, of another bot or purpose, or
    (when ``user`` is given) of another user: the refusal never says which.
    """
    now = timezone.now()
    usable = CallToken.objects.filter(
        hash=digest(secret), purpose=purpose, bot=bot, used_at__isnull=True, expires_at__gt=now
    )
    if user is not None:
        usable = usable.filter(user=user)
    if not usable.update(used_at=now):
        raise _refused()
    return CallToken.objects.select_related("call", "bot", "user").get(hash=digest(secret))


def issue_resume_token(call: Call) -> str:
    """A new token with which the same caller can come back to the call; the earlier one stops working."""
    secret = secrets.token_urlsafe(32)
    call.resume_hash = digest(secret)
    Call.objects.filter(pk=call.pk).update(resume_hash=call.resume_hash)
    return secret


def call_to_resume(secret: str, *, user: Any, bot: Bot) -> Call:
    """The running call that a resume token belongs to.

    Raises ActionError ``call.gone`` when it is over, unknown, or somebody else's.
    """
    wanted = digest(secret)
    found = Call.objects.select_related("bot", "version").filter(resume_hash=wanted, bot=bot, user=user).first()
    if found is None or found.is_final or not hmac.compare_digest(found.resume_hash, wanted):
        raise ActionError(
            "call.gone", "This call is over.", next_step="Start a new call, or continue from it.", http_status=409
        )
    return found


def call_of_session(secret: str, *, user: Any, bot: Bot) -> Call | None:
    """The open call that an earlier token of the same caller belongs to; the token, if unspent, is used up."""
    token = (
        CallToken.objects.select_related("call__bot", "call__version")
        .filter(hash=digest(secret), user=user, bot=bot, call__isnull=False)
        .first()
    )
    if token is None or token.call is None or token.call.is_final:
        return None
    CallToken.objects.filter(pk=token.pk, used_at__isnull=True).update(used_at=timezone.now())
    return token.call
