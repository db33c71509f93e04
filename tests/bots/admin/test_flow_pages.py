"""The flow's page: shown, exported, imported after a look, guarded."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bots.actions.load_demo import load_demo
from bots.engine.flows import read_flow
from bots.models import Bot
from tests.bots.factories import make_bot, make_user

pytestmark = pytest.mark.django_db

FLOW: dict[str, Any] = {
    "initial_node": "ask",
    "nodes": {
        "ask": {
            "task_messages": [{"role": "system", "content": "Ask."}],
            "functions": [
                {"type": "function", "function": {"name": "answer", "description": "Answer.", "parameters":
                 {"type": "object", "properties": {}, "required": []}, "transition_to": "bye"}},
            ],
        },
        "bye": {
            "task_messages": [{"role": "system", "content": "Bye."}],
            "post_actions": [{"type": "end_conversation"}],
        },
    },
}  # fmt: skip


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def flow_url(bot: Bot) -> str:
    return f"/admin/bots/bot/{bot.pk}/flow/"


def preview(client: Client, bot: Bot, text: str) -> Any:
    return client.post(flow_url(bot), {"text": text, "preview": "1"})


def confirm(client: Client, bot: Bot, shown: Any) -> Any:
    """Send what the preview's form holds."""
    form = {"text": shown.context["text"], "edited_at": shown.context["edited_at"], "confirm": "1"}
    return client.post(flow_url(bot), form)


def quiz() -> Bot:
    return next(item.bot for item in load_demo() if item.bot.slug == "quiz")


def test_the_page_draws_the_flow_and_lists_its_ways(client: Client) -> None:  # PROD-18
    bot = quiz()
    page = client.get(flow_url(bot))
    drawing = page.context["drawing"]
    assert {box.name for box in drawing.boxes} == set(bot.draft["flow"]["nodes"])
    assert len({(box.x, box.y) for box in drawing.boxes}) == len(drawing.boxes)
    assert all(0 <= box.x < drawing.width and 0 <= box.y < drawing.height for box in drawing.boxes)
    right = [float(x) for arrow in drawing.arrows for x in re.findall(r"[MC ](\d+) \d+", arrow.path)]
    assert right
    assert max(right) <= drawing.width
    assert "<td>question_one</td>" in page.content.decode()
    assert f'href="{flow_url(bot)}"' in client.get(f"/admin/bots/bot/{bot.pk}/change/").content.decode()


@pytest.mark.parametrize(("name", "kind"), [("flow.json", "json"), ("flow.yaml", "yaml")])
def test_what_was_exported_can_be_imported_again(client: Client, name: str, kind: str) -> None:
    bot = quiz()
    answer = client.get(f"/admin/bots/bot/{bot.pk}/{name}")
    assert answer["Content-Disposition"] == f'attachment; filename="quiz-flow.{kind}"'
    other = make_bot()
    file = SimpleUploadedFile(name, answer.content)
    shown = client.post(flow_url(other), {"file": file, "preview": "1"})
    assert shown.context["preview"].left_out == ()
    other.refresh_from_db()
    assert other.draft["flow"] is None
    assert confirm(client, other, shown).status_code == 302
    other.refresh_from_db()
    assert other.draft["flow"] == read_flow(answer.content.decode()).config
    assert other.updated_by.get_username() == "root"
    flat = client.get(f"/admin/bots/bot/{bot.pk}/flow.json?functions=flat").content.decode()
    assert read_flow(flat).config == other.draft["flow"]


def test_the_preview_says_what_is_wrong_and_what_is_left_out(client: Client) -> None:
    bot = make_bot()
    flow = copy.deepcopy(FLOW)
    flow["layout"] = {"x": 1}
    flow["nodes"]["ask"]["functions"][0]["function"]["transition_to"] = "nowhere"
    shown = preview(client, bot, json.dumps(flow)).content.decode()
    for said in ("$.layout", "nowhere", "cannot be reached from the first node", "Put it into the draft"):
        assert said in shown, said
    confirm(client, bot, preview(client, bot, json.dumps(flow)))
    page = client.get(f"/admin/bots/bot/{bot.pk}/change/").content.decode()
    assert "flow.nodes.ask.functions[0].next" in page
    assert "flow.nodes.bye: cannot be reached" in page
    assert "Correct the draft" in client.post(f"/admin/bots/bot/{bot.pk}/publish/", follow=True).content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Line 1, column 2"),
        ("a: *b", "aliases"),
        ("  ", "Choose a file or paste a text"),
        ("x" * 400_001, "400000"),
    ],
)
def test_a_text_that_cannot_be_read_changes_nothing(client: Client, text: str, said: str) -> None:
    bot = make_bot()
    for button in ("preview", "confirm"):
        answer = client.post(flow_url(bot), {"text": text, button: "1"})
        assert said in answer.content.decode()
    bot.refresh_from_db()
    assert bot.draft["flow"] is None


