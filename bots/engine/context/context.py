"""The conversation a model is shown (CTX-01, CTX-02)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any, Self, TypeAlias

from bots.engine.errors import SpecError

from .images import image_message
from .schemas import ToolsInput, ToolsSchema, tools_schema_of

Message: TypeAlias = dict[str, Any]
ToolChoice: TypeAlias = str | Mapping[str, Any]


class ContextMalformed(SpecError, ValueError):
    """Something given as messages or tool choice is none."""

    code = "context.malformed"
    next_step = "Give messages as a list of dicts with role and content."


def _sound(messages: Iterable[Message], name: str = "messages") -> list[Message]:
    if isinstance(messages, str | bytes | Mapping) or not isinstance(messages, Iterable):
        raise ContextMalformed(f"{name} must be a list of messages.")
    sound = list(messages)
    for message in sound:
        if not isinstance(message, dict) or not isinstance(message.get("role"), str):
            raise ContextMalformed(f"{name} holds something that is no message: a message is a dict with a role.")
    return sound


def _sound_choice(choice: ToolChoice | None) -> ToolChoice | None:
    if choice is None or isinstance(choice, Mapping) or choice in ("auto", "none", "required"):
        return choice
    raise ContextMalformed("tool_choice must be auto, none, required or a named function.")


class LLMContext:
    """Messages in OpenAI's format, tools and tool choice, shared by both aggregators of a call (CTX-01 to CTX-03).

    ``tools`` takes any form of FUNC-05 and is kept as a :class:`ToolsSchema` (or None). ``tool_choice`` is ``"auto"``,
    ``"none"``, ``"required"`` or a named function. Messages are the caller's dicts: what is added is not copied.
    Error: ``context.malformed``.
    """

    def __init__(
        self,
        messages: Iterable[Message] | None = None,
        tools: ToolsInput = None,
        tool_choice: ToolChoice | None = None,
    ) -> None:
        self._messages: list[Message] = _sound(messages) if messages is not None else []
        self._tools = tools_schema_of(tools)
        self._tool_choice = _sound_choice(tool_choice)

    @property
    def messages(self) -> list[Message]:
        """Return the live list."""
        return self._messages

    @property
    def tools(self) -> ToolsSchema | None:
        """Return the tools offered at the next inference."""
        return self._tools

    @property
    def tool_choice(self) -> ToolChoice | None:
        """Return how free the model is to call tools."""
        return self._tool_choice

    def get_messages(self) -> list[Message]:
        """Return the messages as a list of its own (the dicts are shared)."""
        return list(self._messages)

    def add_message(self, message: Message) -> None:
        """Append one message (CTX-07)."""
        self._messages += _sound([message], "message")

    def add_messages(self, messages: Iterable[Message]) -> None:
        """Append messages in order (CTX-07)."""
        self._messages += _sound(messages)

    def add_image_frame_message(
        self, *, format: str | None = None, size: tuple[int, int] | None = None, image: bytes, text: str | None = None
    ) -> None:
        """Append a user message that shows a picture, with ``text`` before it (LLM-22, LK-20).

        ``image`` is a file (PNG, JPEG, GIF, WebP) or raw pixels in ``format`` (RGB, RGBA, L, LA) of ``size`` (width,
        height). Error: ``context.image``.
        """
        self._messages.append(image_message(image, size=size, format=format, text=text))

    def set_messages(self, messages: Iterable[Message]) -> None:
        """Replace all messages (CTX-08); the list object stays the same."""
        self._messages[:] = _sound(messages)

    def set_tools(self, tools: ToolsInput) -> None:
        """Replace the tools; None takes them away."""
        self._tools = tools_schema_of(tools)

    def set_tool_choice(self, tool_choice: ToolChoice | None) -> None:
        """Replace the tool choice; None leaves it to the provider."""
        self._tool_choice = _sound_choice(tool_choice)

    def set_tool_result(self, tool_call_id: str, content: str) -> bool:
        """Put ``content`` as the result of a call: over an earlier one, or after the call (CTX-06).

        Returns False, and changes nothing, when no message holds that call.
        """
        for message in self._messages:
            if message.get("role") == "tool" and message.get("tool_call_id") == tool_call_id:
                message["content"] = content
                return True
        for index, message in enumerate(self._messages):
            if any(call.get("id") == tool_call_id for call in message.get("tool_calls") or ()):
                place = index + 1
                while place < len(self._messages) and self._messages[place].get("role") == "tool":
                    place += 1
                self._messages.insert(place, {"role": "tool", "tool_call_id": tool_call_id, "content": content})
                return True
        return False

    def snapshot(self) -> Self:
        """Return a deep copy that later changes do not reach."""
        twin = type(self)(copy.deepcopy(self._messages), None, copy.deepcopy(self._tool_choice))
        twin._tools = self._tools
        return twin

    __copy__ = snapshot
