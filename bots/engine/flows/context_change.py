"""What becomes of the conversation when a node is entered (FLOW-13)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.flows.errors import FlowTransitionError
from bots.engine.flows.types import ContextStrategy, ContextStrategyConfig, NodeConfig
from bots.engine.services.llm import LLMService

log = logging.getLogger(__name__)


def strategy_of(value: Any, default: ContextStrategyConfig) -> ContextStrategyConfig:
    """A node's strategy from any of its forms: a configuration, an enum, JSON, or None for the default."""
    if value is None:
        return default
    if isinstance(value, ContextStrategyConfig):
        return value
    prompt = value.get("summary_prompt") if isinstance(value, Mapping) else None
    name = value.get("strategy") if isinstance(value, Mapping) else value
    try:
        return ContextStrategyConfig(ContextStrategy(name), prompt)
    except ValueError as error:
        raise FlowTransitionError("A node's context strategy is not one that exists.") from error


async def change_context(
    node: NodeConfig, strategy: ContextStrategyConfig, llm: LLMService, context: LLMContext
) -> None:
    """Bring the node's messages into the context; a summary that fails falls back to appending.

    The context is changed in place and not by frames: an interruption may drop those, and half a move with them.
    """
    messages = [*(node.get("role_messages") or ()), *node["task_messages"]]
    if strategy.strategy is ContextStrategy.RESET:
        context.set_messages(messages)
        return
    if strategy.strategy is ContextStrategy.RESET_WITH_SUMMARY:
        summary = await _summary(strategy.summary_prompt or "", llm, context)
        if summary:
            told = {"role": "system", "content": f"The conversation so far, in short: {summary}"}
            context.set_messages([told, *messages])
            return
    context.add_messages(messages)


async def _summary(prompt: str, llm: LLMService, context: LLMContext) -> str | None:
    """What the model says of the conversation; None when it cannot or does not (LLM-16)."""
    infer = getattr(llm, "run_inference", None)
    if infer is None:
        return None
    try:
        text = await infer(context.snapshot(), system_instruction=prompt)
    except (EngineError, TimeoutError) as error:
        log.warning("a summary failed", extra={"error": type(error).__name__})
        return None
    return text.strip() if isinstance(text, str) and text.strip() else None
