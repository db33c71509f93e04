"""Answers of a fixed form (LK-20)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.context.arguments import ToolArgumentsInvalid
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.services.structured import NotAsAsked, ask_structured, read_structured
from bots.engine.testing.tapes import TapeLLM
from tests.engine.core.probes import Run, in_a_run

MOOD = FunctionSchema(
    "mood", "Judge the caller.", {"mood": {"enum": ["good", "bad"]}, "score": {"type": "integer"}}, ["mood"]
)
CONTEXT = [{"role": "user", "content": "I am happy."}]


@pytest.mark.parametrize(
    "text",
    [
        '{"mood": "good", "score": 3}',
        'Sure!\n```json\n{"mood": "good", "score": 3.0}\n```\nAnything else?',
        'The answer is {"mood": "good", "score": 3} as you asked.',
        '{"mood": "good", "score": 3, "more": 1}',
    ],
)
def test_the_object_is_found_among_words(text: str) -> None:
    assert read_structured(text, MOOD) == {"mood": "good", "score": 3}


@pytest.mark.parametrize("text", ["", "no", "{", '{"score": 1}', '{"mood": "fine"}', "[1]", "{" * 50_000])
def test_anything_else_is_told_to_the_model(text: str) -> None:
    with pytest.raises(ToolArgumentsInvalid):
        read_structured(text, MOOD)


def asked(*replies: str) -> tuple[Any, TapeLLM]:
    llm, answers = TapeLLM(replies), []

    async def play(run: Run) -> None:
        try:
            answers.append(await ask_structured(llm, LLMContext(CONTEXT), MOOD))
        except NotAsAsked as error:
            answers.append(error.code)

    in_a_run(lambda: Run(llm), play)
    return answers[0], llm


def test_a_second_try_knows_what_was_wrong_with_the_first() -> None:  # LK-20, LLM-16
    answer, llm = asked('{"mood": "fine"}', '{"mood": "bad"}')
    assert answer == {"mood": "bad"}
    assert '"mood"' in llm.seen[0][-1]["content"]
    assert "must be one of" in llm.seen[1][-1]["content"]
    assert len(CONTEXT) == 1, "the conversation is left alone"


def test_two_answers_of_another_form_are_enough() -> None:
    answer, llm = asked("no", "never", '{"mood": "bad"}')
    assert (answer, len(llm.seen)) == ("llm.unstructured", 2)
