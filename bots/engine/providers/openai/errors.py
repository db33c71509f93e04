"""What the SDK raises, as coded errors of ours (LLM-12, P1…P3, P6, P15, P17)."""

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

__all__ = ["ChatBusy", "ChatKeyRefused", "ChatRefused", "ChatUnreachable", "ChatUnreadable", "told_as_ours"]


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what the SDK raises into coded errors; their texts hold nothing of request or answer, and no key."""
    import openai

    try:
        yield
    except openai.APITimeoutError as error:
        raise CompletionTimeout("LLM completion timeout", retryable=True) from error
    except openai.APIConnectionError as error:
        if is_about_certificate(error):
            raise CertificateRefused("The language model's server has no valid certificate.") from error
        raise ChatUnreachable("The language model's server cannot be reached.", retryable=True) from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ChatKeyRefused("The language model's server does not accept the key.") from error
    except openai.RateLimitError as error:
        if error.code == "insufficient_quota":
            raise ChatQuotaUsedUp("The account at the language model's server has no credit left.") from error
        wait = retry_after_of(error.response.headers.get("retry-after"))
        raise RateLimited("The language model's server takes no more requests for now.", retry_after_s=wait) from error
    except openai.InternalServerError as error:
        raise ChatBusy("The language model's server is overloaded.", retryable=True) from error
    except openai.APIStatusError as error:
        raise ChatRefused("The language model's server refused the request.") from error
    except openai.APIError as error:
        raise _told_in_stream(error) from error
    except openai.OpenAIError as error:
        raise ChatRefused("The language model's server refused the request.") from error
    except UnicodeEncodeError as error:
        raise ChatKeyRefused("The key has characters that no key can have.") from error
    except json.JSONDecodeError as error:
        where = f"at character {error.pos} of {len(error.doc)}"
        raise ChatUnreadable(
            f"The language model's server sent what cannot be read, {where}.", retryable=True
        ) from error
    except (ValueError, RecursionError) as error:
        raise ChatUnreadable("The language model's server sent what cannot be read.", retryable=True) from error


def _told_in_stream(error: Any) -> EngineError:
    """Tell an error that came inside a stream by its kind (P8)."""
    kinds = {str(getattr(error, name, None) or "") for name in ("code", "type")}
    if any("rate_limit" in kind for kind in kinds):
        return RateLimited("The language model's server takes no more requests for now.")
    if any(word in kind for kind in kinds for word in ("overloaded", "server_error", "unavailable")):
        return ChatBusy("The language model's server is overloaded.", retryable=True)
    return ChatRefused("The language model's server refused the request.")
