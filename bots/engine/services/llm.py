"""The language model's processor: one run per context, text out as it comes, calls when it is done (LLM-01…21)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.engine.core.processor import handles
from bots.engine.errors import EngineError, ProviderError
from bots.engine.frames import (
    FunctionCallFromLLM,
    LLMConfigureOutputFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    LLMTokenUsage,
    LLMUpdateSettingsFrame,
)
from bots.engine.tools.runner import arguments_of

from .llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from .llm_functions import FunctionCallingService
from .llm_metrics import LLMMonitor

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


class CompletionTimeout(ProviderError):
    """The model did not answer, or stopped in the middle."""

    code = "llm.timeout"
    next_step = "Try again; if it goes on, choose a faster model or raise the time limit in the bot's settings."


@dataclass(frozen=True, slots=True)
class LLMDeadlines:
    """Seconds until the first event of a reply, and between two events (reliability, section 3)."""

    first: float = 8.0
    between: float = 5.0


@dataclass(slots=True)
class _Run:
    """What one run of the model has brought so far."""

    reply: int
    text: list[str] = field(default_factory=list)
    calls: dict[int, ToolCallDelta] = field(default_factory=dict)
    usage: LLMTokenUsage | None = None
    finish: str = "cancelled"


class LLMService(FunctionCallingService):
    """Runs a model on every ``LLMContextFrame``; subclasses stream its events.

    ``run_in_parallel``: function calls of one reply side by side (FUNC-09). ``apology`` is said when the model fails or
    answers nothing at all, so the caller is never left in silence (lessons T13). Events:
    ``on_completion_timeout(service)``, ``on_function_calls_started(service, calls)``.
    """

    waits = True

    def __init__(
        self,
        *,
        run_in_parallel: bool = True,
        deadlines: LLMDeadlines | None = None,
        apology: str = "",
        name: str | None = None,
    ) -> None:
        super().__init__(run_in_parallel=run_in_parallel, name=name)
        self._deadlines = deadlines or LLMDeadlines()
        self._apology = apology
        self._skip_tts = False
        self.monitor = LLMMonitor()

    @abstractmethod
    def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Run the model on a context and yield its events; closing the iterator ends the request."""

    def requested(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Begin a request, told to whoever listens to ``monitor`` when it is over (LK-10)."""
        events = self.stream(context)
        return self.monitor.watch(events, self.clock, self.model_name or self.name) if self.monitor else events

    # -- frames -------------------------------------------------------------------------------------------------------

    @handles(LLMConfigureOutputFrame)
    async def on_configure_output(self, frame: LLMConfigureOutputFrame) -> None:
        self._skip_tts = frame.skip_tts

    @handles(LLMUpdateSettingsFrame, consume=True)
    async def on_settings(self, frame: LLMUpdateSettingsFrame) -> None:
        self.update_settings(frame.settings)

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        """Take new settings for the next run (LLM-20)."""

    @handles(LLMContextFrame, consume=True)
    async def on_context(self, frame: LLMContextFrame) -> None:
        run = _Run(self.ledger.open_reply())
        self.journal.record("bot.llm_started", {"reply": run.reply})
        await self.push_frame(LLMFullResponseStartFrame(run.reply))
        await self.start_processing_metrics()
        try:
            await self._read(frame.context, run)
            if run.finish != "cancelled" and self.ledger.is_alive(run.reply):
                await self._answer(frame.context, run)
        except Exception:
            run.finish = "failed"
            await self._apologise(run)
            raise
        finally:
            self._note_end(run)
            await self.stop_processing_metrics()
            await self.push_frame(LLMFullResponseEndFrame(run.reply))

    async def _read(self, context: LLMContext, run: _Run) -> None:
        await self.start_ttfb_metrics()
        try:
            async with aclosing(self.requested(context)) as events:  # type: ignore[type-var]
                limit = self._deadlines.first
                while True:
                    async with asyncio.timeout(limit):
                        event = await anext(events, None)
                    if event is None:
                        break
                    limit = self._deadlines.between
                    if not self.ledger.is_alive(run.reply):
                        # A stream that swallowed its cancellation goes on; what it brings is of a reply that was cut.
                        run.finish = "cancelled"
                        return
                    self.setup_data.progress()
                    await self._take(event, run)
            run.finish = run.finish if run.finish != "cancelled" else "stop"
        except TimeoutError as error:
            run.finish = "timeout"
            await self.emit("on_completion_timeout")
            await self.push_error(
                "LLM completion timeout", CompletionTimeout(str(error) or "The model did not answer.")
            )
        except EngineError as error:
            run.finish = "failed"
            if error.code == CompletionTimeout.code:
                await self.emit("on_completion_timeout")
            await self.push_error(error.message, error)

    async def _take(self, event: LLMEvent, run: _Run) -> None:
        if isinstance(event, TextDelta):
            if event.text:
                await self.stop_ttfb_metrics()
                run.text.append(event.text)
                await self.push_frame(LLMTextFrame(event.text, self._skip_tts))
        elif isinstance(event, ToolCallDelta):
            await self.stop_ttfb_metrics()
            known = run.calls.get(event.index, ToolCallDelta(event.index))
            run.calls[event.index] = ToolCallDelta(
                event.index, known.id or event.id, known.name or event.name, known.arguments + event.arguments
            )
        elif isinstance(event, Usage):
            run.usage = event.tokens
            self.model_name = event.model or self.model_name
            await self.start_llm_usage_metrics(event.tokens)
        elif isinstance(event, Finished):
            run.finish = event.reason

    async def _answer(self, context: LLMContext, run: _Run) -> None:
        calls = [call for delta in run.calls.values() if (call := self._call_of(delta, context)) is not None]
        if calls:
            await self.run_function_calls(calls)
        else:
            await self._apologise(run)

    async def _apologise(self, run: _Run) -> None:
        """Say something when the model said nothing, unless the caller has cut in meanwhile."""
        if self._apology and not "".join(run.text).strip() and self.ledger.is_alive(run.reply):
            await self.push_frame(LLMTextFrame(self._apology, self._skip_tts))

    def _call_of(self, delta: ToolCallDelta, context: LLMContext) -> FunctionCallFromLLM | None:
        arguments = arguments_of(delta.arguments)
        if not delta.name or arguments is None:
            self.journal.record(
                "error",
                {"code": "llm.bad_tool_call", "message": "The model asked for a tool in a way that cannot be read.",
                 "owner": "provider", "next_step": "Choose a model that is good at tools.", "fatal": False},
            )  # fmt: skip
            return None
        used = {known["id"] for message in context.messages for known in message.get("tool_calls") or ()}
        name = delta.id if delta.id and delta.id not in used else self.clock.new_id()
        return FunctionCallFromLLM(delta.name, name, arguments, context)

    def _note_end(self, run: _Run) -> None:
        usage = run.usage
        tokens = {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens} if usage else None
        self.journal.record(
            "bot.llm_stopped", {"reply": run.reply, "text": "".join(run.text), "finish": run.finish, "usage": tokens}
        )
