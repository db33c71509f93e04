"""How recognition fails, as errors with a code, an owner and a next step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from bots.engine.errors import EngineError, Owner, ProviderError

from .failures import Failure, coded


class RecognitionTimeout(ProviderError):
    """The recogniser did not answer in time (P11)."""

    code = "stt.timeout"
    next_step = "Try again; if it goes on, choose another recognition provider in the bot's settings."


class RecognitionRefused(ProviderError):
    """The recogniser refused the request."""

    code = "stt.refused"
    owner: ClassVar[Owner] = "author"
    next_step = "Check the model, the language and the address in the bot's recognition settings."


class RecognitionKeyRefused(RecognitionRefused):
    """The recogniser does not accept the key (P15)."""

    code = "stt.key_refused"
    next_step = "Enter a valid key under Credentials and choose it in the bot's recognition settings."


class RecognitionBusy(ProviderError):
    """The recogniser is overloaded or a rate limit is reached (P1)."""

    code = "stt.busy"
    next_step = "Wait a moment, or raise the provider's limits."


class RecognitionUnreachable(ProviderError):
    """The recogniser cannot be reached (P3)."""

    code = "stt.unreachable"
    owner: ClassVar[Owner] = "network"
    next_step = "Check that the server runs and that its address in the bot's recognition settings is right."


class RecognitionUntrusted(ProviderError):
    """The recogniser's certificate cannot be trusted (P17)."""

    code = "stt.untrusted"
    owner: ClassVar[Owner] = "network"
    next_step = "Check the server's certificate and this machine's clock."


class RecognitionUnreadable(ProviderError):
    """The recogniser sent what cannot be read."""

    code = "stt.unreadable"
    next_step = "Check the address in the bot's recognition settings: it must be this provider's."


_TABLE: Mapping[Failure, tuple[type[EngineError], str]] = {
    Failure.KEY: (RecognitionKeyRefused, "The recogniser does not accept the key."),
    Failure.BUSY: (RecognitionBusy, "The recogniser is overloaded."),
    Failure.REFUSED: (RecognitionRefused, "The recogniser refused the request."),
    Failure.DOWN: (RecognitionBusy, "The recogniser has a fault of its own."),
    Failure.UNREACHABLE: (RecognitionUnreachable, "The recogniser cannot be reached."),
    Failure.UNTRUSTED: (RecognitionUntrusted, "The recogniser's certificate cannot be trusted."),
    Failure.LOST: (RecognitionUnreachable, "The connection to the recogniser broke."),
    Failure.SILENT: (RecognitionTimeout, "The recogniser hears speech and does not answer."),
    Failure.UNREADABLE: (RecognitionUnreadable, "The recogniser sent what cannot be read."),
}


def stt_error(failure: Failure) -> EngineError:
    """Return the coded error for a failure."""
    return coded(failure, _TABLE)
