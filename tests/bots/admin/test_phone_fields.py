"""The telephone in the bot's form: shown with the usual values, saved as the engine reads it."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from bots.admin.phone_fields import KEY_MENU, PLACING, TURN_LIMITS
from bots.assembly import spec_from
from bots.engine.spec import BotSpec, KeyChoice, KeypadSpec, LimitSpec, PhoneSpec
from bots.models import Bot
from tests.bots.admin.test_bots import change_url, form_data
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def saved(client: Client, bot: Bot, **changes: str) -> BotSpec:
    """Save a bot's form with changes."""
    url = change_url(bot)
    response = client.post(url, {**form_data(client, url), "_continue": "1", **changes})
    assert response.status_code == 302, response.context["adminform"].form.errors
    found = Bot.objects.get(pk=bot.pk)
    return spec_from({**found.draft, "slug": found.slug, "name": found.name})


def test_every_setting_has_a_field_with_help() -> None:
    fields = {field.path for field in (*KEY_MENU, *PLACING, *TURN_LIMITS)}
    menu = {("keypad", name) for name in KeypadSpec.__slots__ if name.startswith("menu")}
    placing = {("phone", name) for name in PhoneSpec.__slots__ if name != "outbound"}
    assert fields == menu | placing | {("limits", name) for name in ("max_turns", "loop_guard", "goodbye")}
    assert all(field.make().help_text for field in (*KEY_MENU, *PLACING, *TURN_LIMITS))


def test_a_bot_from_before_these_settings_shows_and_saves_the_usual_values(client: Client) -> None:
    bot = make_bot()
    del bot.draft["phone"]
    bot.save()
    spec = saved(client, bot, keypad__menu="", keypad__menu_repeats="", limits__max_turns="")
    assert (spec.phone, spec.keypad, spec.limits) == (PhoneSpec(), KeypadSpec(), LimitSpec())


def test_edits_become_the_engines_settings(client: Client) -> None:
    spec = saved(
        client, make_bot(), keypad__menu=json.dumps({"1": {"phrase": "sales"}}), keypad__menu_prompt="Press one.",
        keypad__menu_once="on", phone__on_machine="leave_message", phone__machine_message="Call back.",
        phone__menu_keys="0#", limits__max_turns="12", limits__goodbye="So long.",
    )  # fmt: skip
    assert (spec.keypad.menu, spec.keypad.menu_prompt, spec.keypad.menu_once) == (
        {"1": KeyChoice(phrase="sales")}, "Press one.", True,
    )  # fmt: skip
    assert spec.phone == PhoneSpec(on_machine="leave_message", machine_message="Call back.", menu_keys="0#")
    assert (spec.limits.max_turns, spec.limits.goodbye) == (12, "So long.")
