"""How synthesis fails, as errors with a code, an owner and a next step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.engine.errors import EngineError, Owner, ProviderError

from .failures import Failure, coded


class SpeechTimeout(ProviderError):
    """The synthesiser did not deliver in time (P13)."""

    code = "tts.timeout"
    next_step = "Try again; if it goes on, choose another voice provider in the bot's settings."


class SpeechEmpty(ProviderError):
    """The synthesiser answered without sound."""

    code = "tts.empty"
    next_step = "Check the voice and the model in the bot's voice settings."


class SpeechRefused(ProviderError):
    """The synthesiser refused the request."""

    code = "tts.refused"
    owner: ClassVar[Owner] = "author"
    next_step = "Check the voice, the model and the address in the bot's voice settings."


class SpeechKeyRefused(SpeechRefused):
    """The synthesiser does not accept the key (P15)."""

    code = "tts.key_refused"
    next_step = "Enter a valid key under Credentials and choose it in the bot's voice settings."


class SpeechBusy(ProviderError):
    """The synthesiser is overloaded or a rate limit is reached (P1)."""

    code = "tts.busy"
    next_step = "Wait a moment, or raise the provider's limits."


class SpeechUnreachable(ProviderError):
    """The synthesiser cannot be reached (P3)."""

    code = "tts.unreachable"
    owner: ClassVar[Owner] = "network"
    next_step = "Check that the server runs and that its address in the bot's voice settings is right."


class SpeechUntrusted(ProviderError):
    """The synthesiser's certificate cannot be trusted (P17)."""

    code = "tts.untrusted"
    owner: ClassVar[Owner] = "network"
    next_step = "Check the server's certificate and this machine's clock."


class SpeechUnreadable(ProviderError):
    """The synthesiser sent what is no sound (P13)."""

    code = "tts.unreadable"
    next_step = "Check the address and the audio format in the bot's voice settings."


_TABLE: Mapping[Failure, tuple[type[EngineError], str]] = {
    Failure.KEY: (SpeechKeyRefused, "The synthesiser does not accept the key."),
    Failure.BUSY: (SpeechBusy, "The synthesiser is overloaded."),
    Failure.REFUSED: (SpeechRefused, "The synthesiser refused the request."),
    Failure.DOWN: (SpeechBusy, "The synthesiser has a fault of its own."),
    Failure.UNREACHABLE: (SpeechUnreachable, "The synthesiser cannot be reached."),
    Failure.UNTRUSTED: (SpeechUntrusted, "The synthesiser's certificate cannot be trusted."),
    Failure.LOST: (SpeechUnreachable, "The connection to the synthesiser broke."),
    Failure.SILENT: (SpeechTimeout, "The synthesiser did not deliver in time."),
    Failure.UNREADABLE: (SpeechUnreadable, "The synthesiser sent what is no sound."),
}


def tts_error(failure: Failure) -> EngineError:
    """Return the coded error for a failure."""
    return coded(failure, _TABLE)
