"""A conversation with a bot as text, in virtual time: its model, flow and tools are real, ears and voice are not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from bots.engine.build import BuiltCall, CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.core.outcome import Outcome
from bots.engine.frames import UserTextFrame
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import BotSpec
from bots.engine.tools.registry import FunctionHandler

from .call import STARTED_AT
from .caller import CallerTransport
from .loop import run_virtual
from .tapes import TapeSTT, TapeTTS

QUIET_S = 1.5
LONGEST_REPLY_S = 120.0
LOOK_EVERY_S = 0.1

LineKind = Literal["caller", "bot", "node", "tool", "action", "model", "error", "end"]


@dataclass(frozen=True, slots=True)
class RehearsedLine:
    """One thing that happened; ``text`` is what was said, the name of a node, tool or model, or a code."""

    kind: LineKind
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A whole conversation in its order."""

    lines: tuple[RehearsedLine, ...]
    outcome: Outcome
    events: tuple[JournalEvent, ...]

    def of(self, kind: LineKind) -> list[str]:
        """Return the texts of one kind."""
        return [line.text for line in self.lines if line.kind == kind]


def rehearse(
    spec: BotSpec,
    typed: Sequence[str],
    *,
    tools: Mapping[str, FunctionHandler] | None = None,
    providers: Sequence[Provider] = PROVIDERS,
) -> Rehearsed:
    """Let a bot begin, type each line when the bot has finished speaking, and hang up at the end.

    ``tools`` answer for the kinds of the bot's tools. Nothing is recorded, no key is used and no time passes, so this
    is for models that answer without a network. Raises a ``SpecError`` subclass where the bot cannot run.
    """
    return run_virtual(_rehearsed(spec, typed, tools or {}, providers))


async def _rehearsed(
    spec: BotSpec, typed: Sequence[str], tools: Mapping[str, FunctionHandler], providers: Sequence[Provider]
) -> Rehearsed:
    sink, clock = MemorySink(), SystemClock(STARTED_AT, seed=1)
    transport = CallerTransport()
    setting = CallSetting(
        clock=clock, journal=Journal(clock, sink), shared=SharedResources(), tools=tools, providers=_silent(providers)
    )
    built = build_call(replace(spec, record=False), transport, setting)
    running = asyncio.create_task(built.task.run(), name="rehearsal")
    await asyncio.sleep(LOOK_EVERY_S)
    if not built.task.has_finished():
        await built.begin()
        await _until_silent(built, transport)
    for text in typed:
        if not built.task.has_finished():
            await transport.input().push_frame(UserTextFrame(text, audio_response=True))
            await _until_silent(built, transport)
    await built.task.cancel()
    outcome = await running
    events = tuple(event for line in sink.lines if (event := parse_line(line)) is not None)
    return Rehearsed(tuple(line for event in events if (line := _line_of(event)) is not None), outcome, events)


async def _until_silent(built: BuiltCall, transport: CallerTransport) -> None:
    """Wait until the bot has been silent for a while, or the call is over."""
    ear, clock = transport.output().ear, built.task.clock
    since = clock.now()
    while clock.now() < since + LONGEST_REPLY_S and not built.task.has_finished():
        await clock.sleep(LOOK_EVERY_S)
        if clock.now() >= max(since, ear.plays_until) + QUIET_S:
            return


def _silent(providers: Sequence[Provider]) -> tuple[Provider, ...]:
    """The same rows with a recogniser that hears nothing and a voice that only takes time."""

    def row(provider: Provider) -> Provider:
        if provider.kind == "stt":
            return replace(provider, make=lambda options, spec, shared, key: TapeSTT(), needs_key=lambda options: False)
        if provider.kind == "tts":
            return replace(provider, make=lambda options, spec, shared, key: TapeTTS(), needs_key=lambda options: False)
        return provider

    return tuple(row(provider) for provider in providers)


def _line_of(event: JournalEvent) -> RehearsedLine | None:
    data = event.data
    match event.kind:
        case "user.turn":
            return RehearsedLine("caller", str(data["text"]))
        case "bot.turn":
            return RehearsedLine("bot", str(data["text"]))
        case "flow.moved":
            return RehearsedLine("node", str(data["to"]))
        case "flow.action":
            return RehearsedLine("action", str(data["type"]))
        case "tool.finished" | "tool.failed":
            return RehearsedLine("tool", str(data["name"]), data)
        case "llm.switched":
            return RehearsedLine("model", str(data["to"]), data)
        case "error":
            return RehearsedLine("error", str(data["code"]), data)
        case "call.ended":
            return RehearsedLine("end", str(data["reason"]))
    return None
