"""The parts of a reply's waiting time: what they are called, whose they are, which setting moves them (lessons T5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

WaitOwner = Literal["setting", "provider", "network", "engine"]
"""Whose a part is: a setting of the bot, a provider, the way from the caller's device, or this program."""


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of waiting: its owner, the place in the bot's draft of the setting that moves it, and its words."""

    owner: WaitOwner
    setting: str
    words: str


PARTS: dict[str, Part] = {
    "end_of_turn": Part("setting", "vad.stop_secs", "went into making sure the caller had finished"),
    "arrival": Part("network", "", "were lost on the way from the caller's microphone"),
    "stt": Part("provider", "stt.provider", "went into the final transcription"),
    "turn": Part("setting", "turn_end.analyzer", "went into deciding that the turn was over"),
    "engine": Part("engine", "", "were lost inside this server"),
    "llm": Part("provider", "llm.provider", "was waiting for the model's first words"),
    "tools": Part("setting", "tools", "was waiting for tools"),
    "sentence": Part("setting", "speech.aggregation", "was waiting for the model to finish its first sentence"),
    "tts": Part("provider", "tts.provider", "went into the first sound of the voice"),
    "transport": Part("engine", "", "went into sending the first sound"),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of the wait, from ``at`` to ``end`` (media seconds)."""

    name: str
    at: float
    end: float

    @property
    def ms(self) -> float:
        """How long it was, in milliseconds."""
        return (self.end - self.at) * 1000


@dataclass(slots=True)
class WaitingTime:
    """A reply's wait as it passes: at every mark one part ends and the next begins, so nothing is left between."""

    begun: float
    marks: list[tuple[str, float]] = field(default_factory=list)

    @property
    def part(self) -> str:
        """The part that passes now."""
        return self.marks[-1][0] if self.marks else ""

    def mark(self, name: str, at: float) -> None:
        """From ``at`` on it is part ``name``; never before the part that passes began."""
        if name != self.part:
            self.marks.append((name, max(at, self.marks[-1][1] if self.marks else self.begun)))

    def rename(self, name: str) -> None:
        """The part that passes turns out to be another."""
        self.marks[-1] = (name, self.marks[-1][1])

    def segments(
        self, heard_at: float, stalls: Iterable[tuple[float, float]] = (), slack: float = 0.0
    ) -> list[Segment]:
        """Return the parts up to the first sound, one after the other without a gap.

        ``stalls`` are times in which the event loop stood still. What ended at most ``slack`` seconds after one was
        held up by it: that last stretch is the engine's.
        """
        stalled = list(stalls)
        found: list[Segment] = []
        ends = [at for _, at in self.marks[1:]] + [heard_at]
        for (name, begun), over in zip(self.marks, ends, strict=True):
            at, end = min(begun, heard_at), min(over, heard_at)
            held = [began for began, going in stalled if began < end and end - going < slack]
            middle = min(end, max(at, min(held))) if held else end
            for kind, start, stop in ((name, at, middle), ("engine", middle, end)):
                if stop - start > 1e-9:
                    if found and found[-1].name == kind:
                        found[-1] = Segment(kind, found[-1].at, stop)
                    else:
                        found.append(Segment(kind, start, stop))
        return found
