"""The bot form: a draft taken apart and put together without loss, published with open eyes."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from bots.actions.load_demo import load_demo
from bots.models import Bot, Credential
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def form_data(client: Client, url: str) -> dict[str, Any]:
    """What the browser would post back from the form as it is shown."""
    form = client.get(url).context["adminform"].form
    data: dict[str, Any] = {}
    for name, field in form.fields.items():
        value = form[name].value()
        shown = field.prepare_value(value) if hasattr(field, "prepare_value") else value
        if shown is True:
            data[name] = "on"
        elif isinstance(shown, list):
            data[name] = shown
        elif shown is not False and shown is not None:
            data[name] = str(shown)
    return data


def change_url(bot: Bot) -> str:
    return f"/admin/bots/bot/{bot.pk}/change/"


def test_saving_an_untouched_form_changes_nothing_in_any_demo_bot(client: Client) -> None:
    for item in load_demo():
        bot, url = item.bot, change_url(item.bot)
        response = client.post(url, {**form_data(client, url), "_continue": "1"})
        assert response.status_code == 302, response.context["adminform"].form.errors
        before, after = bot.draft, Bot.objects.get(pk=bot.pk).draft
        assert after == before, bot.slug


def test_edits_reach_the_draft_and_callers_only_after_publishing(client: Client) -> None:
    bot = make_bot()
    url = change_url(bot)
    edited = {**form_data(client, url), "greeting": "Moin!", "vad__stop_secs": "1.2", "tts__espeak__voice": "en-gb",
              "vocabulary": "one\n\ntwo\none",
              "pronunciations": "twilio = T W IH L IY OW", "_publish": "1"}  # fmt: skip
    edited.pop("turns__allow_interruptions")
    response = client.post(url, edited)
    assert response["Location"] == f"/admin/bots/bot/{bot.pk}/publish/"
    bot.refresh_from_db()
    assert (bot.draft["greeting"], bot.draft["vad"]["stop_secs"]) == ("Moin!", 1.2)
    assert bot.draft["tts"] == {"provider": "espeak", "settings": {"voice": "en-gb"}}
    assert bot.draft["vocabulary"] == ["one", "two"]
    assert bot.draft["pronunciations"] == {"twilio": "T W IH L IY OW"}
    assert bot.draft["turns"]["allow_interruptions"] is False
    assert bot.live_version.spec["greeting"] != "Moin!"
    page = client.get(response["Location"]).content.decode()
    assert "Moin!" in page
    assert "vad.stop_secs" in page
    assert "Publish v2" in page
    client.post(response["Location"], {"note": "north"})
    bot.refresh_from_db()
    assert (bot.live_version.number, bot.live_version.spec["greeting"], bot.live_version.note) == (2, "Moin!", "north")
    client.post(f"/admin/bots/bot/{bot.pk}/restore/1/")
    bot.refresh_from_db()
    assert bot.draft["greeting"] != "Moin!"


def test_how_a_bot_speaks_is_edited_in_the_form(client: Client) -> None:  # TXT-01, TXT-08, SPCH-06, SPCH-16
    bot = make_bot()
    url = change_url(bot)
    edited = {**form_data(client, url), "speech__voices": "ann = en-gb\nbob = en-us+m3", "speech__aggregation": "token",
              "speech__leave_out_code": "on", "speech__lost_voice": "Gone.", "tts__provider": "openai",
              "tts__openai__voice": "nova", "tts__openai__base_url": "http://localhost:8000/v1",
              "tts__openai__speed": "1.5", "stt__provider": "openai", "stt__openai__language": "de"}  # fmt: skip
    edited.pop("speech__markdown")
    response = client.post(url, {**edited, "_continue": "1"})
    assert response.status_code == 302, response.context["adminform"].form.errors
    bot.refresh_from_db()
    assert bot.draft["speech"] == {
        "markdown": False, "leave_out_code": True, "leave_out_tables": False, "aggregation": "token",
        "voices": {"ann": "en-gb", "bob": "en-us+m3"}, "lost_voice": "Gone.",
    }  # fmt: skip
    assert bot.draft["tts"] == {
        "provider": "openai",
        "settings": {"voice": "nova", "base_url": "http://localhost:8000/v1", "speed": 1.5},
    }
    assert bot.draft["stt"] == {"provider": "openai", "settings": {"language": "de"}}


def test_a_new_bot_can_be_made_published_and_talked_to(client: Client) -> None:
    data = form_data(client, "/admin/bots/bot/add/")
    response = client.post("/admin/bots/bot/add/", {**data, "name": "New", "slug": "new", "_continue": "1"})
    bot = Bot.objects.get(slug="new")
    assert response["Location"] == change_url(bot)
    assert bot.created_by.get_username() == "root"
    assert 'href="/console/new/"' in client.get(change_url(bot)).content.decode()
    client.post(f"/admin/bots/bot/{bot.pk}/publish/")
    bot.refresh_from_db()
    assert bot.live_version.number == 1


def test_broken_json_is_refused_with_its_line_and_a_wrong_rule_is_named_by_its_path(client: Client) -> None:
    bot = make_bot()
    url = change_url(bot)
    data = {**form_data(client, url), "llm__scripted__script": '{"version": 1,\n "intents": [}', "_continue": "1"}
    errors = client.post(url, data).context["adminform"].form.errors
    assert "Line 2" in str(errors["llm__scripted__script"])
    data["llm__scripted__script"] = '{"version": 1, "intents": [{"nam": "hello"}]}'
    client.post(url, data)
    page = client.get(url).content.decode()
    assert "llm.settings.script.intents[0]" in page
    refused = client.post(f"/admin/bots/bot/{bot.pk}/publish/", follow=True).content.decode()
    assert "Correct the draft" in refused
    assert bot.versions.count() == 1


def test_words_the_recogniser_cannot_hear_are_warned_about(client: Client) -> None:
    bot = make_bot()
    bot.draft["vocabulary"] = ["call twilio now"]
    bot.save()
    assert "never hear these words: twilio" in client.get(change_url(bot)).content.decode().replace(
        "can never", "never"
    )


def test_a_missing_key_keeps_a_bot_from_being_published(client: Client) -> None:  # DEP-12
    bot = make_bot()
    url = change_url(bot)
    data = {**form_data(client, url), "llm__provider": "openai", "_continue": "1"}
    client.post(url, data)
    assert "needs a key" in client.get(url).content.decode()
    credential = Credential(name="chat", provider="openai")
    credential.set_secret("sk-canary-7f1d2e3c4b5a")
    credential.save()
    client.post(url, {**form_data(client, url), "llm__openai__credential": "chat", "_continue": "1"})
    page = client.get(url).content.decode()
    assert "needs a key" not in page
    assert "sk-canary" not in page
    bot.refresh_from_db()
    assert bot.draft["llm"] == {"provider": "openai", "settings": {"credential": "chat"}}


def test_two_editors_do_not_overwrite_each_other(client: Client) -> None:
    bot = make_bot()
    url = change_url(bot)
    mine = form_data(client, url)
    client.post(url, {**form_data(client, url), "greeting": "Theirs.", "_continue": "1"})
    answer = client.post(url, {**mine, "greeting": "Mine.", "_continue": "1"})
    assert "while you were editing" in answer.content.decode()
    bot.refresh_from_db()
    assert bot.draft["greeting"] == "Theirs."


@pytest.mark.parametrize("address", ["publish/", "restore/1/"])
def test_who_may_only_look_can_neither_edit_nor_publish(address: str) -> None:
    bot = make_bot()
    browser = Client()
    browser.force_login(make_user("eve", "view_bot", staff=True))
    assert "Front desk" in browser.get(change_url(bot)).content.decode()
    for url in (change_url(bot), f"/admin/bots/bot/{bot.pk}/{address}"):
        assert browser.post(url, {"name": "Mine", "slug": "mine"}).status_code == 403
    assert bot.versions.count() == 1
    assert Bot.objects.get().name == "Front desk"


def test_bots_are_never_deleted(client: Client) -> None:
    bot = make_bot()
    assert client.post(f"/admin/bots/bot/{bot.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Bot.objects.count() == 1
