"""What can go wrong with the embedded recogniser beyond its process."""

from __future__ import annotations

from bots.engine.errors import ProviderError


class RecogniserMissing(ProviderError):
    """PocketSphinx is not installed or its model is unreadable."""

    code = "pocketsphinx.missing"
    owner = "us"
    next_step = "On the server run: pip install pocketsphinx"


class UnusablePronunciation(ProviderError):
    """A custom pronunciation is not written in the recogniser's phones."""

    code = "pocketsphinx.bad_pronunciation"
    owner = "author"
    next_step = "Write it with ARPAbet phones and spaces between them, for example: T W IH L IY OW"


class RecognitionMisused(ProviderError):
    """Audio or an end of speech came without a start of speech."""

    code = "pocketsphinx.misused"
    owner = "us"
