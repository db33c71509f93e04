"""What a bot's author may set for OpenAI's audio services and servers like them (SPCH-16); made into a form."""

from __future__ import annotations

from dataclasses import dataclass, field

LOCAL = "Empty for OpenAI; else the address of a server that speaks its format, such as http://localhost:8000/v1."
KEY = "Name of the credential that holds the key; local servers need none."
VOICES = ("alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse")


@dataclass(frozen=True, slots=True)
class OpenAISTTSettings:
    """Settings of a transcription; an empty language is found out by the model."""

    model: str = field(
        default="gpt-4o-transcribe",
        metadata={"help": "gpt-4o-transcribe (most accurate), gpt-4o-mini-transcribe (cheaper) or whisper-1."},
    )
    base_url: str = field(default="", metadata={"help": LOCAL})
    credential: str = field(default="", metadata={"help": KEY})
    language: str = field(
        default="", metadata={"help": "What callers speak, such as en or de; empty: the bot's language."}
    )
    prompt: str = field(
        default="",
        metadata={"help": "Context and spellings that help the model; empty: the words of the bot's vocabulary."},
    )
    temperature: float | None = field(
        default=None, metadata={"help": "0 always hears the same in the same sound.", "min": 0.0, "max": 1.0}
    )


@dataclass(frozen=True, slots=True)
class OpenAITTSSettings:
    """Settings of a voice."""

    model: str = field(
        default="gpt-4o-mini-tts",
        metadata={"help": "gpt-4o-mini-tts (takes instructions), tts-1 or tts-1-hd."},
    )
    voice: str = field(default="alloy", metadata={"help": f"One of {', '.join(VOICES)}, or a newer one."})
    base_url: str = field(default="", metadata={"help": LOCAL})
    credential: str = field(default="", metadata={"help": KEY})
    instructions: str = field(
        default="", metadata={"help": "How to speak, such as “calm and friendly”; not for the tts-1 models."}
    )
    speed: float | None = field(
        default=None, metadata={"help": "1.0 is the voice's own speed.", "min": 0.25, "max": 4.0}
    )
