"""What the spans of a pipeline of recogniser, model and voice carry (TRC-03…07)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bots.engine.frames import LLMTokenUsage, TranscriptionFrame

from .values import Attributes, as_json, settings_of, system_of, truncated

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext
    from bots.engine.core.tracing import TracedCall

REQUEST = (
    "temperature", "max_tokens", "max_completion_tokens", "top_p", "top_k", "frequency_penalty", "presence_penalty",
    "seed",
)  # fmt: skip


def conversation_attributes(call: TracedCall) -> Attributes:
    """Return id, type and what the task was given beside them (TRC-03)."""
    return {"conversation.id": call.conversation_id, "conversation.type": "voice", **call.attributes}


def turn_attributes(call: TracedCall, number: int) -> Attributes:
    """Return what is known when a turn begins (TRC-04)."""
    return {"turn.number": number, "turn.type": "conversation", "conversation.id": call.conversation_id}


def turn_result(duration: float, was_interrupted: bool) -> Attributes:
    """Return what is known when a turn ends; seconds (TRC-04)."""
    return {"turn.duration_seconds": duration, "turn.was_interrupted": was_interrupted}


def service_attributes(service: object, *, prefix: str = "settings.") -> Attributes:
    """Return provider, model and settings of a service."""
    settings = {f"{prefix}{name}": value for name, value in settings_of(service).items()}
    model = getattr(service, "model_name", None)
    return {"gen_ai.system": system_of(service), "gen_ai.request.model": model, **settings}


def stt_attributes(service: object, frame: TranscriptionFrame, ttfb: float | None, vad: bool) -> Attributes:
    """Return what one final transcription tells (TRC-05)."""
    return service_attributes(service) | {
        "transcript": frame.text,
        "is_final": True,
        "language": frame.language or getattr(service, "language", None),
        "vad_enabled": vad,
        "metrics.ttfb": ttfb,
    }


def llm_attributes(service: object, context: LLMContext | None) -> Attributes:
    """Return what a request to a model holds (TRC-06)."""
    settings = settings_of(service)
    found: Attributes = {
        "gen_ai.system": system_of(service),
        "gen_ai.request.model": getattr(service, "model_name", None) or settings.get("model"),
        "gen_ai.operation.name": "chat",
        "stream": True,
        **{f"gen_ai.request.{name}": settings[name] for name in REQUEST if name in settings},
    }
    if context is not None:
        messages = [message for message in context.messages if message.get("role") != "system"]
        instruction = settings.get("system_instruction") or _system_of(context)
        found |= {"input": as_json(messages), "system": instruction, **tool_attributes(context)}
    return found


def _system_of(context: LLMContext) -> str | None:
    said = [message["content"] for message in context.messages if message.get("role") == "system"]
    texts = [text if isinstance(text, str) else as_json(text) for text in said if text]
    return "\n".join(texts) or None


def tool_attributes(context: LLMContext) -> Attributes:
    """Return the tools a model may call: all of them, their number, their names."""
    if context.tools is None:
        return {}
    tools = context.tools.schemas
    described = [{"name": tool.name, "description": tool.description, "parameters": tool.properties} for tool in tools]
    return {
        "tools": as_json(described),
        "tools.count": len(tools),
        "tools.names": ",".join(tool.name for tool in tools),
    }


def usage_attributes(usage: LLMTokenUsage) -> Attributes:
    """Return the tokens of one completion."""
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens,
    }


def tts_attributes(service: object, text: str) -> Attributes:
    """Return what one synthesis says, and with which voice (TRC-07)."""
    settings = settings_of(service)
    voice = next((settings[name] for name in ("voice_id", "voice") if settings.get(name)), None)
    return service_attributes(service) | {
        "voice_id": voice or getattr(service, "voice_id", None),
        "text": text,
        "metrics.character_count": len(text),
    }


def tool_call_attributes(name: str, call_id: str, arguments: Any) -> Attributes:
    """Return what a call of a function asks (TRC-08)."""
    return {"tool.function_name": name, "tool.call_id": call_id, "tool.arguments": truncated(arguments)}


def tool_result_attributes(result: Any) -> Attributes:
    """Return what a call of a function gave: ``completed``, or ``error`` where the result says so (TRC-08)."""
    failed = isinstance(result, Mapping) and "error" in result
    return {"tool.result": truncated(result), "tool.result_status": "error" if failed else "completed"}
