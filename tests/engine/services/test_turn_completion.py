"""Incomplete user turns: the model says whether the caller is done (LLM-23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.frames import LLMContextFrame, LLMTextFrame, UserStartedSpeakingFrame
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.services.turn_completion import INSTRUCTIONS, SHORT_PROMPT, Mark, MarkReader, UserTurnCompletionConfig
from bots.engine.testing.tapes import TapeLLM, TapeReply
from tests.engine.core.probes import Probe, Run, in_a_run

RULE = UserTurnCompletionConfig()


@pytest.mark.parametrize(
    ("pieces", "said", "mark"),
    [
        (["✓", " Good", " day."], "Good day.", Mark.COMPLETE),
        (["✓ Good day."], "Good day.", Mark.COMPLETE),
        (["\n", " ✓", "", "  ", "Good"], "Good", Mark.COMPLETE),
        (["○"], "", Mark.SHORT),
        (["  ○ and", " more"], "", Mark.SHORT),
        (["◐", " hm"], "", Mark.LONG),
        (["Good", " day. ✓"], "Good day. ✓", Mark.COMPLETE),
        ([" ", ""], "", None),
    ],
)
def test_the_mark_is_taken_off_however_the_text_is_cut(pieces: list[str], said: str, mark: Mark | None) -> None:
    reader = MarkReader()
    assert "".join(reader.read(piece) for piece in pieces) == said
    assert reader.mark is mark


@pytest.mark.parametrize("name", ["incomplete_short_timeout", "incomplete_long_timeout"])
def test_waits_are_longer_than_nothing(name: str) -> None:
    with pytest.raises(BadLLMSetting, match=name):
        UserTurnCompletionConfig(**{name: 0})


def test_the_documented_waits_are_the_defaults() -> None:
    assert RULE.wait_after(Mark.SHORT) == (5.0, SHORT_PROMPT)
    assert RULE.wait_after(Mark.LONG)[0] == 10.0


def conversation(
    *replies: str, act: Callable[[Run, LLMContext], Awaitable[None]], last: str = "user"
) -> tuple[list[str], TapeLLM, Run]:
    """Ask once, let ``act`` do the rest; what was said, what the model saw, what was journaled."""
    llm, behind = TapeLLM([TapeReply(reply) for reply in replies], apology="Sorry."), Probe()
    llm.turn_completion = RULE
    context = LLMContext([{"role": "system", "content": "Be Ann."}, {"role": last, "content": "I would like to"}])

    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(context))
        await act(run, context)

    run = in_a_run(lambda: Run(llm, behind), play)
    return [frame.text for frame in behind.of(LLMTextFrame)], llm, run


async def wait(run: Run, context: LLMContext) -> None:
    await run.clock.sleep(30)


def finishes(run: Run) -> list[Any]:
    return [event.data["finish"] for event in run.events if event.kind == "bot.llm_stopped"]


def test_a_complete_turn_is_answered_without_the_mark() -> None:
    said, llm, run = conversation("✓ Good day.", act=wait)
    assert "".join(said) == "Good day."
    assert [message["content"] for message in llm.seen[0]] == ["Be Ann.", INSTRUCTIONS, "I would like to"]
    assert finishes(run) == ["stop"]


def test_an_incomplete_turn_is_waited_for_and_then_helped() -> None:
    said, llm, run = conversation("○", "What would you like?", act=wait)
    assert "".join(said) == "What would you like?"
    assert finishes(run) == ["incomplete_turn", "stop"]
    assert llm.seen[1][-1] == {"role": "developer", "content": SHORT_PROMPT}
    times = [event.at for event in run.events if event.kind in ("bot.llm_stopped", "bot.llm_started")]
    assert times[2] - times[1] == pytest.approx(5.0)


def test_who_goes_on_speaking_is_not_helped_but_answered_with_both_halves() -> None:
    async def go_on(run: Run, context: LLMContext) -> None:
        await run.clock.sleep(2)
        await run.task.queue_frame(UserStartedSpeakingFrame(2.0))
        await run.clock.sleep(20)
        context.add_message({"role": "user", "content": "book a table."})
        await run.task.queue_frame(LLMContextFrame(context))
        await run.clock.sleep(20)

    said, llm, run = conversation("○", "✓ For how many?", act=go_on)
    assert "".join(said) == "For how many?"
    assert len(llm.seen) == 2
    assert [message["content"] for message in llm.seen[1]][-2:] == ["I would like to", "book a table."]
    assert run.codes() == []


def test_replies_to_anything_but_the_caller_are_left_alone() -> None:
    said, llm, _ = conversation("○ is a circle.", act=wait, last="developer")
    assert "".join(said) == "○ is a circle."
    assert INSTRUCTIONS not in str(llm.seen)


def test_a_model_that_forgets_the_mark_is_heard() -> None:
    said, _, run = conversation("Good day.", act=wait)
    assert "".join(said) == "Good day."
    assert finishes(run) == ["stop"]


def test_a_call_that_ends_while_waiting_leaves_nothing_behind() -> None:
    async def leave(run: Run, context: LLMContext) -> None:
        await run.clock.sleep(1)

    said, llm, run = conversation("◐", "never", act=leave)
    assert (said, len(llm.seen), finishes(run)) == ([], 1, ["incomplete_turn"])
