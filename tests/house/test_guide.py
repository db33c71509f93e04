"""The examples of the guide are sound, and the bots they make talk as the guide says."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.assembly import problems_with
from bots.assembly.tool_kinds import TOOL_KINDS
from bots.engine.flows.static import outcome
from bots.engine.providers.scripted import Brain, problems_in_script
from bots.engine.providers.scripted.brain import called, said
from bots.models import Credential, default_draft

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def guide(project: Path) -> str:
    return (project / "docs" / "guide" / "bots.md").read_text()


@pytest.fixture
def examples(guide: str) -> list[Any]:
    """Rules, fallback models, tools, a flow, and the rules for that flow."""
    return [json.loads(block) for block in re.findall(r"```json\n(.*?)```", guide, re.DOTALL)]


@pytest.mark.django_db
def test_every_example_can_be_published(examples: list[Any]) -> None:
    rules, fallbacks, tools, flow, flow_rules = examples
    Credential.objects.create(name="spare-key", provider="anthropic")
    resilience = {**default_draft()["resilience"], "fallbacks": fallbacks}
    for script, more in ((rules, {"tools": tools, "resilience": resilience}), (flow_rules, {"flow": flow})):
        model = {"provider": "scripted", "settings": {"script": script}}
        assert problems_with({**default_draft(), "llm": model, **more}) == []
        assert problems_in_script(script) == []


def test_the_coffee_bot_takes_an_order(examples: list[Any]) -> None:
    brain, messages = Brain(examples[0]), []

    def say(text: str) -> str:
        messages.append({"role": "user", "content": text})
        answer = said(list(brain.reply(messages, [], NOW)))
        messages.append({"role": "assistant", "content": answer})
        return answer

    assert "eight" in say("when are you open")
    assert say("where can i park my car") == "You can park behind the house."
    assert say("i want to order a coffee") == "Espresso or latte?"
    assert say("with milk") == "How many?"
    assert say("two") == "2 times latte. Is that right?"
    assert say("no three") == "3 times latte. Is that right?"
    assert say("yes") == "Thank you. Your coffee is on its way."
    assert say("a latte please") == "How many?"


def test_the_flow_asks_takes_the_answer_and_says_goodbye(examples: list[Any]) -> None:
    flow, brain = examples[3], Brain(examples[4])
    function = flow["nodes"]["ask"]["functions"][0]
    messages: list[dict[str, Any]] = list(flow["nodes"]["ask"]["task_messages"])
    assert said(list(brain.reply(messages, [function], NOW))) == "Do you like coffee?"
    messages += [{"role": "assistant", "content": "Do you like coffee?"}, {"role": "user", "content": "yes I do"}]
    (call,) = called(list(brain.reply(messages, [function], NOW)))
    state: dict[str, Any] = {}
    result, following = outcome(function, call.arguments, state)
    assert (call.arguments, state, following) == ({"likes": True}, {"likes": True}, "bye")
    asked = {"id": "1", "type": "function", "function": {"name": call.name, "arguments": json.dumps(call.arguments)}}
    messages += [
        {"role": "assistant", "content": "", "tool_calls": [asked]},
        {"role": "tool", "tool_call_id": "1", "content": json.dumps(result)},
        *flow["nodes"]["bye"]["task_messages"],
    ]
    assert said(list(brain.reply(messages, [], NOW))) == "Wonderful. Goodbye then."


def test_the_guide_names_every_kind_of_tool(guide: str) -> None:
    assert re.findall(r"^\| `([a-z._]+)` \|", guide, re.MULTILINE) == list(TOOL_KINDS)
