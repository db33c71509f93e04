"""What the spans of a realtime service carry: one model that hears, thinks and speaks (TRC-02, TRC-08).

A turn of such a service holds ``llm_setup``, ``stt``, ``llm_request``, ``llm_response`` and, for function calls,
``llm_tool_call`` and ``llm_tool_result``. The services hand these attributes to :meth:`ConversationTracer.record`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from bots.engine.errors import PipelineError
from bots.engine.frames import LLMTokenUsage

from .attributes import tool_call_attributes, usage_attributes
from .values import PRIVATE, Attributes, as_json, attribute, truncated

SETUP, REQUEST, RESPONSE = "llm_setup", "llm_request", "llm_response"
TOOL_CALL, TOOL_RESULT = "llm_tool_call", "llm_tool_result"


def setup_attributes(
    system: str,
    model: str,
    *,
    tools: Sequence[Any] = (),
    instruction: str = "",
    session: Mapping[str, Any] | None = None,
) -> Attributes:
    """Return what a session was opened with; the instruction is truncated (TRC-08)."""
    return {
        "gen_ai.system": system,
        "gen_ai.request.model": model,
        "tools.count": len(tools),
        "tools.definitions": as_json(list(tools)) if tools else None,
        "system_instruction": truncated(instruction) if instruction else None,
        **{f"session.{name}": attribute(value) for name, value in (session or {}).items() if not PRIVATE.search(name)},
    }


def request_attributes(messages: Sequence[Mapping[str, Any]]) -> Attributes:
    """Return what was sent to the model (TRC-08)."""
    return {"input": as_json(list(messages)), "gen_ai.operation.name": REQUEST}


def response_attributes(
    output: str,
    *,
    modality: Literal["TEXT", "AUDIO"] = "AUDIO",
    usage: LLMTokenUsage | None = None,
    function_calls: Sequence[str] = (),
    ttfb: float | None = None,
) -> Attributes:
    """Return what a response was: its text, how it came, tokens, the functions it calls, seconds to its first part.

    Raises ``pipeline.misused`` for a modality that is neither TEXT nor AUDIO (TRC-08).
    """
    if modality not in ("TEXT", "AUDIO"):
        raise PipelineError("modality must be TEXT or AUDIO.")
    return {
        "output": output,
        "output_modality": modality,
        **(usage_attributes(usage) if usage is not None else {}),
        "function_calls.count": len(function_calls),
        "function_calls.names": ",".join(function_calls) or None,
        "metrics.ttfb": ttfb,
    }


def call_attributes(name: str, call_id: str, arguments: Any) -> Attributes:
    """Return a call that the model asks for; the arguments are truncated (TRC-08)."""
    return tool_call_attributes(name, call_id, arguments)


def result_attributes(name: str, call_id: str, result: str) -> Attributes:
    """Return what a call gave, as the JSON text that goes back to the model (TRC-08).

    ``tool.result_status`` is ``completed``, ``error`` where the object has an error, ``parse_error`` where the text is
    not JSON.
    """
    try:
        parsed = json.loads(result)
    except ValueError:
        status = "parse_error"
    else:
        status = "error" if isinstance(parsed, Mapping) and "error" in parsed else "completed"
    return {
        "tool.function_name": name,
        "tool.call_id": call_id,
        "tool.result": truncated(result),
        "tool.result_status": status,
    }
