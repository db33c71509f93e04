"""The scripted model as a service streams it: options, and tokens at a set rate."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bots.engine.clock import BaseClock
from bots.engine.errors import ProviderError, SpecError
from bots.engine.frames import LLMTokenUsage
from bots.engine.providers.scripted.brain import Brain
from bots.engine.providers.scripted.events import CallTool, Done, Fail, Say
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage


@dataclass(frozen=True, slots=True)
class ScriptedSettings:
    """Settings of the scripted model, edited in the admin like any model's."""

    script: Mapping[str, Any] = field(default_factory=dict, metadata={"help": "The bot's rules as JSON (version 1)."})
    tokens_per_s: float = field(
        default=50.0, metadata={"help": "Words per second; 0 sends the reply at once.", "min": 0, "max": 1000}
    )
    first_token_ms: float = field(
        default=0.0, metadata={"help": "Milliseconds before the first word.", "min": 0, "max": 10_000}
    )
    seed: int = field(
        default=0, metadata={"help": "Where the rotation through several wordings begins.", "min": 0, "max": 1_000_000}
    )
    timezone: str = field(
        default="", metadata={"help": "Callers' time zone, such as Europe/Paris; empty: this server's."}
    )


class UnknownTimeZone(SpecError):
    """The time zone in the settings is not known here."""

    code = "script.timezone"
    next_step = "Choose a time zone such as Europe/Paris, or leave the field empty."


class ScriptedFailure(ProviderError):
    """The script has a rule that lets the model fail, to show what a bot does then."""

    code = "scripted.failure"
    next_step = "Nothing is wrong: remove the intent with 'fail' from the rules if callers should not meet it."


class ScriptedModel:
    """A model without weights or network: the brain's reply, word by word."""

    def __init__(self, settings: ScriptedSettings) -> None:
        self._settings = settings
        self.brain = Brain(settings.script, settings.seed)
        self._zone = _zone(settings.timezone)

    async def stream(
        self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], clock: BaseClock
    ) -> AsyncIterator[LLMEvent]:
        """Answer a conversation; waits only on the clock, so cancelling stops it between two words."""
        step = 1 / self._settings.tokens_per_s if self._settings.tokens_per_s > 0 else 0.0
        delay, index, reason = self._settings.first_token_ms / 1000, 0, "stop"
        for event in self.brain.reply(messages, tools, self.local(clock.wall())):
            if delay and not isinstance(event, Done):
                await clock.sleep(delay)
            delay = step
            match event:
                case Fail():
                    raise ScriptedFailure("The scripted model fails because its rules say so.")
                case Say(text):
                    yield TextDelta(text)
                case CallTool(name, arguments):
                    reason = "tool_calls"
                    yield ToolCallDelta(index, f"call_{clock.new_id()}", name, json.dumps(dict(arguments)))
                    index += 1
                case Done(prompt, completion):
                    yield Finished(reason)
                    yield Usage(LLMTokenUsage(prompt, completion, prompt + completion), model="scripted")

    def local(self, moment: datetime) -> datetime:
        """A moment in the callers' time zone."""
        return moment.astimezone(self._zone)


def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimeZone("The time zone of the scripted model is not known on this server.") from None
