"""What a bot's author may set for PocketSphinx; the admin form is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class PocketSphinxOptions:
    """Settings of the embedded recogniser."""

    band: str = field(
        default="wide",
        metadata={
            "help": "What the audio sounds like at the start of a call: wide band (browser) or telephone.",
            "choices": ("wide", "telephone"),
        },
    )
    partials: bool = field(
        default=True,
        metadata={"help": "Show words while they are being spoken. They change often: for display only."},
    )
    vocabulary_margin: float = field(
        default=0.13,
        metadata={
            "help": "How much better, per second of speech, the bot's own vocabulary must fit than open English to be "
            "taken. Lower trusts the vocabulary more.",
            "min": 0.0,
            "max": 1.0,
        },
    )
    max_utterance_s: float = field(
        default=60.0,
        metadata={
            "help": "Speech without a pause is cut into pieces of this many seconds; the text is joined again.",
            "min": 5.0,
            "max": 300.0,
        },
    )
    final_deadline_s: float = field(
        default=5.0,
        metadata={"help": "How long to wait for the final text after the end of speech.", "min": 0.5, "max": 30.0},
    )
