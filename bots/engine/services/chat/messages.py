"""What goes into a chat and what comes out of it (LK-02, LK-03)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bots.engine.context.context import LLMContext, Message
from bots.engine.errors import SpecError

if TYPE_CHECKING:
    from .functions import ChatFunction

ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})


class ChatMalformed(SpecError, ValueError):
    """A message or a function of a chat is none."""

    code = "chat.malformed"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message (LK-03); ``content`` is text or the common format's parts, ``extra`` its further fields.

    Error: ``chat.malformed``.
    """

    role: str
    content: str | list[dict[str, Any]] | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.role, str) or self.role not in ROLES:
            raise ChatMalformed(f"role must be one of {', '.join(sorted(ROLES))}.")

    def as_message(self) -> Message:
        """Return the message in the common format (CTX-02)."""
        return {"role": self.role, "content": self.content, **self.extra}


@dataclass(slots=True)
class ChatContext:
    """A conversation and the functions that may be called in it (LK-03)."""

    messages: list[ChatMessage] = field(default_factory=list)
    functions: list[ChatFunction] = field(default_factory=list)

    def append(self, text: str, role: str = "user") -> ChatMessage:
        """Add a message and return it."""
        message = ChatMessage(role, text)
        self.messages.append(message)
        return message

    def as_llm_context(self, functions: Sequence[ChatFunction] = (), tool_choice: str | None = None) -> LLMContext:
        """Return the context as the services take it; ``functions`` come after the chat's own, of equal names the
        later counts."""
        from .functions import schemas_of

        schemas = schemas_of([*self.functions, *functions])
        return LLMContext([message.as_message() for message in self.messages], schemas or None, tool_choice)

    @classmethod
    def from_messages(cls, messages: Iterable[Message]) -> ChatContext:
        """Make a chat of messages in the common format."""
        return cls(
            [
                ChatMessage(
                    str(message.get("role")),
                    message.get("content"),
                    {key: value for key, value in message.items() if key not in ("role", "content")},
                )
                for message in messages
            ]
        )


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A piece of a call: ``arguments`` is a piece of JSON text, ``index`` tells calls of one reply apart (LK-01)."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ChatChunk:
    """A piece of a reply: text, or a piece of a call (LK-01)."""

    text: str = ""
    function_call: FunctionCall | None = None


@dataclass(frozen=True, slots=True)
class RealtimeChunk:
    """A piece of a realtime reply; the last one is final (LK-02)."""

    text: str
    is_final: bool
