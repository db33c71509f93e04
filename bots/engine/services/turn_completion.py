"""Incomplete user turns: the model says by one mark whether the caller is done, and the bot waits if not (LLM-23).

The documents name the settings and do not explain them; this is their form here. When a reply to the caller is asked
for, the model is told to begin it with a mark: ``✓`` the caller is done, and the answer follows; ``○`` the caller will
go on in a moment; ``◐`` the caller needs time to think. After ``✓`` the answer is spoken without the mark. After the
others nothing is spoken: the bot listens on, and what the caller adds is answered together with what was said before.
If the caller stays silent for the time of the mark, the model is asked to go on by itself. A reply without any mark is
spoken as it is, so a model that forgets the rule never leaves the caller in silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from bots.engine.checks import given

from .llm_failures import CHECK

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext, Message

INSTRUCTIONS = (
    "You talk with a caller whose speech is cut into pieces at pauses. Begin every reply with exactly one mark. "
    "If the caller's last words are a complete thought that can be answered: ✓, a space, then your answer. "
    "If the caller was cut off in the middle of a sentence and will go on at once: only ○. "
    "If the caller asks for a moment or is still thinking: only ◐. When in doubt: ✓."
)
SHORT_PROMPT = "The caller stopped in the middle and has been silent since. Briefly help them to finish the sentence."
LONG_PROMPT = "The caller asked for time and has been silent since. Briefly ask whether they are still there."


class Mark(Enum):
    """What the first sign of a reply says about the caller's turn."""

    COMPLETE = "✓"
    SHORT = "○"
    LONG = "◐"


@dataclass(frozen=True, slots=True)
class UserTurnCompletionConfig:
    """How incomplete turns are told and waited for (LLM-23).

    ``incomplete_short_timeout`` and ``incomplete_long_timeout``: seconds of silence after ``○`` and ``◐`` until the
    model goes on with the prompt of that mark; above 0. ``instructions`` replaces what the model is told.
    """

    instructions: str = INSTRUCTIONS
    incomplete_short_timeout: float = 5.0
    incomplete_long_timeout: float = 10.0
    incomplete_short_prompt: str = SHORT_PROMPT
    incomplete_long_prompt: str = LONG_PROMPT

    def __post_init__(self) -> None:
        CHECK.seconds(**given(self, "incomplete_short_timeout", "incomplete_long_timeout"))
        CHECK.texts(**given(self, "instructions", "incomplete_short_prompt", "incomplete_long_prompt"))

    def wait_after(self, mark: Mark) -> tuple[float, str]:
        """Return the seconds to wait after a mark, and what to tell the model then."""
        if mark is Mark.LONG:
            return self.incomplete_long_timeout, self.incomplete_long_prompt
        return self.incomplete_short_timeout, self.incomplete_short_prompt

    def instructed(self, context: LLMContext) -> LLMContext:
        """Return the context with the rule in it, behind the messages it begins with; the original stays as it is."""
        messages = context.get_messages()
        place = next((i for i, message in enumerate(messages) if message.get("role") != "system"), len(messages))
        rule: Message = {"role": "developer", "content": self.instructions}
        return type(context)([*messages[:place], rule, *messages[place:]], context.tools, context.tool_choice)


def answers_the_caller(context: LLMContext) -> bool:
    """Whether the next reply is to something the caller has just said."""
    messages = context.messages
    return bool(messages) and messages[-1].get("role") == "user"


class MarkReader:
    """Takes the mark off a reply that comes in pieces."""

    def __init__(self) -> None:
        self.mark: Mark | None = None
        self._begun = False

    def read(self, text: str) -> str:
        """Return what of this piece is to be said."""
        if self.mark in (Mark.SHORT, Mark.LONG):
            return ""
        if self.mark is None:
            text = text.lstrip()
            if not text:
                return ""
            marks = {mark.value: mark for mark in Mark}
            self.mark = marks.get(text[0], Mark.COMPLETE)
            if text[0] in marks:
                text = text[1:]
            if self.mark is not Mark.COMPLETE:
                return ""
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text
