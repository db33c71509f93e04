"""Asking while the caller still speaks: used when it was the question, dropped when not (LK-12)."""

from __future__ import annotations

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.frames import (
    Frame,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.llm_failures import ChatRefused, RateLimited
from bots.engine.services.resilience.ahead import asking_ahead
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.services.resilience.prefetch import PrefetchTrigger, PrefetchWrong
from bots.engine.services.turn_completion import UserTurnCompletionConfig
from bots.engine.testing.tapes import TapeLLM
from tests.engine.core.probes import Run, in_a_run
from tests.engine.services.resilience.stage import Model, Stage, staged, words

AHEAD = ResiliencePolicy(prefetch=True)
QUESTION = {"role": "user", "content": "when do you open"}


def asked(text: str) -> LLMContext:
    return LLMContext([{"role": "user", "content": text}])


def test_an_answer_in_advance_is_said_at_once_when_the_turn_is_what_was_expected() -> None:  # LK-12
    model = Model("one", [1.0, *words("At nine")])

    async def play(stage: Stage) -> None:
        assert await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(2.0)
        assert stage.behind.of(LLMTextFrame, LLMFullResponseStartFrame) == []
        assert [event.kind for event in stage.run.events if event.kind.startswith("bot.")] == []
        await stage.ask("When do you open?", wait=0.5)
        assert stage.said() == "Atnine"

    stage = staged(model, play=play, policy=AHEAD)
    assert len(model.began) == 1
    assert stage.outcomes() == [("one", "prefetch", "won")]
    assert stage.noted("prefetch_used") == [{"model": "one"}]


def test_an_answer_that_is_still_coming_is_waited_for_not_asked_for_again() -> None:  # LK-12
    model = Model("one", [1.0, *words("At nine")])

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(0.4)
        await stage.ask("when do you open", wait=1.0)
        assert stage.said() == "Atnine"

    staged(model, play=play, policy=AHEAD)
    assert len(model.began) == 1


def test_another_question_is_asked_anew_and_the_cost_of_the_first_is_on_record() -> None:  # LK-12
    model = Model("one", [0.5, *words("At nine")], words("On foot"))

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(0.1)
        await stage.ask("how do I get there", wait=5.0)

    stage = staged(model, play=play, policy=AHEAD)
    assert stage.said() == "Onfoot"
    assert stage.outcomes() == [("one", "prefetch", "unused"), ("one", "first", "won")]
    assert stage.noted("request")[0]["estimated"] is True
    assert stage.noted("request")[0]["prompt_tokens"] > 0


def test_a_changed_conversation_makes_the_answer_worthless() -> None:  # LK-12
    model = Model("one", words("At nine"))

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(0.5)
        await stage.ask(context=LLMContext([{"role": "assistant", "content": "Hm."}, QUESTION]), wait=5.0)

    stage = staged(model, play=play, policy=AHEAD)
    assert [outcome for _, _, outcome in stage.outcomes()] == ["unused", "won"]


def test_an_answer_grows_old() -> None:  # LK-12
    model = Model("one", words("At nine"))

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(16.0)
        await stage.ask("when do you open", wait=5.0)

    staged(model, play=play, policy=AHEAD)
    assert len(model.began) == 2


def test_a_request_in_advance_that_failed_is_made_again_in_the_turn() -> None:  # LK-12
    model = Model("one", [ChatRefused("no")], words("At nine"))

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(1.0)
        await stage.ask("when do you open", wait=5.0)

    stage = staged(model, play=play, policy=AHEAD)
    assert stage.said() == "Atnine"
    assert stage.outcomes() == [("one", "prefetch", "failed"), ("one", "first", "won")]


def test_a_rate_limit_met_in_advance_spares_the_turn_a_second_one() -> None:  # LK-12, P1
    one, two = Model("one", [RateLimited("full")]), Model("two", words("At nine"))

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(1.0)
        await stage.ask("when do you open", wait=5.0)

    stage = staged(one, two, play=play, policy=AHEAD)
    assert stage.said() == "Atnine"
    assert (len(one.began), len(two.began)) == (1, 1)


def test_a_turn_has_its_share_of_prefetches_and_an_equal_question_needs_no_second() -> None:  # LK-12
    model = Model("one", [9.0])

    async def play(stage: Stage) -> None:
        made = [await stage.llm.prefetch_context(asked(text)) for text in ("a b", "a b", "a b c", "a b d", "a b e")]
        assert made == [True, False, True, False, False]
        stage.llm.new_turn()
        assert await stage.llm.prefetch_context(asked("f g"))
        await stage.run.clock.sleep(0.1)

    staged(model, play=play, policy=ResiliencePolicy(prefetch=True, prefetches=2))


def test_nothing_is_asked_in_advance_where_it_is_off_or_every_model_is_down() -> None:  # LK-12
    model = Model("one", [ChatRefused("no")])

    async def off(stage: Stage) -> None:
        assert not await stage.llm.prefetch_context(asked("when do you open"))

    async def down(stage: Stage) -> None:
        stage.book.circuit("one").is_open = True
        assert not await stage.llm.prefetch_context(asked("when do you open"))

    staged(model, play=off)
    staged(model, play=down, policy=AHEAD)
    assert model.began == []
    assert asking_ahead(TapeLLM(), LLMContext()) == []


def test_a_rule_about_incomplete_turns_is_in_the_request_in_advance_too() -> None:  # LK-12, LLM-23
    model = Model("one", words("✓ At nine"), turn_completion=UserTurnCompletionConfig())

    async def play(stage: Stage) -> None:
        await stage.llm.prefetch_context(asked("when do you open"))
        await stage.run.clock.sleep(0.5)
        await stage.ask("when do you open", wait=1.0)

    staged(model, play=play, policy=AHEAD)
    assert len(model.began) == 1


# -- when to ask -------------------------------------------------------------------------------------------------------

START, STOP = UserStartedSpeakingFrame(), UserStoppedSpeakingFrame()


def interim(text: str) -> Frame:
    return InterimTranscriptionFrame(text, "caller", "")


def final(text: str) -> Frame:
    return TranscriptionFrame(text, "caller", "")


def triggered(*steps: Frame | float) -> list[tuple[float, str]]:
    """What a trigger asks, and when."""
    asked: list[tuple[float, str]] = []
    turns: list[float] = []

    async def play(run: Run) -> None:
        begun = run.clock.now()

        async def prefetch(text: str) -> None:
            asked.append((round(run.clock.now() - begun, 3), text))

        trigger._prefetch = prefetch
        for step in steps:
            if isinstance(step, float):
                await run.clock.sleep(step)
            else:
                await run.task.queue_frame(step)
        await run.clock.sleep(5.0)

    async def nobody(text: str) -> None:
        raise AssertionError(text)

    trigger = PrefetchTrigger(nobody, lambda: turns.append(0.0))
    in_a_run(lambda: Run(trigger), play)
    assert len(turns) == sum(step is START for step in steps)
    return asked


def test_a_text_that_stays_the_same_is_asked_about_once() -> None:  # LK-12
    steps = (START, interim("when do"), 0.1, interim("when do you"), 0.2, interim("When do you?"), 1.0)
    assert triggered(*steps) == [(0.35, "when do you")]


def test_the_end_of_speech_makes_a_text_stable() -> None:  # LK-12
    assert triggered(START, interim("when do you open"), 0.1, STOP, 1.0) == [(0.1, "when do you open")]


def test_finals_and_the_interim_behind_them_are_one_question() -> None:  # LK-12
    steps = (START, final("Good day."), 0.3, interim("when do you open"), 0.3, final("When do you open?"), 0.3, STOP)
    assert triggered(*steps) == [(0.25, "Good day."), (0.55, "Good day. when do you open")]


def test_one_word_is_no_question_and_the_final_text_ends_the_waiting() -> None:  # LK-12
    assert triggered(START, interim("yes"), 0.5, STOP, final("Yes."), 1.0) == []
    assert triggered(START, interim("when do"), 0.1, final("When do you?"), 0.01, STOP, 1.0) == []
    assert triggered(interim("when do"), 0.1, final("When do you?"), 1.0) == []


def test_a_trigger_that_could_never_fire_is_refused() -> None:
    async def prefetch(text: str) -> None:
        """Nothing."""

    with pytest.raises(PrefetchWrong, match="stable_s"):
        PrefetchTrigger(prefetch, lambda: None, stable_s=-1.0)
    with pytest.raises(PrefetchWrong, match="least_words"):
        PrefetchTrigger(prefetch, lambda: None, least_words=0)


def test_what_the_caller_says_goes_on_to_the_aggregator() -> None:
    stage = staged(Model("one"), play=lambda stage: stage.send(LLMContextFrame(asked("hi")), wait=1.0), policy=AHEAD)
    (trigger,) = asking_ahead(stage.llm, LLMContext())
    assert all(not mark.consume for _, mark in type(trigger)._handled)
