"""The language model's processor: one run per context, text out as it comes, calls when it is done (LLM-01…21)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from bots.engine.context.context import LLMContext
from bots.engine.context.images import ImageUnusable, image_message
from bots.engine.core.processor import handles
from bots.engine.errors import EngineError
from bots.engine.frames import (
    LLMConfigureOutputFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesFrame,
    LLMTextFrame,
    LLMUpdateSettingsFrame,
    UserStartedSpeakingFrame,
    VisionImageRawFrame,
)

from .llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from .llm_failures import BadLLMSetting, CompletionTimeout, EmptyCompletion, ReplyTooLong, ToolLoop
from .llm_model import LanguageModel
from .llm_run import LLMDeadlines, LLMLimits, LLMRun, ToolSteps, call_of
from .turn_completion import Mark, MarkReader, UserTurnCompletionConfig, answers_the_caller

if TYPE_CHECKING:
    from .llm_settings import LLMSettings

__all__ = ["CompletionTimeout", "LLMDeadlines", "LLMLimits", "LLMService"]


class LLMService(LanguageModel):
    """Runs a model on every ``LLMContextFrame``; subclasses stream its events (LLM-01, LLM-18, LLM-19).

    ``run_in_parallel``: function calls of one reply side by side (FUNC-09). ``apology`` is said when the model fails or
    answers nothing at all, so the caller is never left in silence (lessons T13). ``limits`` stop a model that never
    stops (P8, P9). ``turn_completion``: let the model say whether the caller is done (LLM-23); None: every turn is
    answered. Events: ``on_completion_timeout(service)``, ``on_function_calls_started(service, calls)``.
    """

    waits = True

    def __init__(
        self,
        *,
        run_in_parallel: bool = True,
        deadlines: LLMDeadlines | None = None,
        limits: LLMLimits | None = None,
        apology: str = "",
        turn_completion: UserTurnCompletionConfig | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(run_in_parallel=run_in_parallel, name=name)
        self._deadlines = deadlines or LLMDeadlines()
        self._limits = limits or LLMLimits()
        self.apology = apology
        self._skip_tts = False
        self._steps = ToolSteps(self._limits.tool_steps)
        self._waiting: asyncio.TimerHandle | None = None
        self.turn_completion = turn_completion

    # -- frames -------------------------------------------------------------------------------------------------------

    @handles(LLMConfigureOutputFrame)
    async def on_configure_output(self, frame: LLMConfigureOutputFrame) -> None:
        self._skip_tts = frame.skip_tts

    @handles(LLMUpdateSettingsFrame, consume=True)
    async def on_settings(self, frame: LLMUpdateSettingsFrame) -> None:
        try:
            self.update_settings(frame.settings)
        except BadLLMSetting as error:
            await self.push_error(error.message, error)

    def update_settings(self, settings: Mapping[str, Any] | LLMSettings) -> None:
        """Take new settings for the next run (LLM-20); raises ``llm.setting``, and then changes nothing."""

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._stop_waiting()

    @handles(LLMMessagesFrame, consume=True)
    async def on_messages(self, frame: LLMMessagesFrame) -> None:
        """Run on messages where no aggregator took them (services 0.3)."""
        await self.on_context(LLMContextFrame(LLMContext(frame.messages)))

    @handles(VisionImageRawFrame, consume=True)
    async def on_picture(self, frame: VisionImageRawFrame) -> None:
        """Answer a question about a picture, outside the conversation (services 0.3, LK-20)."""
        try:
            message = image_message(frame.image, size=frame.size, format=frame.format, text=frame.text)
        except ImageUnusable as error:
            await self.push_error(error.message, error)
            return
        await self.on_context(LLMContextFrame(LLMContext([message])))

    @handles(LLMContextFrame, consume=True)
    async def on_context(self, frame: LLMContextFrame) -> None:
        self._stop_waiting()
        run = LLMRun(self.ledger.open_reply(), self._limits, self.usage_mode)
        self.journal.record("bot.llm_started", {"reply": run.reply})
        await self.push_frame(LLMFullResponseStartFrame(run.reply))
        await self.start_processing_metrics()
        try:
            may_call = self._steps.begin(frame.context)
            await self._read(self._asked(frame.context, run, may_call), run)
            if run.finish != "cancelled" and self.ledger.is_alive(run.reply):
                await self._answer(frame.context, run, may_call)
        except Exception:
            run.finish = "failed"
            await self._apologise(run)
            raise
        finally:
            self._note_end(run)
            await self.stop_request_metrics(run.usage)
            await self.push_frame(LLMFullResponseEndFrame(run.reply))

    def _asked(self, context: LLMContext, run: LLMRun, may_call: bool) -> LLMContext:
        """Return the context as the model is shown it."""
        if self.turn_completion is not None and answers_the_caller(context):
            run.marks = MarkReader()
            context = self.turn_completion.instructed(context)
        if not may_call and context.tools is not None:
            context = LLMContext(context.get_messages(), context.tools, "none")
        return context

    async def _read(self, context: LLMContext, run: LLMRun) -> None:
        await self.start_ttfb_metrics()
        try:
            async with asyncio.timeout(self._limits.reply_secs):
                await self._follow(context, run)
        except TimeoutError:
            await self._late(run, CompletionTimeout("The model did not answer in time."))
        except CompletionTimeout as error:
            await self._late(run, error)
        except EngineError as error:
            run.finish = "failed" if not isinstance(error, ReplyTooLong) else "too_long"
            await self.push_error(error.message, error)

    async def _late(self, run: LLMRun, error: CompletionTimeout) -> None:
        run.finish = "timeout"
        await self.emit("on_completion_timeout")
        await self.push_error("LLM completion timeout", error)

    async def _follow(self, context: LLMContext, run: LLMRun) -> None:
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
        run.over()

    async def _take(self, event: LLMEvent, run: LLMRun) -> None:
        """Take one event; the first piece of text or of a call ends the wait for the first token (LLM-03)."""
        if isinstance(event, TextDelta):
            if event.text:
                self.first_byte()
                await self.push_llm_text(run.add_text(event.text))
                await self.stop_ttfb_metrics()
        elif isinstance(event, ToolCallDelta):
            await self.stop_ttfb_metrics()
            run.add_call(event)
        elif isinstance(event, Usage):
            run.add_usage(event.tokens)
            if event.model:
                self.set_full_model_name(event.model)
        elif isinstance(event, Finished):
            run.end(event)

    async def push_llm_text(self, text: str) -> None:
        """Push one piece of a reply; grouping into sentences is the consumer's job (LLM-04)."""
        if text:
            await self.push_frame(LLMTextFrame(text, self._skip_tts))

    # -- what follows -------------------------------------------------------------------------------------------------

    async def _answer(self, context: LLMContext, run: LLMRun, may_call: bool) -> None:
        if run.marks is not None and run.marks.mark in (Mark.SHORT, Mark.LONG):
            run.finish = "incomplete_turn"
            self._wait_for_more(context, run.marks.mark)
            return
        deltas = run.whole_calls
        calls = [call for delta in deltas if (call := call_of(delta, context, self.clock)) is not None]
        if len(calls) < len(deltas):
            self.journal.record(
                "error",
                {"code": "llm.bad_tool_call", "message": "The model asked for a tool in a way that cannot be read.",
                 "owner": "provider", "next_step": "Choose a model that is good at tools.", "fatal": False},
            )  # fmt: skip
        if calls and not may_call:
            run.finish = "tool_loop"
            error = ToolLoop("The model went on asking for tools instead of answering.")
            await self.push_error(error.message, error)
            calls = []
        self._steps.end(bool(calls))
        if calls:
            await self.run_function_calls(calls)
        else:
            await self._apologise(run)

    async def _apologise(self, run: LLMRun) -> None:
        """Say something when the model said nothing, unless the caller has cut in meanwhile."""
        if not self.apology or run.said.strip() or not self.ledger.is_alive(run.reply):
            return
        if not run.broken and not run.calls:
            run.finish = "empty"
            error = EmptyCompletion("The model answered with nothing.")
            await self.push_error(error.message, error)
        await self.push_llm_text(self.apology)

    def _wait_for_more(self, context: LLMContext, mark: Mark) -> None:
        """Listen on; when the caller stays silent, let the model go on by itself (LLM-23)."""
        if (rule := self.turn_completion) is None:
            return
        seconds, prompt = rule.wait_after(mark)

        def go_on() -> None:
            self._waiting = None
            context.add_message({"role": "developer", "content": prompt})
            self.create_task(self.queue_frame(LLMContextFrame(context)), f"{self.name} goes on")

        self._waiting = self.clock.call_later(seconds, go_on)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def cleanup(self) -> None:
        self._stop_waiting()
        await super().cleanup()

    def _note_end(self, run: LLMRun) -> None:
        usage = run.usage
        tokens = {"prompt": usage.prompt_tokens, "completion": usage.completion_tokens} if usage else None
        self.journal.record(
            "bot.llm_stopped", {"reply": run.reply, "text": run.said, "finish": run.finish, "usage": tokens}
        )
