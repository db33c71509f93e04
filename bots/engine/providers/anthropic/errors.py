"""What the SDK raises, as coded errors of ours (LLM-12, P1…P3, P6…P8, P15, P17)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bots.engine.errors import EngineError
from bots.engine.providers.connections import is_about_certificate
from bots.engine.services.llm_failures import (
    CertificateRefused,
    ChatBusy,
    ChatKeyRefused,
    ChatQuotaUsedUp,
    ChatRefused,
    ChatUnreachable,
    ChatUnreadable,
    CompletionTimeout,
    RateLimited,
    retry_after_of,
)


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what the SDK raises into coded errors; their texts hold nothing of request or answer, and no key."""
    import anthropic
    import httpx2

    try:
        yield
    except (anthropic.APITimeoutError, httpx2.TimeoutException) as error:
        raise CompletionTimeout("LLM completion timeout", retryable=True) from error
    except (anthropic.APIConnectionError, httpx2.TransportError) as error:
        if is_about_certificate(error):
            raise CertificateRefused("Anthropic's server has no valid certificate.") from error
        raise ChatUnreachable("Anthropic's server cannot be reached.", retryable=True) from error
    except anthropic.APIStatusError as error:
        raise _told(error) from error
    except (anthropic.AnthropicError, httpx2.InvalidURL) as error:
        raise ChatRefused("The request to Anthropic's server cannot be made.") from error
    except UnicodeEncodeError as error:
        raise ChatKeyRefused("The key has characters that no key can have.") from error
    except json.JSONDecodeError as error:
        where = f"at character {error.pos} of {len(error.doc)}"
        raise ChatUnreadable(f"Anthropic's server sent what cannot be read, {where}.", retryable=True) from error
    except (ValueError, RecursionError) as error:
        raise ChatUnreadable("Anthropic's server sent what cannot be read.", retryable=True) from error


def _told(error: Any) -> EngineError:
    """Tell a refusal by status and kind; errors inside a stream come with status 200 and their kind."""
    status, kind = error.status_code, str(error.type or "")
    if status in (401, 403) or kind in ("authentication_error", "permission_error"):
        return ChatKeyRefused("Anthropic's server does not accept the key.")
    if status == 402 or kind == "billing_error":
        return ChatQuotaUsedUp("The account at Anthropic has no credit left.")
    if status == 429 or kind == "rate_limit_error":
        wait = retry_after_of(error.response.headers.get("retry-after"))
        return RateLimited("Anthropic's server takes no more requests for now.", retry_after_s=wait)
    if status >= 500 or kind in ("overloaded_error", "api_error", "timeout_error"):
        return ChatBusy("Anthropic's server is overloaded.", retryable=True)
    return ChatRefused("Anthropic's server refused the request.")
