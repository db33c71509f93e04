"""Slow and failing models in the form: shown with the usual values, saved as the engine reads them (LK-12, 15, 16)."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from bots.admin.resilience_fields import RESILIENCE
from bots.assembly import spec_from
from bots.engine.spec import ResilienceSpec
from bots.models import Bot
from tests.bots.admin.test_bots import change_url, form_data
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db

SPARE = {"provider": "scripted", "settings": {"script": {"version": 1, "phrases": {"unsure": ["One moment."]}}}}


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def saved(client: Client, **changes: str | None) -> tuple[Bot, list[str]]:
    """Save a bot's form with changes (None: left out); return the bot and the fields with errors."""
    bot = make_bot()
    url = change_url(bot)
    data = {**form_data(client, url), "_continue": "1"} | {
        f"resilience__{name}": value for name, value in changes.items()
    }
    response = client.post(url, {name: value for name, value in data.items() if value is not None})
    errors = [] if response.status_code == 302 else list(response.context["adminform"].form.errors)
    return Bot.objects.get(pk=bot.pk), errors


def resilience(bot: Bot) -> ResilienceSpec:
    return spec_from({**bot.draft, "slug": bot.slug, "name": bot.name}).resilience


def test_every_setting_has_a_field_with_help() -> None:
    assert {field.path[1] for field in RESILIENCE} == set(ResilienceSpec.__slots__)
    assert all(field.make().help_text for field in RESILIENCE)


def test_a_bot_from_before_these_settings_shows_and_saves_the_usual_values(client: Client) -> None:
    bot = make_bot()
    del bot.draft["resilience"]
    bot.save()
    client.post(change_url(bot), {**form_data(client, change_url(bot)), "_continue": "1"})
    assert resilience(Bot.objects.get(pk=bot.pk)) == ResilienceSpec()


def test_edits_become_the_engines_settings(client: Client) -> None:
    bot, errors = saved(
        client, fallbacks=json.dumps([SPARE]), fillers="Hm.\n\nLet me see.", soft_s="0.8", hard_s="3", hedge=None,
        cache="on", prefetch="on", end_after="0", context_tokens="0", goodbye="Bye.",
    )  # fmt: skip
    assert errors == []
    found = resilience(bot)
    assert [fallback.provider for fallback in found.fallbacks] == ["scripted"]
    assert (found.fillers, found.soft_s, found.hard_s) == (("Hm.", "Let me see."), 0.8, 3.0)
    assert (found.hedge, found.cache, found.prefetch) == (False, True, True)
    assert (found.end_after, found.context_tokens, found.goodbye) == (0, 0, "Bye.")


def test_an_emptied_field_goes_back_to_the_usual_value(client: Client) -> None:
    bot, errors = saved(client, soft_s="", hard_s="", context_tokens="", fallbacks="", fillers="")
    assert errors == []
    assert resilience(bot) == ResilienceSpec()


def test_what_is_no_json_or_out_of_range_is_refused_where_it_stands(client: Client) -> None:
    _, errors = saved(client, fallbacks="[{]", hard_s="100")
    assert errors == ["resilience__fallbacks", "resilience__hard_s"]
