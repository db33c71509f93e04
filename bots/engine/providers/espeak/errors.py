"""What can go wrong with the embedded synthesiser beyond its process."""

from __future__ import annotations

from bots.engine.errors import ProviderError


class NoSynthesiser(ProviderError):
    """No speech synthesiser is installed."""

    code = "espeak.no_synthesiser"
    owner = "us"
    next_step = "Run: pip install espeakng-loader (or: apt install espeak-ng)"


class UnknownVoice(ProviderError):
    """The synthesiser has no voice of this name."""

    code = "espeak.unknown_voice"
    owner = "author"
    next_step = "Choose a voice from the list in the bot's settings."


class UnsayableText(ProviderError):
    """The text or a parameter is outside what the synthesiser takes."""

    code = "espeak.unsayable"
    owner = "author"
    next_step = "Say less at once: at most 50,000 characters; keep rate, pitch and sample rate within their limits."
