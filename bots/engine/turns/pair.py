"""Both sides of one context (CTX-03)."""

from __future__ import annotations

from bots.engine.context.context import LLMContext

from .assistant import LLMAssistantAggregator
from .latency import LatencyObserver
from .params import LLMAssistantAggregatorParams, LLMUserAggregatorParams, TurnNumbers
from .strategies import CHECK
from .user import ListeningUserAggregator, LLMUserAggregator


class LLMContextAggregatorPair:
    """The user and the assistant aggregator over one context.

    ``hears_audio`` lets the strategies hear the caller (TURN-16); without such strategies False saves every block of
    audio a step. ``latency`` is the observer that measures the turns; give it to the task.
    """

    def __init__(
        self,
        context: LLMContext,
        *,
        user_params: LLMUserAggregatorParams | None = None,
        assistant_params: LLMAssistantAggregatorParams | None = None,
        hears_audio: bool = True,
    ) -> None:
        CHECK.kinds(LLMContext, "an LLMContext", context=context)
        CHECK.kinds_or_none(LLMUserAggregatorParams, "LLMUserAggregatorParams", user_params=user_params)
        wanted = "LLMAssistantAggregatorParams"
        CHECK.kinds_or_none(LLMAssistantAggregatorParams, wanted, assistant_params=assistant_params)
        self.context = context
        self.latency = LatencyObserver()
        numbers = TurnNumbers()
        kind = ListeningUserAggregator if hears_audio else LLMUserAggregator
        self._user = kind(context, params=user_params, numbers=numbers)
        self._user.add_event_handler("on_user_turn", self.latency.on_user_turn)
        self._assistant = LLMAssistantAggregator(
            context, params=assistant_params, numbers=numbers, latency=self.latency
        )

    def user(self) -> LLMUserAggregator:
        """Return the user's side; it stands before the model."""
        return self._user

    def assistant(self) -> LLMAssistantAggregator:
        """Return the assistant's side; it stands behind the output (CONF-06)."""
        return self._assistant
