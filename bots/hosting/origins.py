"""Which pages may talk to a bot: the server's own, and those of the allowed origins (4.4.2, S10)."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings


def is_allowed_origin(origin: str, host: str) -> bool:
    """Whether a page of ``origin`` may use this server, which it reached as ``host``."""
    parts = urlsplit(origin)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    return parts.netloc == host or origin.rstrip("/") in settings.VOICE["ALLOWED_ORIGINS"]
