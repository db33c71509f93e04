"""The place before the user aggregator where a model is asked while the caller still speaks (LK-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.engine.core.processor import FrameProcessor

from .prefetch import PrefetchTrigger
from .service import ResilientLLMService

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


def asking_ahead(llm: FrameProcessor, context: LLMContext) -> list[FrameProcessor]:
    """Return the processor that asks ``llm`` in advance about ``context`` and what the caller seems to say.

    Nothing for a model that is not to be asked in advance.
    """
    if not isinstance(llm, ResilientLLMService) or not llm.policy.prefetch:
        return []

    async def prefetch(text: str) -> None:
        messages = [*context.get_messages(), {"role": "user", "content": text}]
        await llm.prefetch_context(type(context)(messages, context.tools, context.tool_choice))

    return [PrefetchTrigger(prefetch, llm.new_turn)]
