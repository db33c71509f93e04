"""The flow command writes, reads and judges, and exits as it should."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from bots.actions.load_demo import load_demo
from bots.models import Bot
from tests.bots.factories import make_bot

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("voice_flow", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", ["flow.json", "flow.yaml", "flow.yml"])
def test_a_flow_goes_to_a_file_and_into_another_bot(tmp_path: Path, name: str) -> None:  # PROD-18
    load_demo()
    bot = make_bot()
    file = tmp_path / name
    run("export", "quiz", str(file))
    assert file.read_text().startswith("{" if name == "flow.json" else "initial_node:")
    said, _ = run("import", bot.slug, str(file))
    assert "publish it" in said
    bot.refresh_from_db()
    assert bot.draft["flow"]["initial_node"] == Bot.objects.get(slug="quiz").draft["flow"]["initial_node"]
    assert "can run" in run("check", bot.slug)[0]


def test_a_flow_goes_through_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    load_demo()
    bot = make_bot()
    text, _ = run("export", "quiz", "--form", "yaml", "--flat")
    assert "type: function" not in text
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    run("import", bot.slug)
    bot.refresh_from_db()
    assert len(bot.draft["flow"]["nodes"]) == len(Bot.objects.get(slug="quiz").draft["flow"]["nodes"])


def test_mistakes_are_told_and_end_the_command_with_an_error(tmp_path: Path) -> None:
    bot = make_bot()
    file = tmp_path / "flow.json"
    flow: dict[str, Any] = {"initial_node": "a", "nodes": {"a": {"task_messages": []}}, "extra": 1}
    file.write_text(json.dumps(flow))
    err = io.StringIO()
    with pytest.raises(CommandError, match="keep the flow from running: 1"):
        call_command("voice_flow", "import", bot.slug, str(file), stdout=io.StringIO(), stderr=err)
    assert "left out  $.extra" in err.getvalue()
    assert "error     $.nodes.a.task_messages" in err.getvalue()
    assert "warning   $.nodes.a" in err.getvalue()
    with pytest.raises(CommandError, match="keep the flow"):
        run("check", bot.slug)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export", "nobody"), "There is no bot"),
        (("export", "{bot}"), "has no flow"),
        (("check", "{bot}"), "has no flow"),
        (("import", "{bot}", "missing.json"), "cannot be read"),
        (("export", "quiz", "missing/flow.json"), "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    load_demo()
    bot = make_bot()
    given = [part.format(bot=bot.slug).replace("missing", str(tmp_path / "missing")) for part in arguments]
    with pytest.raises(CommandError, match=said):
        run(*given)


def test_a_text_that_cannot_be_read_changes_nothing(tmp_path: Path) -> None:
    bot = make_bot()
    file = tmp_path / "flow.json"
    file.write_text("{")
    with pytest.raises(CommandError, match="Line 1, column 2"):
        run("import", bot.slug, str(file))
    bot.refresh_from_db()
    assert bot.draft["flow"] is None
