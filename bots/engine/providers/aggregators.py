"""The 2025 way to the two aggregators of a context: through the model's service (CTX-11, services 1)."""

from __future__ import annotations

from bots.engine.context.context import LLMContext
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMAssistantAggregatorParams, LLMUserAggregatorParams


class MakesAggregators:
    """A model's service that also makes the pair of aggregators."""

    def create_context_aggregator(
        self,
        context: LLMContext,
        *,
        user_params: LLMUserAggregatorParams | None = None,
        assistant_params: LLMAssistantAggregatorParams | None = None,
    ) -> LLMContextAggregatorPair:
        """Return the pair over a context; its ``user()`` stands before the model, its ``assistant()`` last (CTX-11)."""
        return LLMContextAggregatorPair(context, user_params=user_params, assistant_params=assistant_params)
