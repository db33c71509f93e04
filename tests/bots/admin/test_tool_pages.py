"""The page on which authors look at tools and try them (PROD-19)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from bots.admin.tool_pages import sample_of
from bots.models import Bot
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db

CLOCK = {"name": "what_time", "kind": "clock.now", "description": "Tell the <b>time</b>."}
END = {"name": "end_call", "kind": "call.end"}
SERVER = {"name": "desk", "kind": "mcp", "settings": {"url": "https://127.0.0.1/mcp", "allow": ["a"]}}


@pytest.fixture
def bot() -> Bot:
    made = make_bot()
    made.draft = {**made.draft, "tools": [CLOCK, END, SERVER]}
    made.save()
    return made


def signed_in(*permissions: str) -> Client:
    client = Client()
    client.force_login(make_user("maria", *permissions, staff=True))
    return client


def page(bot: Bot, tool: str = "") -> str:
    return f"/admin/bots/bot/{bot.pk}/tools/" + (f"?tool={tool}" if tool else "")


def test_the_page_lists_the_tools_and_explains_every_kind(bot: Bot) -> None:
    text = signed_in("view_bot", "change_bot").get(page(bot)).content.decode()
    for words in ("what_time", "clock.now", "http.request", "Try it", "List its tools", "result_path", "Presses keys"):
        assert words in text
    assert "Tell the &lt;b&gt;time" in text


def test_a_tool_is_tried_and_its_result_shown(bot: Bot) -> None:
    client = signed_in("view_bot", "change_bot")
    assert "Run it" in client.get(page(bot, "what_time")).content.decode()
    text = client.post(page(bot, "what_time"), {"arguments": ""}).content.decode()
    assert "Done." in text
    assert "weekday" in text
    assert LogEntry.objects.filter(object_id=str(bot.pk)).count() == 1


@pytest.mark.parametrize("arguments", ["[1]", "{", '"x"'])
def test_arguments_that_are_no_object_run_nothing(bot: Bot, arguments: str) -> None:
    response = signed_in("view_bot", "change_bot").post(page(bot, "what_time"), {"arguments": arguments})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()
    assert not LogEntry.objects.exists()


def test_a_tool_that_needs_a_call_says_so(bot: Bot) -> None:
    text = signed_in("view_bot", "change_bot").get(page(bot, "end_call")).content.decode()
    assert "works in a call only" in text
    assert "Run it" not in text


def test_a_server_that_may_not_be_reached_is_refused_in_a_sentence(bot: Bot) -> None:
    text = signed_in("view_bot", "change_bot").post(page(bot, "desk")).content.decode()
    assert "Tools may not reach addresses inside a network" in text


@pytest.mark.parametrize("permissions", [(), ("view_bot",)])
def test_who_may_not_edit_the_bot_may_not_try_its_tools(bot: Bot, permissions: tuple[str, ...]) -> None:
    client = signed_in(*permissions)
    assert client.get(page(bot)).status_code == 403
    assert client.post(page(bot, "what_time"), {"arguments": "{}"}).status_code == 403
    assert not LogEntry.objects.exists()


def test_strangers_are_sent_to_the_door_and_unknown_bots_are_not_found(bot: Bot) -> None:
    assert Client().post(page(bot, "what_time")).status_code == 302
    assert signed_in("view_bot", "change_bot").get("/admin/bots/bot/999999/tools/").status_code == 404


def test_a_sample_holds_each_required_argument_with_a_value_of_its_type() -> None:
    properties: dict[str, Any] = {"day": {"type": "string"}, "n": {"type": "integer"}, "part": {"enum": ["am", "pm"]}}
    assert sample_of({"properties": properties, "required": ["day", "n", "part", "odd"]}) == {
        "day": "", "n": 0, "part": "am", "odd": "",
    }  # fmt: skip
    assert sample_of({"properties": [], "required": None}) == {}
