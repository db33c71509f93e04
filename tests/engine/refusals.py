"""The form that every refusal of bad input has, and the least that abstract classes need to be made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.errors import EngineError
from bots.engine.services.chat.functions import AIFunction
from bots.engine.services.stt import STTService
from bots.engine.services.tts import TTSService


class SomeVoice(TTSService):
    async def run_tts(self, text: str) -> Any:
        yield text


class SomeEars(STTService):
    pass


class SomeFunction(AIFunction):
    async def execute(self, ctx: Any) -> Any:
        return None


def refused(call: Callable[[], Any], name: str, value: Any = None) -> None:
    """The call is refused with a sentence that holds the name, in the form that all refusals have."""
    try:
        call()
    except EngineError as error:
        assert isinstance(error, ValueError), (type(error), value)
        assert name.casefold() in error.message.casefold(), error.message
        assert error.code != EngineError.code
        assert error.next_step
    else:
        pytest.fail(f"{name} was taken as {value!r}")
