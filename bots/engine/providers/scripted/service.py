"""The scripted model in a pipeline."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from bots.engine.providers.scripted.model import ScriptedModel, ScriptedSettings
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import LLMEvent

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


class ScriptedLLMService(LLMService):
    """Answers from a bot's own rules; ScriptError when the script cannot run."""

    def __init__(self, *, settings: ScriptedSettings, apology: str = "", name: str | None = None) -> None:
        super().__init__(apology=apology, name=name)
        self._settings = settings
        self.model = ScriptedModel(settings)
        self.model_name = "scripted"

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        """Take new settings for the next run (LLM-20); unknown names are left out."""
        known = {field.name for field in fields(self._settings)}
        self._settings = replace(self._settings, **{name: settings[name] for name in settings if name in known})
        self.model = ScriptedModel(self._settings)

    def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """The reply to a context, read from its messages as they are."""
        tools = [{"name": schema.name} for schema in context.tools.schemas] if context.tools else []
        return self.model.stream(context.get_messages(), tools, self.clock)
