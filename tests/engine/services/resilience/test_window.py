"""A long conversation as the model is shown it (CTX-15, CTX-16)."""

from __future__ import annotations

from typing import Any

from bots.engine.context.budget import context_tokens
from bots.engine.context.context import LLMContext
from bots.engine.services.llm_failures import ChatRefused
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.services.resilience.window import SUMMARY_ORDER, SUMMARY_PREFIX
from tests.engine.services.resilience.stage import Model, Stage, staged, words

LIMIT = 400
PERSONA = {"role": "system", "content": "Be brief."}


def talk(turns: int) -> LLMContext:
    """A conversation of about 40 tokens a turn, ended by a question."""
    messages: list[dict[str, Any]] = [PERSONA]
    for number in range(turns):
        messages.append({"role": "user", "content": f"question {number} " + "x" * 60})
        messages.append({"role": "assistant", "content": f"answer {number} " + "y" * 60})
    return LLMContext([*messages, {"role": "user", "content": "and now?"}])


def policy(*, summarise: bool = False) -> ResiliencePolicy:
    return ResiliencePolicy(context_tokens=LIMIT, summarise=summarise)


class Summariser(Model):
    """A model that can be asked outside the conversation."""

    def __init__(self, *answers: str | ChatRefused | None) -> None:
        super().__init__("one", words("Well"))
        self.answers = list(answers)
        self.asked: list[tuple[str, int | None, str | None]] = []

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        self.asked.append((context.messages[0]["content"], max_tokens, system_instruction))
        answer = self.answers.pop(0)
        if isinstance(answer, ChatRefused):
            raise answer
        return answer


def test_what_does_not_fit_is_left_out_of_the_request_and_stays_in_the_conversation() -> None:  # CTX-15
    model, context = Model("one", words("Well")), talk(20)
    before = len(context.messages)
    stage = staged(model, play=lambda stage: _asked(stage, context), policy=policy())
    (seen,) = model.seen
    assert context_tokens(LLMContext(seen)) <= LIMIT
    assert (seen[0], seen[1]["role"], seen[-1]["content"]) == (PERSONA, "user", "and now?")
    assert len(context.messages) == before
    (note,) = stage.noted("context_trimmed")
    assert note["shown"] <= LIMIT < note["tokens"]


def test_a_conversation_that_fits_is_shown_as_it_is() -> None:  # CTX-15
    model, context = Model("one", words("Well")), talk(2)
    stage = staged(model, play=lambda stage: _asked(stage, context), policy=policy())
    assert model.seen == [context.get_messages()]
    assert stage.noted("context_trimmed") == []


def test_without_a_limit_everything_is_shown() -> None:  # CTX-15
    model, context = Model("one", words("Well")), talk(40)
    staged(model, play=lambda stage: _asked(stage, context))
    assert len(model.seen[0]) == len(context.messages)


def test_the_oldest_part_is_summarised_beside_the_conversation_and_shown_from_then_on() -> None:  # CTX-16
    model, context = Summariser("They like cats."), talk(20)

    async def play(stage: Stage) -> None:
        await stage.ask(context=context, wait=5.0)
        await stage.ask(context=context, wait=5.0)

    stage = staged(model, play=play, policy=policy(summarise=True))
    first, second = model.seen
    assert not any(SUMMARY_PREFIX in str(message["content"]) for message in first)
    assert second[1] == {"role": "developer", "content": SUMMARY_PREFIX + "They like cats."}
    assert context_tokens(LLMContext(second)) <= LIMIT
    text, limit, order = model.asked[0]
    assert text.startswith("user: question 0")
    assert (limit, order) == (200, SUMMARY_ORDER)
    assert stage.noted("context_summarised")[0]["code"] is None


def test_a_summary_is_summarised_again_when_the_conversation_goes_on() -> None:  # CTX-16
    model, context = Summariser("They like cats.", "They like cats and tea."), talk(10)

    async def play(stage: Stage) -> None:
        await stage.ask(context=context, wait=5.0)
        context.add_messages(talk(7).messages[1:])
        await stage.ask(context=context, wait=5.0)
        await stage.ask(context=context, wait=5.0)

    staged(model, play=play, policy=policy(summarise=True))
    assert model.asked[1][0].startswith(SUMMARY_PREFIX + "They like cats.")
    assert model.seen[-1][1]["content"] == SUMMARY_PREFIX + "They like cats and tea."


def test_a_summary_that_fails_or_is_empty_leaves_trimming() -> None:  # CTX-16
    model, context = Summariser(ChatRefused("no"), None), talk(20)

    async def play(stage: Stage) -> None:
        for _ in range(2):
            await stage.ask(context=context, wait=5.0)

    stage = staged(model, play=play, policy=policy(summarise=True))
    assert [note["code"] for note in stage.noted("context_summarised")] == ["llm.refused", "llm.empty"]
    assert all(context_tokens(LLMContext(seen)) <= LIMIT for seen in model.seen)
    assert stage.errors() == []


def test_a_conversation_that_begins_anew_is_not_told_of_the_old_one() -> None:  # CTX-16, FLOW-13
    model, context = Summariser("They like cats."), talk(20)

    async def play(stage: Stage) -> None:
        await stage.ask(context=context, wait=5.0)
        context.set_messages(talk(1).messages)
        await stage.ask(context=context, wait=5.0)

    staged(model, play=play, policy=policy(summarise=True))
    assert "cats" not in str(model.seen[-1])


def test_tools_of_old_turns_are_told_as_words() -> None:  # CTX-16
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "function": {"name": "find_cat"}}]}
    result = {"role": "tool", "tool_call_id": "1", "content": "Tom"}
    model, context = Summariser("Tom."), talk(20)
    context.messages[1:1] = [{"role": "user", "content": [{"type": "text", "text": "my cat"}]}, call, result]
    staged(model, play=lambda stage: _asked(stage, context), policy=policy(summarise=True))
    assert model.asked[0][0].startswith("user: my cat\nassistant: (uses find_cat)\ntool: Tom\n")


def test_a_model_that_follows_rules_sees_everything_and_sums_nothing_up() -> None:  # CTX-16
    model, rules, context = Summariser("They like cats."), Model("rules", words("Well")), talk(20)
    model.script, rules.local = [[ChatRefused("no")]], True

    async def play(stage: Stage) -> None:
        await stage.ask(context=context, wait=5.0)

    stage = staged(rules, model, play=play, policy=policy(summarise=True))
    assert len(rules.seen[0]) == len(context.messages)
    assert stage.noted("context_trimmed") == []
    stage = staged(model, rules, play=play, policy=policy(summarise=True))
    assert len(rules.seen[1]) == len(context.messages) > len(model.seen[0])
    assert len(model.asked) == 1


async def _asked(stage: Stage, context: LLMContext) -> None:
    await stage.ask(context=context, wait=5.0)
