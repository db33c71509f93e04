"""One run of a language model: its limits, and what it has brought so far (LLM-14, LLM-17, P8, P9)."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

from bots.engine.checks import given
from bots.engine.frames import FunctionCallFromLLM, LLMTokenUsage
from bots.engine.text.characters import whole_characters
from bots.engine.tools.plain_data import arguments_of

from .llm_events import Finished, ToolCallDelta
from .llm_failures import CHECK, ReplyTooLong

if TYPE_CHECKING:
    from bots.engine.clock import BaseClock
    from bots.engine.context.context import LLMContext

    from .turn_completion import MarkReader

UsageMode = Literal["final", "cumulative", "incremental", "absent"]
"""How a provider counts: once at the end, growing totals in each chunk, growing single figures, or not at all."""


def counted(before: LLMTokenUsage | None, now: LLMTokenUsage, mode: UsageMode) -> LLMTokenUsage:
    """Return the count after one more report: the newest, or of single figures that grow the largest of each."""
    if before is None or mode != "incremental":
        return now
    prompt = max(before.prompt_tokens, now.prompt_tokens)
    completion = max(before.completion_tokens, now.completion_tokens)
    return LLMTokenUsage(
        prompt,
        completion,
        prompt + completion,
        now.cache_read_input_tokens or before.cache_read_input_tokens,
        now.reasoning_tokens or before.reasoning_tokens,
        now.cache_creation_input_tokens or before.cache_creation_input_tokens,
    )


@dataclass(frozen=True, slots=True)
class LLMDeadlines:
    """Seconds until the first event of a reply, and between two events (reliability, section 3); both above 0."""

    first: float = 8.0
    between: float = 5.0

    def __post_init__(self) -> None:
        CHECK.above_zero(**given(self, "first", "between"))


@dataclass(frozen=True, slots=True)
class LLMLimits:
    """What one reply and one turn may cost before they are stopped (P8, P9); all above 0.

    ``reply_chars`` of text, ``reply_secs`` of one request, ``call_chars`` of arguments, ``calls`` in one reply, and
    ``tool_steps``: replies with tool calls in a row before the model must answer in words.
    """

    reply_chars: int = 8000
    reply_secs: float = 120.0
    call_chars: int = 100_000
    calls: int = 16
    tool_steps: int = 5

    def __post_init__(self) -> None:
        CHECK.above_zero(**given(self, *(item.name for item in fields(self))))


@dataclass(slots=True)
class LLMRun:
    """What one run has brought so far; ``finish`` is ``cancelled`` until something else is known."""

    reply: int
    limits: LLMLimits
    usage_mode: UsageMode = "final"
    marks: MarkReader | None = None
    text: list[str] = field(default_factory=list)
    chars: int = 0
    calls: dict[int, ToolCallDelta] = field(default_factory=dict)
    usage: LLMTokenUsage | None = None
    finish: str = "cancelled"
    finished: bool = False
    half: str = ""

    @property
    def said(self) -> str:
        """All text so far."""
        return "".join(self.text)

    def add_text(self, piece: str) -> str:
        """Note a piece of text and return what of it is said; raises ``llm.too_long`` when the model does not stop."""
        piece, self.half = whole_characters(self.half + piece)
        if self.marks is not None:
            piece = self.marks.read(piece)
        self.chars += len(piece)
        room = self.limits.reply_chars - self.chars
        if room < 0 and len(piece) > -room:
            piece = piece[:room]
        elif room < 0:
            raise ReplyTooLong("The model did not stop, so its answer was cut off.")
        if piece:
            self.text.append(piece)
        return piece

    def add_call(self, piece: ToolCallDelta) -> None:
        """Join a fragment to its call (LLM-17)."""
        known = self.calls.get(piece.index, ToolCallDelta(piece.index))
        joined = known.arguments + piece.arguments
        if len(joined) > self.limits.call_chars or len(self.calls) > self.limits.calls:
            raise ReplyTooLong("The model did not stop asking for tools.")
        self.calls[piece.index] = ToolCallDelta(piece.index, known.id or piece.id, known.name or piece.name, joined)

    def add_usage(self, tokens: LLMTokenUsage) -> None:
        """Keep the newest count; of single figures that grow, the largest of each (services 13.2)."""
        self.usage = counted(self.usage, tokens, self.usage_mode)

    def end(self, event: Finished) -> None:
        """Note why the model stopped."""
        self.finish, self.finished = event.reason, True

    def over(self) -> None:
        """Note that the stream ended by itself; without a reason it counts as a stop."""
        if self.finish == "cancelled":
            self.finish = "stop"

    @property
    def whole_calls(self) -> list[ToolCallDelta]:
        """The calls that are certainly complete: none of a reply that failed; without a reason those with arguments."""
        if self.broken and not self.finished:
            return []
        return [call for call in self.calls.values() if self.finished or call.arguments.strip()]

    @property
    def broken(self) -> bool:
        """Whether the reply ended in a failure of which was already told."""
        return self.finish in ("failed", "timeout", "too_long", "tool_loop")


def call_of(delta: ToolCallDelta, context: LLMContext, clock: BaseClock) -> FunctionCallFromLLM | None:
    """Return a call as the tools take it, its id unlike those of the context; None when it cannot be read (LLM-17)."""
    arguments = arguments_of(delta.arguments)
    if not delta.name or arguments is None:
        return None
    used = {known["id"] for message in context.messages for known in message.get("tool_calls") or ()}
    name = delta.id if delta.id and delta.id not in used else clock.new_id()
    return FunctionCallFromLLM(delta.name, name, arguments, context)


class ToolSteps:
    """Counts replies with tool calls since the caller spoke or the model answered in words (P9)."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._turn: tuple[int, object] = (0, "")
        self._steps = 0

    def begin(self, context: LLMContext) -> bool:
        """Note a new run; return whether tools may still be called in it."""
        messages = context.messages
        place = next((at for at in range(len(messages) - 1, -1, -1) if messages[at].get("role") == "user"), -1)
        last = messages[place].get("content") if place >= 0 else ""
        turn = (place, last if isinstance(last, str) else "")
        if turn != self._turn:
            self._turn, self._steps = turn, 0
        return self._steps < self._limit

    def end(self, called: bool) -> None:
        """Note whether the run called tools."""
        self._steps = self._steps + 1 if called else 0
