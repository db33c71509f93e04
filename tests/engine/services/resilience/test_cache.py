"""Replies kept for the same request (LK-15)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import AdapterType, ToolsSchema
from bots.engine.frames import LLMUpdateSettingsFrame
from bots.engine.services.llm_events import Finished, ToolCallDelta
from bots.engine.services.llm_failures import ChatRefused
from bots.engine.services.resilience.cache import CacheWrong, ResponseCache, in_a_tool_turn, request_key
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.testing.loop import run_virtual
from tests.engine.services.resilience.stage import Model, Stage, staged, words

KEEPING = ResiliencePolicy(cache_ttl_s=60.0)
CALL = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "f"}}]}


async def twice(stage: Stage) -> None:
    await stage.ask("When are you open?", wait=5.0)
    await stage.ask("When are you open?", wait=5.0)


def test_the_same_request_is_answered_without_the_model_and_journaled_as_such() -> None:  # LK-15
    model = Model("one", words("At nine."))
    stage = staged(model, play=twice, policy=KEEPING, cache=True)
    assert stage.said() == "Atnine.Atnine."
    assert len(model.began) == 1
    assert stage.noted("cache_hit") == [{"characters": 8 - 1}]
    usages = [event.data["usage"] for event in stage.run.events if event.kind == "bot.llm_stopped"]
    assert usages == [None, None]


def test_it_is_off_unless_an_author_wants_it() -> None:  # LK-15
    model = Model("one", words("At nine."))
    stage = staged(model, play=twice, cache=True)
    assert len(model.began) == 2
    assert stage.noted("cache_hit") == []


def test_a_kept_reply_grows_old() -> None:  # LK-15
    model = Model("one", words("At nine."))

    async def play(stage: Stage) -> None:
        await stage.ask("hi", wait=61.0)
        await stage.ask("hi", wait=5.0)

    staged(model, play=play, policy=KEEPING, cache=True)
    assert len(model.began) == 2


@pytest.mark.parametrize(
    "script",
    [
        [*words("Let me look")[:-1], ToolCallDelta(0, "a", "look", "{}"), Finished("tool_calls")],
        [*words("Half a")[:-1], Finished("length")],
        [Finished("stop")],
        [*words("Half a")[:-1], ChatRefused("broke")],
    ],
    ids=["a tool call", "cut by length", "nothing", "broken"],
)
def test_only_whole_replies_without_tools_are_kept(script: list[Any]) -> None:  # LK-15
    model = Model("one", script)
    stage = staged(model, play=twice, policy=ResiliencePolicy(cache_ttl_s=60.0, take_over=False), cache=True)
    assert stage.noted("cache_hit") == []


def test_a_reply_after_a_tool_of_the_same_turn_is_not_kept() -> None:  # LK-15
    model = Model("one", words("Done."))
    context = LLMContext(
        [{"role": "user", "content": "go"}, CALL, {"role": "tool", "tool_call_id": "1", "content": "1"}]
    )

    async def play(stage: Stage) -> None:
        for _ in range(2):
            await stage.ask(context=context, wait=5.0)

    staged(model, play=play, policy=KEEPING, cache=True)
    assert len(model.began) == 2
    assert in_a_tool_turn(context)
    context.add_message({"role": "user", "content": "and now?"})
    assert not in_a_tool_turn(context)


def test_new_settings_make_another_request() -> None:  # LK-15
    class Adjustable(Model):
        def update_settings(self, settings: Any) -> None:
            """Take them."""

    model = Adjustable("one", words("At nine."))

    async def play(stage: Stage) -> None:
        await stage.ask("hi", wait=5.0)
        await stage.send(LLMUpdateSettingsFrame({"temperature": 0.1}))
        await stage.ask("hi", wait=5.0)

    staged(model, play=play, policy=KEEPING, cache=True)
    assert len(model.began) == 2


def test_a_key_changes_with_everything_a_reply_depends_on() -> None:  # LK-15
    tool = FunctionSchema("look", "Looks.", {"at": {"type": "string"}}, ["at"])
    hello = [{"role": "user", "content": "hi"}]
    keys = [
        request_key("bot", {}, LLMContext(hello)),
        request_key("other", {}, LLMContext(hello)),
        request_key("bot", {"model": "x"}, LLMContext(hello)),
        request_key("bot", {}, LLMContext([*hello, *hello])),
        request_key("bot", {}, LLMContext(hello, [tool])),
        request_key("bot", {}, LLMContext(hello, [tool], "none")),
        request_key("bot", {}, LLMContext(hello, ToolsSchema([tool], {AdapterType.GEMINI: [{"google_search": {}}]}))),
    ]
    assert len(set(keys)) == len(keys)
    assert request_key("bot", {}, LLMContext([dict(hello[0])])) == keys[0]


def test_loosely_a_transcript_counts_by_its_words() -> None:  # LK-12
    def key(text: str, loosely: bool = True) -> str:
        return request_key("bot", {}, LLMContext([{"role": "user", "content": text}]), loosely=loosely)

    assert key("when are you open") == key("When are you open?")
    assert key("when are you open") != key("when are you opening")
    assert key("hi", False) != key("Hi", False)


def test_the_cache_is_bounded_and_the_least_used_leaves_first() -> None:  # LK-15
    async def main() -> None:
        cache = ResponseCache(SystemClock(), limit=2)
        for name in ("a", "b"):
            cache.keep(name, name, 10.0)
        assert cache.find("a") == "a"
        cache.keep("c", "c", 10.0)
        assert (cache.find("a"), cache.find("b"), cache.find("c"), len(cache)) == ("a", None, "c", 2)
        cache.keep("long", "x" * 3000, 10.0)
        cache.keep("blank", " ", 10.0)
        cache.keep("brief", "x", 0.0)
        assert len(cache) == 2
        await asyncio.sleep(10.0)
        assert cache.find("a") is None
        with pytest.raises(CacheWrong, match="limit"):
            ResponseCache(SystemClock(), limit=0)

    run_virtual(main())
