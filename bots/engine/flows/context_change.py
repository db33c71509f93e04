"""What becomes of the conversation when a node is entered (FLOW-07, FLOW-13)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from bots.engine.context.context import LLMContext
from bots.engine.flows.errors import InvalidStrategyError
from bots.engine.flows.types import ContextStrategy, ContextStrategyConfig, NodeConfig
from bots.engine.services.llm import LLMService

log = logging.getLogger(__name__)
SUMMARY_S = 5.0
"""How long a caller waits for a summary before the flow goes on without one."""


def strategy_of(value: Any, default: ContextStrategyConfig) -> ContextStrategyConfig:
    """A node's strategy from any of its forms: a configuration, an enum, JSON, or None for the default."""
    if value is None:
        return default
    if isinstance(value, ContextStrategyConfig):
        return value
    prompt = value.get("summary_prompt") if isinstance(value, Mapping) else None
    name = value.get("strategy") if isinstance(value, Mapping) else value
    try:
        strategy = ContextStrategy(name)
    except ValueError as error:
        raise InvalidStrategyError("A node's context strategy is not one that exists.") from error
    return ContextStrategyConfig(strategy, prompt)


def change_context(node: NodeConfig, strategy: ContextStrategyConfig, context: LLMContext, summary: str | None) -> None:
    """Bring the node's messages into the context; without a summary, RESET_WITH_SUMMARY falls back to appending.

    Role messages come before the task (FLOW-07). The context is changed in place and in one step, not by frames: an
    interruption may drop those, and half a move with them.
    """
    messages = [*(node.get("role_messages") or ()), *node["task_messages"]]
    if strategy.strategy is ContextStrategy.RESET:
        context.set_messages(messages)
    elif strategy.strategy is ContextStrategy.RESET_WITH_SUMMARY and summary:
        told = {"role": "system", "content": f"The conversation so far, in short: {summary}"}
        context.set_messages([told, *messages])
    else:
        context.add_messages(messages)


async def summary_for(strategy: ContextStrategyConfig, llm: LLMService, context: LLMContext) -> str | None:
    """What the model says of the conversation (LLM-16); None when it is not asked, cannot, or is not in time."""
    infer: Any = getattr(llm, "run_inference", None)
    if strategy.strategy is not ContextStrategy.RESET_WITH_SUMMARY or infer is None:
        return None
    asked = llm.create_task(infer(context.snapshot(), system_instruction=strategy.summary_prompt), "flow summary")
    done, _ = await asyncio.wait({asked}, timeout=SUMMARY_S)
    if not done:
        asked.cancel()
        log.warning("a summary was not in time")
        return None
    text = None if asked.cancelled() else asked.result()
    return text.strip() if isinstance(text, str) and text.strip() else None
