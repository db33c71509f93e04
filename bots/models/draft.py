"""The shape of a bot's draft: one JSON object that becomes an immutable version on publishing."""

from dataclasses import asdict
from typing import Any

from bots.engine.spec import (
    BargeInSpec,
    KeypadSpec,
    LimitSpec,
    PhoneSpec,
    ResilienceSpec,
    SpeechSpec,
    TurnEndSpec,
    TurnSpec,
)

Draft = dict[str, Any]


def starter_script() -> dict[str, Any]:
    """Rules to begin from: a greeting, a way out, and a word for what is not understood."""
    return {
        "version": 1,
        "phrases": {"unsure": ["I heard: {heard}. I do not know what to do with that yet."]},
        "intents": [
            {
                "name": "hello",
                "patterns": ["^(?:hello|hi|good morning|good afternoon)$"],
                "examples": ["hello", "good morning"],
                "replies": ["Hello. How can I help you?"],
            },
            {
                "name": "thanks",
                "patterns": ["^(?:thanks|thank you)$"],
                "examples": ["thank you"],
                "replies": ["You are welcome."],
            },
        ],
    }


def default_draft() -> Draft:
    """A draft that already talks with the embedded services: no key and no network."""
    return {
        "persona": "You are a friendly voice assistant. Answer in one or two short sentences.",
        "greeting": "Hello! How can I help you?",
        "language": "en",
        "stt": {"provider": "pocketsphinx", "settings": {}},
        "llm": {"provider": "scripted", "settings": {"script": starter_script()}},
        "tts": {"provider": "espeak", "settings": {}},
        "vad": {"confidence": 0.7, "start_secs": 0.2, "stop_secs": 0.8, "min_volume": 0.6},
        "turns": {
            "allow_interruptions": True,
            "min_words": 0,
            "user_idle_secs": 8,
            "user_idle_prompts": list(TurnSpec().user_idle_prompts),
            "user_idle_goodbye": TurnSpec().user_idle_goodbye,
            "wake_phrases": [],
            "wake_keepalive_secs": TurnSpec().wake_keepalive_secs,
        },
        "turn_end": asdict(TurnEndSpec()),
        "barge_in": {**asdict(BargeInSpec()), "backchannels": []},
        "mute": {"strategies": []},
        "keypad": asdict(KeypadSpec()),
        "phone": {name: value for name, value in asdict(PhoneSpec()).items() if name != "outbound"},
        "speech": asdict(SpeechSpec()),
        "audio": {"noise_filter": "", "background": "", "background_volume": 0.4},
        "vocabulary": [],
        "pronunciations": {},
        "tools": [],
        "flow": None,
        "resilience": {
            **asdict(ResilienceSpec()),
            "fallbacks": [],
            "stt_fallbacks": [],
            "tts_fallbacks": [],
            "fillers": [],
        },
        "limits": {**asdict(LimitSpec()), "max_duration_s": 1800, "idle_timeout_s": 300},
        "recording": {"enabled": True},
        "tracing": {"words": False},
    }
