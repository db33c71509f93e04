"""How many tokens a request has, and what goes when it has too many (CTX-15)."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from bots.engine.context.budget import (
    BudgetTooSmall,
    context_tokens,
    message_tokens,
    text_tokens,
    tools_tokens,
    trimmed,
    units_of,
)
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.repair import repaired

Message = dict[str, Any]


def said(role: str, text: str) -> Message:
    return {"role": role, "content": text}


def asked(*ids: str) -> Message:
    calls = [{"id": name, "type": "function", "function": {"name": "f", "arguments": "{}"}} for name in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def result(name: str) -> Message:
    return {"role": "tool", "tool_call_id": name, "content": "x" * 40}


def test_tokens_are_estimated_on_the_high_side() -> None:  # CTX-15
    assert text_tokens("") == 0
    assert text_tokens("abcd") == 1
    assert text_tokens("abcde") == 2
    assert text_tokens("日本語") == 3
    assert message_tokens(said("user", "abcd")) == 5
    assert message_tokens({"role": "assistant", "content": None}) == 4
    assert message_tokens(asked("1")) > 20


def test_pictures_and_tools_count() -> None:  # CTX-15
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 100_000}}
    message = {"role": "user", "content": [{"type": "text", "text": "abcd"}, picture]}
    assert 800 <= message_tokens(message) <= 820
    context = LLMContext([message], [FunctionSchema("look", "Looks around.", {"at": {"type": "string"}}, ["at"])])
    assert tools_tokens(context.tools) > 10
    assert context_tokens(context) == message_tokens(message) + tools_tokens(context.tools)
    assert tools_tokens(None) == 0


def test_calls_and_their_results_are_one_unit_wherever_the_results_stand() -> None:  # CTX-15
    messages = [said("user", "a"), asked("1", "2"), result("1"), said("developer", "d"), result("2"), result("ghost")]
    units = units_of(messages)
    assert [unit.role for unit in units] == ["user", "assistant", "developer"]
    assert [message.get("tool_call_id") for message in units[1].messages] == [None, "1", "2"]
    assert [unit.pinned for unit in units] == [False, False, True]


def test_the_oldest_turns_go_first_and_instructions_stay() -> None:  # CTX-15
    messages = [said("system", "s"), said("user", "a" * 400), said("assistant", "b" * 400), said("developer", "d"),
                said("user", "c" * 400), said("assistant", "e"), said("user", "f")]  # fmt: skip
    cut = trimmed(messages, 200)
    assert cut.kept == [messages[0], *messages[3:]]
    assert cut.dropped == messages[1:3]


def test_no_answer_stands_without_its_question() -> None:  # CTX-15
    messages = [said("user", "a" * 800), said("assistant", "b" * 40), said("user", "c"), said("assistant", "d")]
    cut = trimmed([*messages, said("user", "e")], 200)
    assert [message["content"] for message in cut.kept] == ["c", "d", "e"]


def test_the_newest_turn_stays_whatever_it_costs_with_its_tools() -> None:  # CTX-15
    turn = [said("user", "u" * 4000), asked("1"), result("1")]
    cut = trimmed([said("user", "old"), said("assistant", "old"), *turn], 200)
    assert cut.kept == turn
    assert trimmed([said("assistant", "x" * 4000)], 200).kept == [said("assistant", "x" * 4000)]
    assert trimmed([], 200).kept == []


def test_what_fits_is_left_alone() -> None:
    messages = [said("assistant", "Welcome."), said("user", "a"), said("assistant", "b")]
    assert trimmed(messages, 200).kept == messages
    assert trimmed(messages, 200).dropped == []


def test_a_budget_without_room_is_refused() -> None:
    with pytest.raises(BudgetTooSmall, match="budget"):
        trimmed([], 199)


@pytest.mark.parametrize("seed", range(40))
def test_any_conversation_is_cut_without_orphans_or_loss(seed: int) -> None:  # CTX-15
    chance = Random(seed)
    messages: list[Message] = []
    for number in range(chance.randint(0, 40)):
        kind = chance.choice(["user", "assistant", "developer", "system", "tools"])
        text = f"{number} " + "w " * chance.randint(1, 120)
        ids = [f"{number}-{index}" for index in range(chance.randint(1, 3))]
        messages += [asked(*ids), *map(result, ids)] if kind == "tools" else [said(kind, text)]
    budget = chance.randint(200, 1500)
    cut = trimmed(messages, budget)
    assert sorted(map(json.dumps, cut.kept + cut.dropped)) == sorted(map(json.dumps, messages))
    assert [message for message in messages if message in cut.kept] == cut.kept
    assert all(message["role"] not in ("system", "developer") for message in cut.dropped)
    assert repaired(cut.kept) == [
        message for message in cut.kept if message.get("content") or message.get("tool_calls")
    ]
    newest = max((index for index, message in enumerate(messages) if message["role"] == "user"), default=len(messages))
    assert all(message in cut.kept for message in messages[newest:])
