"""What the SDK raises around audio, as failures that both speech services know (P1…P3, P15, P17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bots.engine.errors import EngineError
from bots.engine.providers.connections import is_about_certificate
from bots.engine.services.failures import Failure, VendorFailed, failure_of_status


@contextmanager
def told_as(error_for: Callable[[Failure], EngineError]) -> Iterator[None]:
    """Turn what the SDK and its HTTP client raise into coded errors; their texts hold nothing that was sent."""
    import httpx2
    import openai

    try:
        yield
    except VendorFailed as error:
        raise error_for(error.failure) from error
    except openai.APIConnectionError as error:
        raise error_for(Failure.UNTRUSTED if is_about_certificate(error) else Failure.UNREACHABLE) from error
    except openai.APIStatusError as error:
        raise error_for(failure_of_status(error.status_code)) from error
    except httpx2.HTTPError as error:
        raise error_for(Failure.LOST) from error
    except UnicodeEncodeError as error:
        raise error_for(Failure.KEY) from error
    except (ValueError, RecursionError, openai.OpenAIError) as error:
        raise error_for(Failure.UNREADABLE) from error