def test_a_file_that_is_no_text_is_refused(client: Client) -> None:
    bot = make_bot()
    for content, said in ((b"\xff\xfe\x00", "not text in UTF-8"), (b"x" * 1_600_001, "too large")):
        answer = client.post(flow_url(bot), {"file": SimpleUploadedFile("f.json", content), "preview": "1"})
        assert said in answer.content.decode()


def test_an_import_does_not_overwrite_what_somebody_saved_meanwhile(client: Client) -> None:
    bot = make_bot()
    shown = preview(client, bot, json.dumps(FLOW))
    bot.refresh_from_db()
    bot.save()
    assert "Somebody saved this bot meanwhile" in confirm(client, bot, shown).content.decode()
    bot.refresh_from_db()
    assert bot.draft["flow"] is None


def test_who_may_only_look_sees_and_exports_and_cannot_import() -> None:
    bot = quiz()
    browser = Client()
    browser.force_login(make_user("eve", "view_bot", staff=True))
    page = browser.get(flow_url(bot)).content.decode()
    assert "question_one" in page
    assert "Look at it" not in page
    assert browser.get(f"/admin/bots/bot/{bot.pk}/flow.json").status_code == 200
    assert browser.post(flow_url(bot), {"text": json.dumps(FLOW), "confirm": "1"}).status_code == 403
    stranger = Client()
    stranger.force_login(make_user("mallory", staff=True))
    for name in ("flow/", "flow.json", "flow.yaml"):
        assert stranger.get(f"/admin/bots/bot/{bot.pk}/{name}").status_code == 403


def test_a_bot_without_a_flow_has_nothing_to_export(client: Client) -> None:
    bot = make_bot()
    assert client.get(f"/admin/bots/bot/{bot.pk}/flow.json").status_code == 404
    assert client.get("/admin/bots/bot/999999/flow/").status_code == 404
    assert "no flow yet" in client.get(flow_url(bot)).content.decode()


def test_text_from_a_flow_is_shown_as_text(client: Client) -> None:
    flow = copy.deepcopy(FLOW)
    flow["nodes"]["<script>x</script>"] = flow["nodes"].pop("bye")
    page = preview(client, make_bot(), json.dumps(flow)).content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def rehearse(client: Client, bot: Bot, *lines: str, answers: str = "") -> Any:
    return client.post(flow_url(bot), {"lines": "\r\n".join(lines), "answers": answers, "rehearse": "1"})


def test_a_draft_is_rehearsed_as_text_and_no_tool_acts(client: Client) -> None:  # PROD-18
    load_demo()
    bot = Bot.objects.get(slug="appointments")
    lines = ("on tuesday", "ten thirty", "my name is anna smith", "yes", "no thank you")
    page = rehearse(client, bot, *lines)
    heard = page.context["rehearsed"]
    assert heard.of("node") == ["desk", "booked", "farewell"]
    assert heard.of("tool") == ["find_slots", "book_slot", "finish"]
    assert heard.of("caller") == list(lines)
    assert "Your reference is A seven" in page.content.decode()
    assert bot.appointments.count() == bot.calls.count() == 0
    taken = rehearse(client, bot, *lines[:4], answers='{"book_slot": {"booked": false, "error": "taken"}}')
    assert "somebody just took that time" in taken.content.decode()
    assert taken.context["rehearsed"].of("node") == ["desk"]


def test_what_cannot_be_rehearsed_is_said(client: Client) -> None:
    bot = make_bot()
    assert "Write an object" in rehearse(client, bot, "hello", answers="[1]").content.decode()
    bot.draft["llm"] = {"provider": "openai", "settings": {}}
    bot.save()
    assert "needs a network" in rehearse(client, bot, "hello").content.decode()
