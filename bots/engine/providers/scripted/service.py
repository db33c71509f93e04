"""The scripted model in a pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from bots.engine.providers.scripted.model import ScriptedModel, ScriptedSettings
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import LLMEvent
from bots.engine.services.llm_settings import LLMSettings, given_in

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


class ScriptedLLMService(LLMService):
    """Answers from a bot's own rules; ScriptError when the script cannot run."""

    def __init__(self, *, settings: ScriptedSettings, apology: str = "", name: str | None = None) -> None:
        super().__init__(apology=apology, name=name)
        self._settings = settings
        self.model = ScriptedModel(settings)
        self.model_name = "scripted"

    def update_settings(self, settings: Mapping[str, Any] | LLMSettings) -> None:
        """Take new settings for the next run (LLM-20); unknown names are left out."""
        known, given = {field.name for field in fields(self._settings)}, given_in(settings)
        self._settings = replace(self._settings, **{name: given[name] for name in given if name in known})
        self.model = ScriptedModel(self._settings)

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        """Nothing: rules cannot sum up a conversation (LLM-16), so whoever asks keeps what was said."""
        return None

    def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """The reply to a context, read from its messages as they are."""
        tools = [{"name": schema.name} for schema in context.tools.schemas] if context.tools else []
        return self.model.stream(context.get_messages(), tools, self.clock)
