"""Connections to vendors: pool, limits, trusted certificates; a bad certificate told from a dead network (P3, P17)."""

from __future__ import annotations

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import httpx2

C = TypeVar("C", bound="httpx2.AsyncClient")

CONNECT_SECS = 2.0
"""A server that does not take a connection in this time is down (reliability, section 3)."""
SEND_SECS = 10.0
KEEPALIVE_CONNECTIONS, CONNECTIONS = 100, 1000


def is_about_certificate(error: BaseException | None) -> bool:
    """Whether a failed connection failed at the server's certificate: expired, for another name, or not trusted."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Return the one context of this process: reading the certificates costs tens of milliseconds and a megabyte."""
    import httpx2

    return httpx2.create_ssl_context()


def pooled(kind: type[C], **options: Any) -> C:
    """Return an SDK's HTTP client with the documented pool, whose connections never grow too old (LLM-10).

    Answers are waited for without a limit here: the model's service has its own deadlines.
    """
    import httpx2

    return kind(
        limits=httpx2.Limits(
            max_keepalive_connections=KEEPALIVE_CONNECTIONS, max_connections=CONNECTIONS, keepalive_expiry=None
        ),
        timeout=httpx2.Timeout(None, connect=CONNECT_SECS, write=SEND_SECS, pool=CONNECT_SECS),
        verify=trusted_certificates(),
        **options,
    )
