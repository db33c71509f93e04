"""The bot's side of the context: only what was heard becomes a message (CTX-05, CTX-06, lessons T1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bots.engine.core.journal import rounded
from bots.engine.core.ledger import Segment
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from .latency import LatencyObserver
from .params import LLMAssistantAggregatorParams, TurnNumbers

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
OWED_SECS = 1.0
"""How long an owed reply waits for the caller's own turn to bring one."""


class LLMAssistantAggregator(FrameProcessor):
    """Stands behind the output: what arrives here was played. Reads each reply's words from the ledger.

    Function calls and their results go into the context as they happen; when the last one of a batch is in, the context
    is pushed upstream and the model goes on (FUNC-13). Event: ``on_assistant_turn(text, interrupted)``.
    """

    def __init__(
        self,
        context: LLMContext,
        *,
        params: LLMAssistantAggregatorParams | None = None,
        numbers: TurnNumbers | None = None,
        latency: LatencyObserver | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.context = context
        self._params = params or LLMAssistantAggregatorParams()
        self._numbers = numbers or TurnNumbers()
        self._latency = latency
        self._pending: set[str] = set()
        self._run_after = self._owed = self._caller_speaks = False
        self.takes_over: Callable[[], bool] | None = None
        """Asked once no call is open any more; True: whoever is asked brings the next reply itself (FLOW-18)."""

    # -- what was said ------------------------------------------------------------------------------------------------

    @handles(TTSTextFrame, LLMTextFrame, direction=DOWN, consume=True)
    async def on_word(self, frame: TTSTextFrame) -> None:
        """A word ends here: the ledger has it already."""

    @handles(LLMFullResponseEndFrame, direction=DOWN)
    async def on_reply_end(self, frame: LLMFullResponseEndFrame) -> None:
        if frame.reply is not None:
            await self._account_for(frame.reply)

    @handles(TTSStoppedFrame, direction=DOWN)
    async def on_segment_end(self, frame: TTSStoppedFrame) -> None:
        segment = self.ledger.segment(frame.segment) if frame.segment is not None else None
        reply = self.ledger.reply(segment.reply) if segment is not None else None
        if reply is not None and reply.insert and all(part.complete for part in self.ledger.segments_of(reply.id)):
            await self._account_for(reply.id)

    @handles(InterruptionFrame, direction=DOWN)
    async def on_interruption_frame(self, frame: InterruptionFrame) -> None:
        self._run_after = False
        await self._account_for_all()

    async def cleanup(self) -> None:
        self.ledger.cut()
        await self._account_for_all()

    async def _account_for_all(self) -> None:
        for reply in self.ledger.open_replies:
            if reply.cut:
                await self._account_for(reply.id)

    async def _account_for(self, number: int) -> None:
        reply, segments = self.ledger.reply(number), self.ledger.segments_of(number)
        self.ledger.forget(number)
        if reply is None or not segments:
            return
        text = " ".join(said for segment in segments if (said := segment.heard_text))
        interrupted = any(segment.cut for segment in segments) and any(segment.unheard_text for segment in segments)
        self.journal.record("bot.turn", self._account(number, segments, text, interrupted))
        if text and reply.to_context:
            self.context.add_message({"role": "assistant", "content": text})
        if interrupted and self._params.note_interruptions:
            self.context.add_message({"role": "developer", "content": "The caller interrupted the last message."})
        await self.emit("on_assistant_turn", text, interrupted)

    def _account(self, reply: int, segments: list[Segment], text: str, interrupted: bool) -> dict[str, Any]:
        words = [
            {"text": word.text, "at": rounded(word.at), "end": rounded(word.end), "heard": word.heard,
             "estimated": word.estimated}
            for segment in segments if segment.spoken for word in segment.words
        ]  # fmt: skip
        times = [word["at"] for word in words if word["at"] is not None]
        ends = [word["end"] for word in words if word["end"] is not None]
        now = rounded(self.clock.now())
        latency = self._latency.take(reply) if self._latency is not None and times else None
        return {
            "turn": self._numbers.next(),
            "reply": reply,
            "text": text,
            "planned": " ".join(segment.text for segment in segments),
            "at": times[0] if times else now,
            "end": ends[-1] if ends else now,
            "interrupted": interrupted,
            "spoken": all(segment.spoken for segment in segments),
            "words": words,
            "latency_ms": round(latency.total_ms, 1) if latency and latency.answers else None,
            "latency": latency.as_data() if latency else None,
        }

    # -- function calls -----------------------------------------------------------------------------------------------

    @handles(FunctionCallsStartedFrame, direction=DOWN)
    async def on_calls(self, frame: FunctionCallsStartedFrame) -> None:
        calls = [
            {"id": call.tool_call_id, "type": "function",
             "function": {"name": call.function_name, "arguments": json.dumps(dict(call.arguments))}}
            for call in frame.function_calls
        ]  # fmt: skip
        self._pending |= {call.tool_call_id for call in frame.function_calls}
        self.context.add_message({"role": "assistant", "content": None, "tool_calls": calls})

    @handles(FunctionCallResultFrame, direction=DOWN)
    async def on_result(self, frame: FunctionCallResultFrame) -> None:
        self._pending.discard(frame.tool_call_id)
        content = frame.result if isinstance(frame.result, str) else json.dumps(frame.result, ensure_ascii=False)
        self._add_result(frame.tool_call_id, content)
        properties = frame.properties
        self._run_after = self._run_after or frame.run_llm is None
        try:
            if properties is not None and properties.on_context_updated is not None:
                await properties.on_context_updated()
        finally:
            if self._taken_over():
                self._run_after = False
            elif frame.run_llm or (self._run_after and not self._pending):
                self._run_after = False
                await self._go_on()

    def _taken_over(self) -> bool:
        return not self._pending and self.takes_over is not None and self.takes_over()

    def owe_reply(self) -> bool:
        """Whether the caller speaks now; if so, a reply is owed after that turn, unless the turn itself brings one."""
        self._owed = self._owed or self._caller_speaks
        return self._caller_speaks

    async def _go_on(self) -> None:
        """Run the model on the new context; while the caller speaks, that waits for the end of the caller's turn."""
        self._owed = self._caller_speaks
        if not self._owed:
            await self.push_frame(LLMContextFrame(self.context), UP)

    @handles(UserStartedSpeakingFrame, direction=DOWN)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._caller_speaks = True

    @handles(UserStoppedSpeakingFrame, direction=DOWN)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        self._caller_speaks = False
        if self._owed:
            self.create_task(self._pay(), f"{self.name} owed reply")

    async def _pay(self) -> None:
        """Give the reply that is owed, unless the caller's own turn brings one first."""
        await self.clock.sleep(OWED_SECS)
        if self._owed and not self._caller_speaks:
            await self._go_on()

    @handles(LLMFullResponseStartFrame, direction=DOWN)
    async def on_reply_start(self, frame: LLMFullResponseStartFrame) -> None:
        self._owed = False

    @handles(FunctionCallCancelFrame, direction=DOWN)
    async def on_cancel(self, frame: FunctionCallCancelFrame) -> None:
        if frame.tool_call_id in self._pending:
            self._pending.discard(frame.tool_call_id)
            self._add_result(frame.tool_call_id, json.dumps({"cancelled": True}))
            self._taken_over()

    def _add_result(self, tool_call_id: str, content: str) -> None:
        self.context.set_tool_result(tool_call_id, content)
