"""The shape of a bot's draft: one JSON object that becomes an immutable version on publishing."""

from typing import Any

Draft = dict[str, Any]


def default_draft() -> Draft:
    """A draft that already talks with the embedded services: no key and no network."""
    return {
        "persona": "You are a friendly voice assistant. Answer in one or two short sentences.",
        "greeting": "Hello! How can I help you?",
        "language": "en",
        "stt": {"provider": "pocketsphinx", "settings": {}},
        "llm": {"provider": "scripted", "settings": {}},
        "tts": {"provider": "espeak", "settings": {}},
        "vad": {"confidence": 0.7, "start_secs": 0.2, "stop_secs": 0.8, "min_volume": 0.6},
        "turns": {"allow_interruptions": True, "min_words": 0},
        "vocabulary": [],
        "pronunciations": {},
        "tools": [],
        "flow": None,
        "limits": {"max_duration_s": 1800, "idle_timeout_s": 300},
        "recording": {"enabled": True},
    }
