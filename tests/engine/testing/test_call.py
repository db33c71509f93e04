"""Scripted calls: the same call is the same bytes, fast, and nothing of it stays behind (lessons T7, T14)."""

import asyncio
import gc
import time
import warnings
import weakref
from collections import Counter
from typing import Any

import pytest

from bots.engine.core.journal import Journal
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeCall, TapeReply, TapeTTS, TapeVoice
from bots.engine.tools.registry import FunctionCallParams


async def look_up(params: FunctionCallParams) -> None:
    await params.llm.clock.sleep(0.4)
    await params.result_callback({"free": ["ten", "eleven"]})


def jittery(parts: CallParts) -> CallParts:
    parts.tts = TapeTTS(TapeVoice(jitter=0.1, between=0.05))
    return parts


def a_minute_of_talk() -> ScriptedCall:
    sentence = "This is an answer of some length, as people give them. And a second one follows it."
    replies: list[TapeReply | str] = [
        TapeReply("One moment.", [TapeCall("look_up", {"day": "monday"})]),
        *[TapeReply(f"{sentence} Number {number}.") for number in range(9)],
    ]
    return ScriptedCall(replies=replies, tools={"look_up": look_up}, make=jittery, clearable=True)


async def talk(call: LiveCall) -> None:
    for turn in range(8):
        await call.say(f"question number {turn}", seconds=1.5)
        if turn % 3 == 2:
            await call.interrupt_at_word(len(call.heard()) + 5, "wait a moment")
        await call.bot_silent()
    await call.hang_up(at=max(60.0, call.clock.now()))


@pytest.mark.heavy
def test_a_minute_of_conversation_takes_a_moment_and_three_runs_are_identical() -> None:
    began = time.process_time()
    record = a_minute_of_talk().run(talk)
    assert time.process_time() - began < 3.0
    assert record.outcome.duration_s >= 60.0
    assert len(record.of("bot.turn")) >= 8
    assert record.of("tool.finished")
    assert any(event.data["interrupted"] for event in record.of("bot.turn"))
    assert record.stored_words == list(record.heard)
    journals = {record.journal, *(a_minute_of_talk().run(talk).journal for _ in range(2))}
    assert len(journals) == 1


def test_another_seed_is_another_call() -> None:
    async def short(call: LiveCall) -> None:
        await call.say("hello")
        await call.bot_silent()

    journals = {a_minute_of_talk().with_(seed=seed).run(short).journal for seed in (1, 2)}
    assert len(journals) == 2


async def one_call(refs: list[weakref.ref[Any]]) -> None:
    def arrange(parts: CallParts) -> list[FrameProcessor]:
        order = parts.in_order()
        refs.extend(weakref.ref(part) for part in order)
        refs.append(weakref.ref(Pipeline(order)))
        return order

    async def play(call: LiveCall) -> None:
        refs.extend((weakref.ref(call.task), weakref.ref(call.task.journal), weakref.ref(call.task.ledger)))
        await call.type("hello")
        await call.wait(0.8)
        await call.type("again")
        await call.wait(0.8)

    replies = [TapeReply("Let me see.", [TapeCall("look_up")]), "It is ten. Or eleven.", "Fine."]
    await ScriptedCall(replies=replies, tools={"look_up": look_up}, arrange=arrange).perform(play)


def census() -> Counter[str]:
    gc.collect()
    return Counter(f"{type(thing).__module__}.{type(thing).__qualname__}" for thing in gc.get_objects())


@pytest.mark.property
def test_two_hundred_calls_in_a_row_leave_no_object_behind() -> None:
    async def main() -> None:
        refs: list[weakref.ref[Any]] = []
        for _ in range(3):
            await one_call(refs)
        before = census()
        for _ in range(197):
            await one_call(refs)
        assert len(asyncio.all_tasks()) == 1
        after = census()
        assert len(refs) > 200 * 10
        alive = Counter(type(thing).__name__ for ref in refs if (thing := ref()) is not None)
        assert not alive
        own = ("bots.", "asyncio.", "_asyncio.", "builtins.coroutine", "builtins.async_generator", "builtins.frame")
        grown = {kind: after[kind] - before[kind] for kind in after if kind.startswith(own)}
        assert {kind: count for kind, count in grown.items() if count > 5} == {}
        # Weak references of this test and small change of the interpreter apart, nothing grows with the calls.
        assert sum(after.values()) - sum(before.values()) < 200 * 20

    run_virtual(main())


def test_a_script_that_fails_fails_its_test() -> None:
    async def play(call: LiveCall) -> None:
        raise KeyError("a slip of the script")

    try:
        ScriptedCall(settings={"max_duration_secs": 5.0}).run(play)
    except KeyError:
        return
    raise AssertionError("the failure of the script was lost")


def test_types_that_the_census_counts_can_be_referenced_weakly() -> None:
    async def main() -> None:
        for thing in (PipelineTask(FrameProcessor()), Journal(PipelineTask(FrameProcessor()).clock)):
            assert weakref.ref(thing)() is thing

    run_virtual(main())


@pytest.mark.heavy
def test_a_whole_call_is_clean_in_asyncios_debug_mode(caplog: pytest.LogCaptureFixture) -> None:
    async def play(call: LiveCall) -> None:
        await call.say("hello")
        await call.interrupt_at_word(3)
        await call.bot_silent()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        record = run_virtual(a_minute_of_talk().perform(play), debug=True)
        gc.collect()
    assert record.heard
    assert [entry.message for entry in caplog.records if entry.name == "asyncio"] == []
