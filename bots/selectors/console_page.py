"""What the console page needs to know before a call."""

from typing import Any

from bots.models import Bot
from bots.selectors.calls import bots_talkable_by


def _bot_facts(bot: Bot, *, can_edit: bool) -> dict[str, Any]:
    return {
        "slug": bot.slug,
        "name": bot.name,
        "description": bot.description,
        "live_version": bot.live_version.number if bot.live_version else None,
        "versions": list(bot.versions.order_by("-number").values_list("number", flat=True)[:50]),
        "has_draft": can_edit,
        "can_edit": can_edit,
        "admin_url": f"/admin/bots/bot/{bot.pk}/change/" if can_edit else "",
    }


def console_bots(user: Any) -> list[dict[str, Any]]:
    """The bots a person may talk to, as the page shows them."""
    can_edit = user.has_perm("bots.change_bot")
    return [_bot_facts(bot, can_edit=can_edit) for bot in bots_talkable_by(user).order_by("name")]
