"""The bot form's sections: every setting once, what differs from the usual is said and open, mistakes are found."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bots.admin.bot_form import bot_form
from bots.admin.draft_fields import PARTS
from bots.admin.sections import Section, field_at, sections_of
from bots.assembly.services import ROLES, provider_choices, provider_options
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


def sections(bot: Bot) -> dict[str, Section]:
    return {section.key: section for section in sections_of(bot_form()(instance=bot))}


def set_in(bot: Bot, part: str, **values: Any) -> Bot:
    bot.draft = {**bot.draft, part: {**bot.draft.get(part, {}), **values}}
    bot.save()
    return bot


def test_every_field_stands_in_exactly_one_section_and_once_on_the_page(client: Client) -> None:
    bot = make_bot()
    names = [name for section in sections(bot).values() for name in section.names]
    assert sorted(names) == sorted(bot_form().base_fields)
    assert {field.name for _title, fields in PARTS for field in fields} <= set(names)
    for url in (change_url(bot), "/admin/bots/bot/add/"):
        page = client.get(url).content.decode()
        shown = re.findall(r'<(?:input|select|textarea)[^>]* name="([^"_][^"]*)"', page)
        once = [name for name in shown if name in names and name != "mute__strategies"]
        assert sorted(once) == sorted(set(names) - {"mute__strategies"})
        assert shown.count("mute__strategies") == 4


def test_a_new_bot_has_what_most_authors_need_open_and_everything_else_as_usual() -> None:
    found = sections(Bot(name="New", slug="new"))
    assert [key for key, section in found.items() if section.is_essential] == ["bot", "speech", "llm", "tts", "stt"]
    folded = [section for section in found.values() if not section.is_essential]
    assert len(folded) >= 11
    assert {section.settings.summary for section in folded} == {"as usual"}
    assert not any(section.settings.is_open for section in folded)
    for role in ROLES:
        (chosen,) = (group for group in found[role].groups if group.is_chosen)
        assert (chosen.more.is_open, chosen.more.summary) == (False, "as usual")


def test_what_a_bot_has_of_its_own_is_open_and_said_in_one_line() -> None:
    bot = set_in(make_bot(), "vad", stop_secs=0.4)
    set_in(bot, "turns", allow_interruptions=False, user_idle_prompts=["Hello?"])
    set_in(bot, "mute", strategies=["first_speech", "function_call"])
    set_in(bot, "speech", aggregation="token", lost_voice="")
    set_in(bot, "keypad", prefix="A prefix that nobody would ever want to read", timeout_secs=2)
    found = sections(bot)
    said = {key: section.settings.summary for key, section in found.items() if section.settings.is_open}
    assert said == {
        "vad__confidence": "Speech ends after 0.4 s, Callers may interrupt off",
        "turn_end__analyzer": "The caller is not heard: 2",
        "turns__user_idle_secs": "Questions to a silent caller: 1",
        "keypad__enabled": "Prefix: A prefix that nobody would …",
        "speech__markdown": "The voice gets: every word as it comes, When the voice fails: none",
    }
    assert (found["vad__confidence"].changed_count, found["audio__noise_filter"].changed_count) == (2, 0)


def test_more_than_three_values_are_counted() -> None:
    bot = set_in(make_bot(), "resilience", soft_s=2, hard_s=5, between_s=6, hedge=False, cache=True)
    (line,) = (part.settings.summary for part in sections(bot).values() if part.key.startswith("resilience"))
    assert line == "Say so after 2 s, Ask another model after 5 s, An answer is broken off after 6 s and 2 more"


def test_tools_and_words_are_a_bots_own_without_showing_what_is_in_them() -> None:
    bot = make_bot()
    bot.draft |= {"tools": [{"name": "end_call", "kind": "call.end"}], "flow": None, "vocabulary": ["one", "two"]}
    found = sections(bot)
    assert found["tools"].settings.summary == "Tools"
    assert found["vocabulary"].settings.summary == "Vocabulary: 2"
    tools = found["tools"].settings.rows[0].usual
    assert tools is not None
    assert (tools.is_own, tools.text) == (True, "[]")


def test_the_chosen_provider_is_open_and_its_unusual_settings_are_said() -> None:
    bot = make_bot()
    bot.draft |= {"llm": {"provider": "openai", "settings": {"model": "gpt-4.1-mini", "temperature": 0.2}}}
    section = sections(bot)["llm"]
    (chosen,) = (group for group in section.groups if group.is_chosen)
    assert chosen.key == "llm:openai"
    assert {"llm__openai__model", "llm__openai__credential"} <= {row.bound.name for row in chosen.essential.rows}
    assert (chosen.more.is_open, chosen.more.summary) == (True, "Temperature 0.2")
    assert section.changed_count == 1


def test_a_section_with_a_mistake_is_open_and_the_list_says_so(client: Client) -> None:
    bot = make_bot()
    url = change_url(bot)
    edited = {**form_data(client, url), "keypad__timeout_secs": "999", "llm__scripted__tokens_per_s": "-1"}
    answer = client.post(url, {**edited, "_continue": "1"})
    found = {section.key: section for section in answer.context["sections"]}
    assert (found["keypad__enabled"].settings.is_open, found["keypad__enabled"].errors) == (True, 1)
    assert (found["llm"].groups[0].more.is_open, found["llm"].errors) == (True, 1)
    assert (found["audio__noise_filter"].settings.is_open, found["audio__noise_filter"].errors) == (False, 0)
    page = answer.content.decode()
    assert page.count("1 mistake<") == 2
    assert '<li><a href="#id_keypad__timeout_secs">Keys are complete after</a></li>' in page


def test_what_keeps_a_draft_from_being_published_is_linked_to_its_setting(client: Client) -> None:
    bot = make_bot()
    bot.draft |= {
        "limits": {"max_duration_s": 1800, "idle_timeout_s": 300},
        "vad": {**bot.draft["vad"], "confidence": 7},
    }
    bot.draft |= {"llm": {"provider": "openai", "settings": {}}}
    bot.save()
    answer = client.get(change_url(bot))
    page = answer.content.decode()
    assert '<a href="#id_vad__confidence"><code>vad.confidence</code></a>' in page
    assert '<a href="#id_llm__openai__credential"><code>llm.settings.credential</code></a>' in page
    assert next(part for part in answer.context["sections"] if part.key == "vad__confidence").settings.is_open


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("vad.stop_secs", "vad__stop_secs"),
        ("tools[2].name", "tools"),
        ("flow.nodes.start", "flow"),
        ("llm.settings.script.intents[0].patterns", "llm__scripted__script"),
        ("llm.settings", "llm__provider"),
        ("tts.provider", "tts__provider"),
        ("resilience.fallbacks[0].settings.model", "resilience__fallbacks"),
        ("nowhere.at_all", ""),
    ],
)
def test_a_path_of_the_draft_leads_to_its_field(path: str, field: str) -> None:
    names = bot_form().base_fields
    assert field_at(path, {"llm": {"provider": "scripted"}, "tts": {"provider": "espeak"}}, names) == field
    assert not field or field in names


def test_no_provider_has_a_secret_among_its_settings_so_none_is_ever_shown() -> None:
    options = [option for role in ROLES for choice in provider_choices(role) for option in provider_options(choice)]
    assert options
    assert not [option.name for option in options if option.kind == "secret"]


def test_who_may_only_look_sees_the_plain_rows() -> None:
    bot, browser = make_bot(), Client()
    browser.force_login(make_user("eve", "view_bot", staff=True))
    answer = browser.get(change_url(bot))
    assert "sections" not in answer.context
    assert "data-editor" not in answer.content.decode()
    assert "v1" in answer.content.decode()
