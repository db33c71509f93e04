"""The 2025 names that the documents still use, each another name of the newer one (core.md 0.3)."""

from bots.engine.context.context import LLMContext as OpenAILLMContext

from .llm import LLMContextFrame as OpenAILLMContextFrame
from .messages import OutputTransportMessageFrame as TransportMessageFrame
from .messages import OutputTransportMessageUrgentFrame as TransportMessageUrgentFrame
from .speech import InterruptionFrame as StartInterruptionFrame
from .speech import InterruptionTaskFrame as BotInterruptionFrame
from .speech import UserStoppedSpeakingFrame as StopInterruptionFrame

__all__ = [
    "BotInterruptionFrame",
    "OpenAILLMContext",
    "OpenAILLMContextFrame",
    "StartInterruptionFrame",
    "StopInterruptionFrame",
    "TransportMessageFrame",
    "TransportMessageUrgentFrame",
]
