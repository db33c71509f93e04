"""Trying a tool of the draft: it really runs, it is noted, and nothing unpublished-worthy runs (PROD-19)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from bots.actions.errors import ActionError
from bots.actions.try_tool import tools_of_server, try_tool_of
from bots.models import Bot
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db


async def shout(params: Any, word: str) -> None:
    """Shout."""
    await params.progress_callback("breathing in")
    await params.result_callback({"said": word.upper()})


async def fall(params: Any) -> None:
    """Fall."""
    raise ValueError("the stairs")


def bot_with(*tools: dict[str, Any]) -> Bot:
    bot = make_bot()
    bot.draft = {**bot.draft, "tools": list(tools)}
    bot.save()
    return bot


@pytest.fixture(autouse=True)
def offered(settings: Any) -> None:
    here = "tests.bots.actions.test_try_tool"
    settings.VOICE = {
        **settings.VOICE,
        "TOOL_FUNCTIONS": {"shout": f"{here}.shout", "fall": f"{here}.fall"},
        "TOOL_HOSTS": ["127.0.0.1:9"],
    }


SHOUT = {
    "name": "shout",
    "kind": "python",
    "settings": {"function": "shout"},
    "properties": {"word": {"type": "string"}},
    "required": ["word"],
}


def test_a_tool_runs_and_who_did_it_is_noted_without_what_was_said() -> None:
    by = make_user("maria")
    trial = try_tool_of(bot=bot_with(SHOUT), name="shout", arguments={"word": "canary"}, by=by)
    assert (trial.result, trial.code, trial.notes) == ({"said": "CANARY"}, "", ("breathing in",))
    (entry,) = LogEntry.objects.all()
    assert entry.user == by
    assert "shout tried: done" in entry.change_message
    assert "anary" not in entry.change_message.lower()


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        (SHOUT, {}, "tool.arguments"),
        (SHOUT, {"word": 5}, "tool.arguments"),
        ({"name": "fall", "kind": "python", "settings": {"function": "fall"}}, {}, "tool.failed"),
        ({"name": "web", "kind": "http.request", "settings": {"url": "http://127.0.0.1:9/"}}, {}, "tool.unreachable"),
    ],
)
def test_a_failure_is_shown_as_the_model_would_get_it(tool: dict[str, Any], arguments: Any, code: str) -> None:
    trial = try_tool_of(bot=bot_with(tool), name=tool["name"], arguments=arguments, by=make_user("maria"))
    assert trial.code == code
    assert trial.result["error"].endswith(".")


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        ({"name": "shout", "kind": "python", "settings": {"function": "os.system"}}, "tool.misconfigured"),
        ({"name": "shout", "kind": "http.request", "settings": {"url": "http://127.0.0.1/"}}, "tool.misconfigured"),
        ({"name": "shout", "kind": "call.end"}, "tool.unknown_kind"),
        ({"name": "shout", "kind": "appointments.book"}, "tool.unknown_kind"),
        (
            {"name": "shout", "kind": "mcp", "settings": {"url": "http://127.0.0.1:9/", "allow": ["*"]}},
            "tool.unknown_kind",
        ),
        ({"name": "other", "kind": "clock.now"}, "tool.unknown"),
    ],
)
def test_what_cannot_be_tried_is_refused(tool: dict[str, Any], code: str) -> None:
    with pytest.raises(ActionError) as caught:
        try_tool_of(bot=bot_with(tool), name="shout", arguments={}, by=make_user("maria"))
    assert caught.value.code == code
    assert not LogEntry.objects.exists()


def test_arguments_of_a_whole_book_are_refused() -> None:
    with pytest.raises(ActionError) as caught:
        try_tool_of(bot=bot_with(SHOUT), name="shout", arguments={"word": "x" * 30_000}, by=make_user("maria"))
    assert caught.value.code == "tool.arguments"


def test_a_server_that_is_not_there_is_told_in_a_sentence() -> None:
    tool = {"name": "desk", "kind": "mcp", "settings": {"url": "http://127.0.0.1:9/mcp", "allow": ["*"]}}
    with pytest.raises(ActionError) as caught:
        tools_of_server(bot=bot_with(tool), name="desk", by=make_user("maria"))
    assert (caught.value.code, caught.value.owner) == ("mcp.unreachable", "author")
