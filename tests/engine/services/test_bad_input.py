"""What a caller hears when a model or a tool misbehaves: soon something, and the next turn works (P4…P9, G17).

Each row is a whole call: the caller speaks, the model does what the row says, and the caller speaks again. How each
fault is told apart and journaled stands in the tests of its part.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.outcome import EndReason
from bots.engine.errors import ToolError
from bots.engine.services.llm import LLMDeadlines
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta
from bots.engine.services.llm_failures import ChatRefused, RequestLost
from bots.engine.services.llm_run import LLMLimits
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeLLM
from bots.engine.tools.registry import FunctionCallParams, FunctionHandler, Registration

SORRY, FINE, SECOND, WAIT = "Sorry, please say it again.", "That did not work.", "Here I am.", "One moment."
HARD_SECS = 4.0
"""The hard limit of the first token; the caller hears something at most 3 s behind it (reliability, section 3, G17)."""
TOOL_SECS, SOFT_TOOL_SECS, HEARD_BY = 8.0, 1.0, HARD_SECS + 3.0

Answer = Callable[[LLMContext], AsyncIterator[LLMEvent]]


class Misbehaving(TapeLLM):
    """Answers the first request as the row says, one with a tool's result in words, and the next turn in full."""

    def __init__(self, first: Answer) -> None:
        super().__init__(deadlines=LLMDeadlines(first=HARD_SECS, between=3.0), apology=SORRY)
        self._limits = LLMLimits(reply_chars=200, reply_secs=20.0, call_chars=2000)
        self._first: Answer | None = first

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        await self.clock.sleep(0.1)
        first, self._first = self._first, None
        if first is not None:
            async for event in first(context):
                yield event
        else:
            answers_tool = context.get_messages()[-1]["role"] == "tool"
            yield TextDelta(FINE if answers_tool else SECOND)
            yield Finished()


def asks(name: str, arguments: str = "{}", *, finished: bool = True) -> Answer:
    async def answer(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield ToolCallDelta(0, "a", name, arguments)
        if not finished:
            raise RequestLost("The connection broke off.")
        yield Finished("tool_calls")

    return answer


async def nothing(context: LLMContext) -> AsyncIterator[LLMEvent]:
    yield TextDelta("  ")
    yield Finished()


async def silence(context: LLMContext) -> AsyncIterator[LLMEvent]:
    await asyncio.sleep(3600)
    yield Finished()


async def stall(context: LLMContext) -> AsyncIterator[LLMEvent]:
    yield TextDelta("It is a")
    await asyncio.sleep(3600)


async def endless_text(context: LLMContext) -> AsyncIterator[LLMEvent]:
    while True:
        yield TextDelta("and on it goes. ")


async def endless_arguments(context: LLMContext) -> AsyncIterator[LLMEvent]:
    yield ToolCallDelta(0, "a", "look", "{")
    while True:
        yield ToolCallDelta(0, arguments="x" * 100)


async def refused(context: LLMContext) -> AsyncIterator[LLMEvent]:
    raise ChatRefused("The server refused the request.")
    yield Finished()


async def filtered(context: LLMContext) -> AsyncIterator[LLMEvent]:
    yield Finished("content_filter")


async def megabytes(params: FunctionCallParams) -> None:
    await params.result_callback({"text": "x" * 3_000_000})


async def fails(params: FunctionCallParams) -> None:
    raise ToolError("The other side is down.")


async def hangs(params: FunctionCallParams) -> None:
    await asyncio.sleep(3600)


async def not_data(params: FunctionCallParams) -> None:
    await params.result_callback(object())


@dataclass(frozen=True, slots=True)
class Row:
    first: Answer
    heard: str
    codes: Sequence[str] = ()
    tool: FunctionHandler | None = None
    by: float = HEARD_BY
    rules: Mapping[str, Any] = field(default_factory=dict)


ROWS = {
    "unknown tool": Row(asks("no_such_tool"), FINE),
    "arguments that are no JSON": Row(asks("look", "day=monday"), SORRY, ["llm.bad_tool_call"], megabytes),
    "half a JSON": Row(asks("look", '{"day": "mon'), SORRY, ["llm.bad_tool_call"], megabytes),
    "a line cut in the JSON": Row(asks("look", '{"day', finished=False), SORRY, ["llm.request_lost"], megabytes),
    "a list for arguments": Row(asks("look", "[1, 2]"), SORRY, ["llm.bad_tool_call"], megabytes),
    "a tool without a name": Row(asks(""), SORRY, ["llm.bad_tool_call"]),
    "a tool that returns megabytes": Row(asks("look"), FINE, tool=megabytes),
    "a tool that returns no data": Row(asks("look"), FINE, tool=not_data),
    "a tool that fails": Row(asks("look"), FINE, tool=fails),
    "a tool that never returns": Row(asks("look"), f"{WAIT} {FINE}", tool=hangs, by=SOFT_TOOL_SECS + 1.0),
    "a model that never stops": Row(endless_text, "and on it goes. " * 12 + "and on i", ["llm.too_long"]),
    "arguments that never stop": Row(endless_arguments, SORRY, ["llm.too_long"], megabytes),
    "an empty answer": Row(nothing, SORRY, ["llm.empty"]),
    "a refused request": Row(refused, SORRY, [ChatRefused.code]),
    "an answer that a filter took": Row(filtered, SORRY, ["llm.empty"]),
    "a model that never answers": Row(silence, SORRY, ["llm.timeout"]),
    "a model that stops within a sentence": Row(stall, "It is a", ["llm.timeout"]),
}


def played(row: Row) -> CallRecord:
    def make(parts: CallParts) -> CallParts:
        llm = Misbehaving(row.first)
        if row.tool is not None:
            llm.register("look", Registration(row.tool, filler=WAIT, filler_after_s=SOFT_TOOL_SECS))
        return replace(parts, llm=llm)

    async def play(call: LiveCall) -> None:
        await call.say("what about monday", at=0.5)
        await call.bot_silent(quiet=TOOL_SECS + HARD_SECS)
        await call.say("are you there")
        await call.bot_silent(quiet=2.0)

    return ScriptedCall(make=make).run(play)


@pytest.mark.heavy
@pytest.mark.parametrize("what", ROWS)
def test_the_caller_hears_something_in_time_and_the_next_turn_works(what: str) -> None:
    """P4, P5, P7, P8, P9, FUNC-10, FUNC-12, FUNC-17, LLM-12, LLM-17."""
    row = ROWS[what]
    record = played(row)
    assert record.heard == tuple(f"{row.heard} {SECOND}".split())
    assert [event.data["code"] for event in record.of("error")] == list(row.codes)
    asked = record.of("user.turn")[0].at
    assert record.of("bot.started")[0].at - asked <= row.by
    assert record.outcome.reason is EndReason.CALLER_HUNG_UP


@pytest.mark.parametrize("what", [what for what, row in ROWS.items() if row.tool is not None])
def test_no_call_of_a_tool_is_left_without_an_answer_in_the_context(what: str) -> None:  # FUNC-10, P9
    messages = played(ROWS[what]).messages
    asked = [call["id"] for message in messages for call in message.get("tool_calls") or ()]
    answered = [message["tool_call_id"] for message in messages if message["role"] == "tool"]
    assert asked == answered
    assert all(len(str(message["content"])) < 40_000 for message in messages), "megabytes stay out of the context"
