"""The three demo bots, as files that ship with the product, made into rows."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from bots.actions.publish_bot import publish_bot
from bots.models import Bot, default_draft

SERVICES = ("stt", "llm", "tts")
SCRIPTS = Path(__file__).resolve().parent.parent / "demo" / "scripts"


@dataclass(frozen=True, slots=True)
class LoadedBot:
    """A demo bot and what was done: created, renewed, kept (somebody edited it) or unchanged."""

    bot: Bot
    outcome: str


def demo_draft(document: dict[str, Any]) -> dict[str, Any]:
    """The draft that a demo file describes; what it leaves out has the defaults."""
    draft = default_draft()
    own = {key: value for key, value in document.items() if key in draft and key != "stt"}
    draft.update(own)
    for part, usual in default_draft().items():
        if isinstance(usual, dict) and part not in SERVICES:
            draft[part] = {**usual, **(document.get(part) or {})}
    stt = dict(document.get("stt") or {})
    draft["vocabulary"] = list(stt.pop("vocabulary", [])) or draft["vocabulary"]
    draft["pronunciations"] = dict(stt.pop("pronunciations", {})) or draft["pronunciations"]
    draft["stt"] = {**draft["stt"], **stt}
    return draft


@transaction.atomic
def load_demo_bot(document: dict[str, Any], *, by: Any = None) -> LoadedBot:
    """Create or renew one demo bot and publish it; a bot that a person edited is left alone."""
    draft = demo_draft(document)
    bot, created = Bot.objects.select_for_update().get_or_create(
        slug=document["slug"],
        defaults={"name": document["name"], "description": document.get("description", ""), "draft": draft,
                  "is_demo": True, "created_by": by},
    )  # fmt: skip
    if not created:
        if not bot.is_demo or bot.updated_by_id is not None:
            return LoadedBot(bot, "kept")
        if bot.draft == draft and bot.live_version_id is not None:
            return LoadedBot(bot, "unchanged")
        bot.draft, bot.name, bot.description = draft, document["name"], document.get("description", "")
        bot.save()
    publish_bot(bot=bot, by=None, note="Demo")
    return LoadedBot(bot, "created" if created else "renewed")


def load_demo(*, by: Any = None, folder: Path = SCRIPTS) -> list[LoadedBot]:
    """Load every demo file of the folder, in the order of their names."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return [load_demo_bot(document, by=by) for document in documents]
