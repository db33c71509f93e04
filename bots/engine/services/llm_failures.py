"""How a language model's request can fail, as every provider tells it (LLM-12, P1…P9, P15, P17).

A provider raises these, or subclasses of its own with the same codes; the sentences hold nothing of request or answer.
"""

from __future__ import annotations

from typing import ClassVar

from bots.engine.checks import Checks
from bots.engine.errors import Owner, ProviderError, SpecError


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


class CompletionTimeout(ProviderError):
    """The model did not answer, or stopped in the middle."""

    code = "llm.timeout"
    next_step = "Try again; if it goes on, choose a faster model or raise the time limit in the bot's settings."


class ChatRefused(ProviderError):
    """The server refused the request."""

    code = "llm.refused"
    next_step = "Check the model's name, the address and the key in the bot's settings."


class ChatKeyRefused(ChatRefused):
    """The server does not accept the key; asking again is useless (P15)."""

    code = "llm.key_refused"
    owner: ClassVar[Owner] = "author"
    next_step = "Enter a valid key under Credentials and choose it in the bot's settings."


class ChatQuotaUsedUp(ChatRefused):
    """The account behind the key has no credit left."""

    code = "llm.quota"
    owner: ClassVar[Owner] = "author"
    next_step = "Add credit to the provider's account, or choose another provider in the bot's settings."


class ChatUnreadable(ProviderError):
    """The server's answer is not of the kind it should be (P6)."""

    code = "llm.unreadable"
    next_step = "Check the address in the bot's settings: it must speak the chosen provider's language."


class ChatBusy(ProviderError):
    """The server is overloaded or broken (P2)."""

    code = "llm.busy"
    next_step = "Wait a moment; if it goes on, choose another provider in the bot's settings."


class ChatUnreachable(ProviderError):
    """The server cannot be reached, or the connection broke (P3, P7)."""

    code = "llm.unreachable"
    owner: ClassVar[Owner] = "network"
    next_step = "Check that the server runs and that its address in the bot's settings is right."


class CertificateRefused(ChatUnreachable):
    """The server's certificate is not valid, or this machine's clock is wrong (P17)."""

    code = "llm.certificate"
    next_step = "Check the server's certificate and this machine's clock."


class ReplyTooLong(ProviderError):
    """The model does not stop; what came so far is kept (P8)."""

    code = "llm.too_long"
    next_step = "Tell the model to be brief, or set a lower limit of tokens in the bot's settings."


class ToolLoop(ProviderError):
    """The model asks for tools again and again instead of answering (P9)."""

    code = "llm.tool_loop"
    next_step = "Tell the model in its instructions when to stop calling tools."


class BadLLMSetting(SpecError, ValueError):
    """A setting is not one of this service's, or its value cannot be meant (LLM-06, LLM-20)."""

    code = "llm.setting"
    next_step = "Correct the setting that is named."


CHECK = Checks(BadLLMSetting)
"""Raises ``llm.setting``."""

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
