"""Brings a flow that was written elsewhere into a bot's draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from bots.actions.errors import ActionError
from bots.assembly.changes import Change, changes_between
from bots.assembly.flows import FlowFindings, findings_for
from bots.engine.errors import Problem
from bots.engine.flows.document import read_flow
from bots.engine.flows.errors import FlowTextError
from bots.models import Bot


@dataclass(frozen=True, slots=True)
class FlowPreview:
    """What an import would do: the flow, what of the text has no place in it, what is found, and what changes."""

    config: dict[str, Any]
    left_out: tuple[Problem, ...]
    findings: FlowFindings
    changes: list[Change]


def preview_flow(*, bot: Bot, text: str) -> FlowPreview:
    """Read a flow from JSON or YAML without storing anything; raises ActionError ``flow.unreadable``."""
    try:
        read = read_flow(text)
    except FlowTextError as error:
        raise ActionError(error.code, error.message, owner="author", next_step=error.next_step) from error
    return FlowPreview(
        read.config,
        read.left_out,
        findings_for(read.config, bot.draft.get("tools")),
        changes_between(bot.draft.get("flow") or {}, read.config),
    )


@transaction.atomic
def import_flow(*, bot: Bot, text: str, by: Any, edited_at: str = "") -> FlowPreview:
    """Make a text the flow of the bot's draft, mistakes included: those keep it from being published.

    ``edited_at``: when the person looked, in ISO 8601; raises ActionError ``bot.edited`` if somebody saved since.
    """
    locked = Bot.objects.select_for_update().get(pk=bot.pk)
    if edited_at and locked.updated_at.isoformat() != edited_at:
        raise ActionError(
            "bot.edited",
            "Somebody saved this bot meanwhile.",
            next_step="Look at the flow again, then repeat the import.",
            http_status=409,
        )
    preview = preview_flow(bot=locked, text=text)
    locked.draft = {**locked.draft, "flow": preview.config}
    locked.updated_by = by
    locked.save(update_fields=["draft", "updated_by", "updated_at"])
    return preview
