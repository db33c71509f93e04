"""Published versions are numbered, complete and never change."""

from __future__ import annotations

import json

import pytest

from bots.actions.errors import ActionError
from bots.actions.load_demo import SCRIPTS, load_demo
from bots.actions.publish_bot import publish_bot, restore_version
from bots.assembly import spec_from
from bots.models import Bot, BotVersion, ImmutableRow
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db


def test_publishing_freezes_the_draft_under_the_next_number() -> None:
    bot, ann = make_bot(), make_user("ann")
    bot.draft["greeting"] = "Welcome back."
    bot.save()
    version = publish_bot(bot=bot, by=ann, note="warmer")
    bot.draft["greeting"] = "Changed later."
    bot.save()
    stored = BotVersion.objects.get(pk=version.pk)
    assert (stored.number, stored.spec["greeting"], stored.published_by) == (2, "Welcome back.", ann)
    assert Bot.objects.get(pk=bot.pk).live_version == version
    assert spec_from(stored.spec).greeting == "Welcome back."


def test_a_version_can_neither_be_changed_nor_removed() -> None:
    version = make_bot().versions.get()
    version.note = "rewritten"
    for attempt in (
        version.save,
        version.delete,
        lambda: BotVersion.objects.filter(pk=version.pk).update(note="x"),
        BotVersion.objects.all().delete,
        lambda: BotVersion.objects.bulk_update([version], ["note"]),
    ):
        with pytest.raises(ImmutableRow):
            attempt()
    assert BotVersion.objects.get().note == ""


def test_an_incomplete_draft_is_not_published_and_every_problem_is_named() -> None:
    bot = make_bot()
    bot.draft.update(
        language="", vad={"confidence": 7}, tools=[{"name": "a b"}], stt={"provider": "nobody"},
        llm={"provider": "scripted", "settings": {"script": {"version": 1, "intents": [{"nam": "x"}]}}},
    )  # fmt: skip
    bot.save()
    with pytest.raises(ActionError) as caught:
        publish_bot(bot=bot, by=None)
    assert caught.value.code == "bot.incomplete"
    for path in (
        "language",
        "vad.confidence",
        "tools[0].name",
        "tools[0].kind",
        "stt.provider",
        "llm.settings.script.intents[0]",
    ):
        assert path in caught.value.message
    assert bot.versions.count() == 1


def test_an_earlier_version_comes_back_as_a_draft_only() -> None:
    bot, ann = make_bot(), make_user("ann")
    first = bot.draft["greeting"]
    bot.draft["greeting"] = "Second."
    bot.save()
    publish_bot(bot=bot, by=ann)
    restore_version(bot=bot, number=1, by=ann)
    bot.refresh_from_db()
    assert (bot.draft["greeting"], bot.live_version.number) == (first, 2)
    with pytest.raises(ActionError, match="no such version"):
        restore_version(bot=bot, number=9, by=ann)


def test_the_demo_bots_load_once_and_leave_alone_what_people_edited() -> None:
    names = {json.loads(path.read_text())["slug"] for path in SCRIPTS.glob("*.json")}
    loaded = load_demo()
    assert {item.bot.slug for item in loaded} == names
    assert {item.outcome for item in loaded} == {"created"}
    assert all(item.bot.live_version for item in loaded)
    assert {item.outcome for item in load_demo()} == {"unchanged"}
    edited, outdated = loaded[0].bot, loaded[1].bot
    Bot.objects.filter(pk=edited.pk).update(updated_by=make_user("ann"), draft={**edited.draft, "greeting": "Mine."})
    Bot.objects.filter(pk=outdated.pk).update(draft={**outdated.draft, "greeting": "Old."})
    again = {item.bot.slug: item for item in load_demo()}
    assert again[edited.slug].outcome == "kept"
    assert Bot.objects.get(pk=edited.pk).draft["greeting"] == "Mine."
    assert again[outdated.slug].outcome == "renewed"
    assert Bot.objects.get(pk=outdated.pk).live_version.number == 2
