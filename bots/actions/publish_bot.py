"""Freezes a draft as the version that callers meet, and restores earlier ones."""

from typing import Any

from django.db import transaction

from bots.actions.errors import ActionError
from bots.assembly import problems_in, snapshot_of
from bots.models import Bot, BotVersion


@transaction.atomic
def publish_bot(*, bot: Bot, by: Any, note: str = "") -> BotVersion:
    """Freeze the bot's draft as the next numbered version and make it the live one.

    Raises ActionError ``bot.incomplete`` that lists what is wrong with the draft.
    """
    locked = Bot.objects.select_for_update().get(pk=bot.pk)
    if problems := problems_in(locked):
        raise ActionError(
            "bot.incomplete",
            "; ".join(str(problem) for problem in problems),
            owner="author",
            next_step="Correct the draft and publish again.",
            http_status=409,
        )
    version = locked.versions.create(
        number=locked.next_number(), spec=snapshot_of(locked), published_by=by, note=note[:300]
    )
    locked.live_version = version
    locked.updated_by = by
    locked.save(update_fields=["live_version", "updated_by", "updated_at"])
    bot.live_version = version
    return version


@transaction.atomic
def restore_version(*, bot: Bot, number: int, by: Any) -> Bot:
    """Copy an earlier version into the draft; nothing is published by this."""
    locked = Bot.objects.select_for_update().get(pk=bot.pk)
    version = locked.versions.filter(number=number).first()
    if version is None:
        raise ActionError("bot.unknown_version", "This bot has no such version.", http_status=404)
    locked.draft = {key: value for key, value in version.spec.items() if key not in ("slug", "name")}
    locked.updated_by = by
    locked.save(update_fields=["draft", "updated_by", "updated_at"])
    return locked
