"""Lets a caller wait, with music, on any transport: nothing is asked of a carrier (issue part 5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from bots.engine.audio.hold_music import hold_music
from bots.engine.frames import OutputAudioRawFrame
from bots.engine.spec import ToolSpec

from .call_control import HEARD_WITHIN_S, until_heard
from .environment import ToolEnvironment
from .registry import FunctionCallParams, FunctionHandler

RATE = 16_000
PIECE_S = 1.0


@dataclass(frozen=True, slots=True)
class HoldSettings:
    """How long callers wait, and what they hear."""

    seconds: int = field(
        default=5, metadata={"min": 1, "max": 300, "help": "How long the caller waits, unless they speak."}
    )
    sound: str = field(
        default="music", metadata={"choices": ("music", "silence"), "help": "What the caller hears meanwhile."}
    )


def time_of_hold(settings: HoldSettings) -> float:
    """Return the seconds that the tool may take: until all is heard, the waiting, and a little."""
    return HEARD_WITHIN_S + settings.seconds + 1.0


def hold(spec: ToolSpec, settings: HoldSettings, environment: ToolEnvironment) -> FunctionHandler:
    """Make the handler; a caller who speaks ends music and waiting."""

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
