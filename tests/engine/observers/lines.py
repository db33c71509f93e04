"""Calls that are watched, and the lines the log observers write about them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from bots.engine.core.observer import BaseObserver
from bots.engine.core.params import PipelineParams
from bots.engine.observers.channel import close_channel, open_channel
from bots.engine.testing.call import LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply


class Kept(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def kept_lines() -> Iterator[list[str]]:
    """Open the channel for a while."""
    kept = Kept()
    open_channel(kept)
    try:
        yield kept.lines
    finally:
        close_channel(kept)


async def look_up(params: object) -> None:
    await params.result_callback({"price": 7})  # type: ignore[attr-defined]


def watched(*observers: BaseObserver) -> ScriptedCall:
    """A call with a tool, watched by ``observers``."""
    return ScriptedCall(
        replies=[TapeReply(calls=[TapeCall("look_up", {"what": "tea"}, id="t1")]), "It is seven."],
        tools={"look_up": look_up},
        params=PipelineParams(audio_out_sample_rate=16000, observers=observers),
    )


async def one_question(call: LiveCall) -> None:
    """Ask for a price and hear the answer."""
    await call.say("what is tea")
    await call.bot_silent()
