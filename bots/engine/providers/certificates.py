"""Telling a failed certificate from a network that is down, and one set of trusted certificates for all (P17, T7)."""

from __future__ import annotations

import ssl
from functools import cache


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
