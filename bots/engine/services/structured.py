"""Answers of a fixed form: a model is asked for JSON, and what it says is checked (LK-20)."""

from __future__ import annotations

import json
import re
from typing import Any

from bots.engine.context.arguments import ToolArgumentsInvalid, validate_arguments
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import ProviderError

from .llm_model import LanguageModel

_FENCE = re.compile(r"```(?:json)?\s*(.*?)```", re.DOTALL)


class NotAsAsked(ProviderError):
    """The model's answer does not have the form that was asked for."""

    code = "llm.unstructured"
    next_step = "Make the form simpler, or choose a model that is good at JSON."


def read_structured(text: str, schema: FunctionSchema) -> dict[str, Any]:
    """Return the JSON object in a model's words, checked against the schema's properties.

    Words and code fences around the object are left out. Error: ``tool.arguments``, saying what is wrong.
    """
    fenced = _FENCE.search(text)
    inner = fenced[1] if fenced else text
    start = inner.find("{")
    if start < 0:
        raise ToolArgumentsInvalid("There is no JSON object in the answer.")
    try:
        found, _ = json.JSONDecoder().raw_decode(inner[start:])
    except (ValueError, RecursionError) as error:
        raise ToolArgumentsInvalid("The answer is not valid JSON.") from error
    return validate_arguments(schema, found)


async def ask_structured(
    llm: LanguageModel, context: LLMContext, schema: FunctionSchema, *, max_tokens: int | None = None
) -> dict[str, Any]:
    """Ask a model once, outside the conversation, for an object with the schema's properties (LLM-16, LK-20).

    An answer of another form is told what is wrong with it and asked for once more; then ``llm.unstructured`` is
    raised.
    """
    form = json.dumps(schema.parameters, ensure_ascii=False)
    wish = f"{schema.description} Answer only with one JSON object of this JSON Schema, without any other words: {form}"
    messages = [*context.get_messages(), {"role": "user", "content": wish.strip()}]
    for _ in range(2):
        said = await llm.run_inference(LLMContext(messages), max_tokens) or ""
        try:
            return read_structured(said, schema)
        except ToolArgumentsInvalid as error:
            told = {"role": "user", "content": f"{error.message} Answer again, only with the JSON object."}
            messages = [*messages, {"role": "assistant", "content": said or "."}, told]
    raise NotAsAsked("The model did not answer in the form that was asked for.")
