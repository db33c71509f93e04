"""A rehearsal runs a bot's real model, flow and tools as text, and takes no time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.engine.errors import SpecError
from bots.engine.spec import BotSpec, ServiceSpec, ToolSpec
from bots.engine.testing.rehearsal import rehearse
from bots.engine.tools.registry import FunctionCallParams

SCRIPT: dict[str, Any] = {
    "version": 1,
    "intents": [
        {
            "name": "look",
            "examples": ["look it up"],
            "tool": {"name": "look", "outcomes": [{"say": "It is {result.found}."}]},
        },
        {"name": "hello", "examples": ["hello"], "replies": ["Hello there."]},
    ],
}
SPEC = BotSpec(
    slug="desk",
    name="Desk",
    stt=ServiceSpec("pocketsphinx"),
    llm=ServiceSpec("scripted", {"script": SCRIPT}),
    tts=ServiceSpec("espeak"),
    greeting="Good morning.",
    tools=(ToolSpec("look", "sample.look"), ToolSpec("end_call", "call.end")),
)


async def look(params: FunctionCallParams) -> None:
    await params.result_callback({"found": "seven"})


def test_what_is_typed_is_answered_in_its_turn() -> None:
    heard = rehearse(SPEC, ["hello", "look it up", "goodbye", "nobody hears this"], tools={"sample.look": look})
    assert [(line.kind, line.text) for line in heard.lines] == [
        ("bot", "Good morning."),
        ("caller", "hello"),
        ("bot", "Hello there."),
        ("caller", "look it up"),
        ("tool", "look"),
        ("bot", "It is seven."),
        ("caller", "goodbye"),
        ("tool", "end_call"),
        ("bot", "Goodbye."),
        ("end", "bot_ended"),
    ]


def test_the_same_rehearsal_gives_the_same_journal() -> None:
    first, second = (rehearse(SPEC, ["hello"], tools={"sample.look": look}) for _ in range(2))
    assert [event.as_line() for event in first.events] == [event.as_line() for event in second.events]


def test_a_bot_that_cannot_run_says_why() -> None:
    with pytest.raises(SpecError):
        rehearse(replace(SPEC, tools=(ToolSpec("look", "sample.unknown"),)), [])
