"""What a model is shown of a long conversation: as much as fits, and a summary of the rest (CTX-15, CTX-16)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from bots.engine.context.budget import LEAST_TOKENS, PINNED, context_tokens, message_tokens, tools_tokens, trimmed
from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError

if TYPE_CHECKING:
    from bots.engine.context.context import Message

SUMMARY_TOKENS = 200
SUMMARY_LIMIT_S = 20.0
SUMMARISE_AT, SUMMARISE_TO = 0.8, 0.5
"""At this share of the budget the oldest part is summarised, so much that this share is left."""
SUMMARY_ORDER = (
    "Summarise the beginning of this conversation for the assistant who goes on with it. Keep names, numbers, dates, "
    "decisions, what was promised and what is still open. At most 120 words, no greeting, no comment."
)
SUMMARY_PREFIX = "What was said before, in short: "

Ask = Callable[[LLMContext, int, str], Awaitable[str | None]]


class ContextWindow:
    """Cuts the view, never the context: the conversation, its transcript and its tools stay whole.

    ``limit`` in estimated tokens, 0 for none. With ``ask`` the part that will not fit soon is summarised beside the
    conversation, so no caller waits for it; until the summary is there, and when it fails, the oldest turns are left
    out. ``note(what, data)`` journals.
    """

    def __init__(
        self,
        limit: int,
        *,
        note: Callable[[str, dict[str, Any]], None],
        spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]],
        ask: Ask | None = None,
    ) -> None:
        self._limit, self._note, self._spawn, self._ask = limit, note, spawn, ask
        self._summary = ""
        self._covered: list[Message] = []
        self._working = False

    def view(self, context: LLMContext) -> LLMContext:
        """Return the context itself while it fits, else a shorter one with the same tools."""
        if not self._limit:
            return context
        whole, tools = context_tokens(context), tools_tokens(context.tools)
        messages = self._with_summary(context)
        self._prepare(messages, tools)
        if whole <= self._limit:
            return context
        cut = trimmed(messages, max(LEAST_TOKENS, self._limit - tools))
        self._note(
            "context_trimmed",
            {"tokens": whole, "shown": sum(map(message_tokens, cut.kept)) + tools, "left_out": len(cut.dropped),
             "summarised": len(self._covered)},
        )  # fmt: skip
        return type(context)(cut.kept, context.tools, context.tool_choice)

    # -- the summary --------------------------------------------------------------------------------------------------

    def _applies(self, context: LLMContext) -> bool:
        """Whether the summary is of messages that still stand in this conversation."""
        known = {id(message) for message in context.messages}
        return bool(self._covered) and all(id(message) in known for message in self._covered)

    def _with_summary(self, context: LLMContext) -> list[Message]:
        if not self._applies(context):
            self._summary, self._covered = "", []
            return context.get_messages()
        covered = {id(message) for message in self._covered}
        left = [message for message in context.messages if id(message) not in covered]
        place = next((i for i, message in enumerate(left) if message.get("role") not in PINNED), len(left))
        return [*left[:place], {"role": "developer", "content": SUMMARY_PREFIX + self._summary}, *left[place:]]

    def _prepare(self, messages: list[Message], tools: int) -> None:
        """Begin a summary when the view is nearly full, one at a time."""
        if (
            self._ask is None
            or self._working
            or sum(map(message_tokens, messages)) + tools < SUMMARISE_AT * self._limit
        ):
            return
        old = trimmed(messages, max(LEAST_TOKENS, int(SUMMARISE_TO * self._limit) - tools)).dropped
        if old:
            self._working = True
            self._spawn(self._summarise(self._ask, old), "context summary")

    async def _summarise(self, ask: Ask, old: list[Message]) -> None:
        # Tool calls without their tools confuse some providers: they are told as what was said.
        told = "\n".join(line for message in old if (line := _line_of(message)))
        before = f"{SUMMARY_PREFIX}{self._summary}\n" if self._summary else ""
        request = LLMContext([{"role": "user", "content": before + told}])
        code = "llm.empty"
        try:
            async with asyncio.timeout(SUMMARY_LIMIT_S):
                summary = (await ask(request, SUMMARY_TOKENS, SUMMARY_ORDER) or "").strip()
            if summary:
                self._summary, self._covered, code = summary, [*self._covered, *old], ""
        except TimeoutError:
            code = "llm.timeout"
        except EngineError as error:
            code = error.code
        finally:
            self._working = False
        self._note("context_summarised", {"messages": len(old), "code": code or None})


def _line_of(message: Message) -> str:
    """Return a message as a line of a script."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"text": content}]
    text = " ".join(part["text"] for part in parts if isinstance(part, dict) and isinstance(part.get("text"), str))
    calls = ", ".join(str(call.get("function", {}).get("name")) for call in message.get("tool_calls") or ())
    said = " ".join(part for part in (text, f"(uses {calls})" if calls else "") if part)
    return f"{message.get('role')}: {said}" if said else ""
