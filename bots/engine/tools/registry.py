"""Which function answers which name, and by which rules (FUNC-06, FUNC-07)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from bots.engine.checks import Checks, is_number
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import ToolError
from bots.engine.frames import FunctionCallResultProperties

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext
    from bots.engine.core.processor import FrameProcessor

DEFAULT_TIMEOUT_S = 8.0
SOFT_LIMIT_S = 1.0
MAX_TIMEOUT_S = 600.0
MAX_RESULT_BYTES = 32_768


class RegistrationInvalid(ToolError, ValueError):
    """A function was registered in a way that cannot work."""

    code = "tool.registration"
    next_step = "Mend the call of register_function that is named."


CHECK = Checks(RegistrationInvalid)


class Duplicates(Enum):
    """What becomes of a call that repeats one of the same turn, with the same arguments (lessons T3).

    ``allow`` runs it, ``join`` gives it the earlier one's result, ``reject`` answers with an error. Earlier ones that
    failed are no reason to refuse: the repetition runs, under the idempotency key of the first.
    """

    ALLOW = "allow"
    JOIN = "join"
    REJECT = "reject"


class ResultCallback(Protocol):
    """Gives a call's result back; only the first one counts."""

    async def __call__(self, result: Any, *, properties: FunctionCallResultProperties | None = None) -> None: ...


async def _unheard(note: str) -> None:
    """Nobody asked for progress."""


@dataclass(frozen=True, slots=True)
class FunctionCallParams:
    """What a handler gets (FUNC-08).

    ``idempotency_key`` is ``call:turn:tool:n``: the same for a repetition, so that whoever acts can act once.
    ``progress_callback`` writes a short note of how far the work is into the journal; it must hold nothing that
    people said.
    """

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    llm: FrameProcessor
    context: LLMContext
    result_callback: ResultCallback
    idempotency_key: str = ""
    progress_callback: Callable[[str], Awaitable[None]] = _unheard


FunctionHandler = Callable[[FunctionCallParams], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler and its rules; raises ``tool.registration``.

    ``timeout_s`` seconds until the call counts as failed (FUNC-17), up to 600. ``schema`` checks the arguments; without
    one the context's tool of that name does. ``filler`` is said once when a call takes longer than ``filler_after_s``
    seconds and the bot is silent (reliability, section 3). A result of more than ``max_result_bytes`` of JSON is an
    error. After ``max_calls`` runs in one call further ones are refused; 0: no limit (reliability S4). With ``confirm``
    a call runs only when the model asked for the same in an earlier turn, so that the caller could object.
    """

    handler: FunctionHandler
    cancel_on_interruption: bool = True
    timeout_s: float = DEFAULT_TIMEOUT_S
    schema: FunctionSchema | None = None
    duplicates: Duplicates = Duplicates.ALLOW
    filler: str = ""
    filler_after_s: float = SOFT_LIMIT_S
    max_result_bytes: int = MAX_RESULT_BYTES
    max_calls: int = 0
    confirm: bool = False

    def __post_init__(self) -> None:
        if not callable(self.handler):
            raise RegistrationInvalid("The handler of a function cannot be called.")
        if not is_number(self.timeout_s) or not 0 < self.timeout_s <= MAX_TIMEOUT_S:
            raise RegistrationInvalid(f"timeout_s must be above 0 and at most {MAX_TIMEOUT_S:g} seconds.")
        CHECK.seconds(filler_after_s=self.filler_after_s)
        CHECK.flags(cancel_on_interruption=self.cancel_on_interruption, confirm=self.confirm)
        CHECK.whole(0, max_calls=self.max_calls)
        CHECK.whole(1, max_result_bytes=self.max_result_bytes)


class FunctionRegistry:
    """Handlers by name; the name None answers every name that has no own handler."""

    def __init__(self) -> None:
        self._entries: dict[str | None, Registration] = {}

    def register(self, name: str | None, registration: Registration) -> None:
        """Register a handler; an earlier one of the same name is replaced."""
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise RegistrationInvalid("function_name must not be empty; None answers all names.")
        self._entries[name] = registration

    def unregister(self, name: str | None) -> None:
        """Forget a handler; an unknown name is no error."""
        self._entries.pop(name, None)

    def has(self, name: str) -> bool:
        """Whether a call of this name would be answered (FUNC-07)."""
        return name in self._entries or None in self._entries

    def find(self, name: str) -> Registration | None:
        """Return what answers this name."""
        return self._entries.get(name) or self._entries.get(None)
