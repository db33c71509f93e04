"""Lets a caller wait, with music, on any transport: nothing is asked of a carrier (issue part 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bots.engine.audio.hold_music import hold_music
from bots.engine.frames import OutputAudioRawFrame
from bots.engine.spec import ToolSpec

from .call_control import until_heard
from .environment import Finding, ToolEnvironment
from .registry import FunctionCallParams, FunctionHandler

RATE = 16_000
PIECE_S = 1.0


@dataclass(frozen=True, slots=True)
class HoldSettings:
    """How long callers wait, and what they hear."""

    seconds: int = field(
        default=5, metadata={"min": 1, "max": 300, "help": "How long the caller waits; less than the time limit above."}
    )
    sound: str = field(
        default="music", metadata={"choices": ("music", "silence"), "help": "What the caller hears meanwhile."}
    )


def problems_with_hold(spec: ToolSpec, settings: HoldSettings) -> Iterator[Finding]:
    """Find a tool that would be cut by its own time limit."""
    if settings.seconds >= spec.timeout_s:
        yield "seconds", f"must be less than the tool's time limit, which is {spec.timeout_s:g} s."


def hold(spec: ToolSpec, settings: HoldSettings, environment: ToolEnvironment) -> FunctionHandler:
    """Make the handler; a caller who speaks cuts the music and, unless the tool may not be cut, the waiting."""

    async def wait(params: FunctionCallParams) -> None:
        await until_heard(params)
        clock = params.llm.clock
        music = hold_music(RATE) if settings.sound == "music" else b""
        size, begun = round(RATE * PIECE_S) * 2, clock.now()
        params.llm.journal.record("call.held", {"seconds": settings.seconds})
        for second in range(settings.seconds):
            if music:
                start = second * size % len(music)
                await params.llm.push_frame(OutputAudioRawFrame(music[start : start + size], RATE))
            await clock.sleep(max(0.0, begun + (second + 1) * PIECE_S - clock.now()))
        await params.result_callback({"waited_s": settings.seconds})

    return wait
