"""A caller who types, and the tools behind a bot, for whole conversations without a pipeline."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bots.engine.providers.scripted.brain import Brain, called, said

SCRIPTS = Path(__file__).parents[4] / "bots" / "demo" / "scripts"
NOW = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)
"""A Friday."""
Tool = Callable[[dict[str, Any]], Any]


class Caller:
    """Keeps the messages of one conversation and runs the tools a reply asks for."""

    def __init__(self, script: Any, tools: dict[str, Tool] | None = None, seed: int = 0) -> None:
        self.brain = Brain(script, seed)
        self.tools = tools or {}
        self.messages: list[dict[str, Any]] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def answer(self) -> str:
        """Let the bot reply until it waits for the caller; gives everything it said."""
        texts = []
        for _ in range(6):
            schemas = [{"type": "function", "function": {"name": name}} for name in self.tools]
            events = list(self.brain.reply(self.messages, schemas, NOW))
            text, calls = said(events), called(events)
            texts.append(text)
            message: dict[str, Any] = {"role": "assistant", "content": text}
            if calls:
                ids = [f"call_{len(self.calls) + index}" for index in range(len(calls))]
                message["tool_calls"] = [
                    {"id": key, "type": "function", "function": {"name": c.name, "arguments": json.dumps(c.arguments)}}
                    for key, c in zip(ids, calls, strict=True)
                ]
            self.messages.append(message)
            if not calls:
                break
            for key, call in zip(ids, calls, strict=True):
                self.calls.append((call.name, dict(call.arguments)))
                result = self.tools[call.name](dict(call.arguments))
                self.messages.append({"role": "tool", "tool_call_id": key, "content": json.dumps(result)})
            if calls[-1].name == "end_call":
                break
        return " ".join(text for text in texts if text)

    def say(self, text: str) -> str:
        """Say something and hear the answer."""
        self.messages.append({"role": "user", "content": text})
        return self.answer()

    def cut(self, words: int) -> None:
        """The last reply was interrupted after some words."""
        message = self.messages[-1]
        message["content"] = " ".join(message["content"].split()[:words])


def load(name: str) -> dict[str, Any]:
    """A demo bot's definition."""
    return json.loads((SCRIPTS / f"{name}.json").read_text())


@pytest.fixture
def demo() -> Callable[[str], dict[str, Any]]:
    return load


@pytest.fixture
def caller() -> type[Caller]:
    return Caller


@pytest.fixture
def now() -> datetime:
    return NOW
