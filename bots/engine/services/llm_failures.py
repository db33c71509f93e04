"""How a language model's request can fail, as every provider tells it and the fallback chain reads it (P1…P8, P15).

A provider raises these, or subclasses of its own with the same codes; the sentences hold nothing of request or answer.
"""

from __future__ import annotations

from bots.engine.errors import ProviderError


class RateLimited(ProviderError):
    """The provider takes no more requests with this key for a while (P1).

    ``retry_after_s``: seconds the provider asks to wait; None when it does not say.
    """

    code = "llm.rate_limited"
    next_step = "Wait a moment, or raise the provider's limits for this key."

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, retryable=True)
        self.retry_after_s = retry_after_s


class AllModelsFailed(ProviderError):
    """No model of the bot answered: each failed, was too slow, or is known to be down (P16)."""

    code = "llm.all_failed"
    next_step = "Look at the failures before this one in the call's events; add a fallback model in the bot's settings."


class RequestLost(ProviderError):
    """A request ended in a way that its provider's code does not name."""

    code = "llm.request_lost"
    next_step = "Try again; if it goes on, choose another model in the bot's settings."


class EmptyCompletion(ProviderError):
    """The model answered with nothing at all (P8)."""

    code = "llm.empty"
    next_step = "Try again; if it goes on, look at the persona and the tools, or choose another model."


KEY_REFUSED = "llm.key_refused"
BUSY = "llm.busy"
TIMEOUT = "llm.timeout"

MAX_RETRY_AFTER_S = 300.0


def retry_after_of(value: str | None) -> float | None:
    """Read a ``Retry-After`` header given in seconds; None for none, a date, or nonsense. At most five minutes."""
    try:
        seconds = float(value) if value else None
    except ValueError:
        return None
    if seconds is None or seconds != seconds or seconds < 0:
        return None
    return min(seconds, MAX_RETRY_AFTER_S)
