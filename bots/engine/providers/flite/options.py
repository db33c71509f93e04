"""What a bot's author may set for flite; the admin form is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FliteOptions:
    """Settings of flite, a synthesiser of English that some systems have installed."""

    voice: str = field(
        default="slt",
        metadata={"help": "slt is a woman, the others are men.", "choices": ("slt", "rms", "awb", "kal16")},
    )
    rate: int = field(default=165, metadata={"help": "Speed in words per minute.", "min": 80, "max": 450})
    sample_rate: int = field(
        default=24_000,
        metadata={
            "help": "Samples per second of the audio.",
            "choices": (8_000, 16_000, 22_050, 24_000, 44_100, 48_000),
        },
    )
