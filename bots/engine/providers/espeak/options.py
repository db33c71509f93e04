"""What a bot's author may set for eSpeak NG; the admin form is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class EspeakOptions:
    """Settings of the embedded synthesiser."""

    voice: str = field(
        default="en-us",
        metadata={"help": "A voice of the list, or a language; +f1 to +f5 and +m1 to +m8 vary it (en-us+f3)."},
    )
    rate: int = field(default=165, metadata={"help": "Speed in words per minute.", "min": 80, "max": 450})
    pitch: int = field(default=50, metadata={"help": "Height of the voice.", "min": 0, "max": 99})
    sample_rate: int = field(
        default=24_000,
        metadata={
            "help": "Samples per second of the audio.",
            "choices": (8_000, 16_000, 22_050, 24_000, 44_100, 48_000),
        },
    )
