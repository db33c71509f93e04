"""The fake servers are strict: what the real ones refuse, they refuse (services 12, 1.1, 1.2)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.testing.servers import chat_rules, messages_rules
from bots.engine.testing.servers.reply import ModelReply, Script

USER = {"role": "user", "content": "hi"}
CALL = {"id": "a", "type": "function", "function": {"name": "go", "arguments": "{}"}}
ASKED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "a", "content": "done"}
TOOL = {"type": "function", "function": {"name": "go", "description": "", "parameters": {"type": "object"}}}


def chat(*messages: Any, preset: str = "openai", **more: Any) -> str:
    return chat_rules.problem_with({"model": "m", "messages": list(messages) or [USER], **more}, PRESETS[preset])


def test_sound_chats_pass() -> None:
    assert chat() == ""
    assert (
        chat({"role": "developer", "content": "x"}, USER, ASKED, RESULT, USER, tools=[TOOL], tool_choice="auto") == ""
    )
    assert chat(USER, {"role": "assistant", "content": "a"}, USER, preset="perplexity") == ""


@pytest.mark.parametrize(
    ("messages", "more"),
    [
        ([], {"unknown": 1}),
        ([], {"max_tokens": 1, "max_completion_tokens": 1}),
        ([], {"tool_choice": "auto"}),
        ([], {"tools": []}),
        ([], {"tools": [{"type": "function"}]}),
        ([], {"tools": [{**TOOL, "function": {"name": "go", "parameters": {"type": "string"}}}]}),
        ([{"role": "narrator", "content": "x"}], {}),
        ([{**USER, "extra": 1}], {}),
        ([{"role": "user", "content": ""}, ASKED], {}),
        ([USER, RESULT], {}),
        ([USER, ASKED, USER], {}),
        ([{"role": "user", "content": None}], {}),
        ([{"role": "user", "content": [{"type": "picture"}]}], {}),
        (
            [{"role": "assistant", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]}],
            {},
        ),
        ([{"role": "developer", "content": "x"}], {"preset": "cerebras"}),
        ([], {"preset": "cerebras", "frequency_penalty": 1}),
        ([], {"preset": "perplexity", "stream_options": {}}),
        ([USER, USER], {"preset": "perplexity"}),
        ([{"role": "assistant", "content": "a"}], {"preset": "perplexity"}),
    ],
)
def test_what_a_chat_server_refuses(messages: list[Any], more: dict[str, Any]) -> None:
    assert chat(*messages, **more) != ""


def message(*messages: Any, **more: Any) -> str:
    return messages_rules.problem_with({"model": "m", "max_tokens": 1, "messages": list(messages) or [USER], **more})


USE = {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "go", "input": {}}]}
GIVEN = {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "done"}]}
OWN = {"name": "go", "input_schema": {"type": "object"}}


def test_sound_messages_pass() -> None:
    assert message() == ""
    assert message(USER, USE, GIVEN, tools=[OWN], tool_choice={"type": "auto"}) == ""


@pytest.mark.parametrize(
    ("messages", "more"),
    [
        ([], {"frequency_penalty": 1}),
        ([], {"max_tokens": 0}),
        ([], {"max_tokens": "1"}),
        ([], {"temperature": 1.5}),
        ([], {"system": [{"type": "text", "text": " "}]}),
        ([], {"tool_choice": {"type": "auto"}}),
        ([], {"tools": [OWN, OWN]}),
        ([], {"tools": [{"name": "go", "input_schema": {}}]}),
        ([], {"tools": [{**OWN, "parameters": {}}]}),
        ([], {"system": [{"type": "text", "text": "x", "cache_control": {}}] * 5}),
        ([{"role": "assistant", "content": "a"}], {}),
        ([USER, USER], {}),
        ([USER, {"role": "assistant", "content": "a"}], {}),
        ([{"role": "user", "content": []}], {}),
        ([{"role": "user", "content": [{"type": "text", "text": " "}]}], {}),
        ([{"role": "system", "content": "x"}], {}),
        ([USER, USE, USER], {"tools": [OWN]}),
        ([USER, USE], {"tools": [OWN]}),
        ([USER, USE, GIVEN], {}),
        ([USER, {"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}]}, USER], {}),
        ([{"role": "user", "content": [{"type": "image_url"}]}], {}),
    ],
)
def test_what_anthropic_refuses(messages: list[Any], more: dict[str, Any]) -> None:
    assert message(*messages, **more) != ""


def test_a_script_gives_its_last_reply_for_ever() -> None:
    script = Script([ModelReply(text="a"), ModelReply(text="b")])
    assert [script.reply({}).text for _ in range(3)] == ["a", "b", "b"]
    assert Script(lambda body: ModelReply(text=body["x"])).reply({"x": "own"}).text == "own"
