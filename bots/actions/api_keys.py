"""Keys with which programs start calls: shown once, stored as a hash."""

import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bots.actions.call_tokens import digest
from bots.actions.errors import ActionError
from bots.models import ApiKey, Bot

KEY_PREFIX = "vk_"


def make_api_key(*, bot: Bot, user: Any, name: str) -> tuple[ApiKey, str]:
    """Create a key and answer its row and the key itself, which can never be shown again."""
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        bot=bot, user=user, name=name[:120], prefix=secret[:9], hash=digest(secret), created_at=timezone.now()
    )
    return row, secret


def api_key_in_use(secret: str, *, bot: Bot) -> ApiKey:
    """The valid key that a bearer token is, for this bot.

    Raises ActionError ``key.invalid`` for a key that is unknown, revoked, of another bot, or of a locked user.
    """
    row = ApiKey.objects.select_related("user", "bot").filter(hash=digest(secret), bot=bot).first()
    if row is None or row.revoked_at is not None or not row.user.is_active:
        raise ActionError(
            "key.invalid", "This API key is not valid for this bot.", next_step="Make a new key.", http_status=401
        )
    now = timezone.now()
    if row.last_used_at is None or now - row.last_used_at > timedelta(minutes=1):
        ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    return row


def revoke_api_key(row: ApiKey) -> bool:
    """Stop a key from working; answers whether it still worked."""
    return bool(ApiKey.objects.filter(pk=row.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()))
