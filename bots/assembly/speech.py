"""What is wrong with the settings of how a bot's text is spoken."""

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.providers.openai.speech_options import OpenAITTSSettings
from bots.engine.providers.openai.stt import vendor_language
from bots.engine.text.aggregation import TextAggregationMode

MODES = tuple(mode.value for mode in TextAggregationMode)
MOST_VOICES = 32
LONGEST_LINE = 200


def speech_problems(speech: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Path and message of every setting that cannot work."""
    if speech.get("aggregation", MODES[0]) not in MODES:
        yield "speech.aggregation", f"must be one of {', '.join(MODES)}."
    voices = speech.get("voices") or {}
    if not isinstance(voices, Mapping) or not all(isinstance(voice, str) and voice for voice in voices.values()):
        yield "speech.voices", "must map names to voices of the provider."
    elif len(voices) > MOST_VOICES:
        yield "speech.voices", f"has more than {MOST_VOICES} entries."
    elif any("<" in name or not name.strip() for name in voices):
        yield "speech.voices", "must have names without <, none of them empty."
    line = speech.get("lost_voice", "")
    if not isinstance(line, str):
        yield "speech.lost_voice", "must be text."
    elif len(line) > LONGEST_LINE:
        yield "speech.lost_voice", f"is longer than {LONGEST_LINE} characters."


def speech_warnings(draft: Mapping[str, Any]) -> Iterator[str]:
    """What a bot's ears and voice will silently not do."""
    stt, tts = (draft.get(role) or {} for role in ("stt", "tts"))
    settings = stt.get("settings") or {}
    if stt.get("provider") == "openai":
        language = settings.get("language") or draft.get("language") or ""
        if vendor_language(str(language)) is None:
            yield f"The recogniser does not know the language {language}; it will find out what is spoken by itself."
    settings = tts.get("settings") or {}
    if tts.get("provider") == "openai" and settings.get("instructions"):
        model = settings.get("model") or OpenAITTSSettings().model
        if str(model).startswith("tts-1"):
            yield f"The voice model {model} takes no instructions; they will not be sent."
