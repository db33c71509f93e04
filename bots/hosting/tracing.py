"""Sends the traces of this process's calls to where the deployment wants them (TRC-09)."""

from __future__ import annotations

import logging

from bots.engine.errors import EngineError
from bots.engine.observers.tracing.otlp import otlp_http_exporter
from bots.engine.observers.tracing.setup import Tracing, setup_tracing
from bots.models.voice_settings import voice_setting

log = logging.getLogger(__name__)


def begin_tracing() -> Tracing | None:
    """Trace calls from now on, or return None where nothing is configured or the extra is missing.

    Traces are not worth a server that does not start: what is wrong is logged with its next step.
    """
    endpoint, console = str(voice_setting("TRACING_ENDPOINT") or ""), bool(voice_setting("TRACING_CONSOLE"))
    if not endpoint and not console:
        return None
    try:
        exporter = otlp_http_exporter(endpoint, headers_of(voice_setting("TRACING_HEADERS"))) if endpoint else None
        return setup_tracing(str(voice_setting("TRACING_SERVICE")), exporter, console)
    except EngineError as error:
        log.error("calls are not traced", extra={"code": error.code, "next_step": error.next_step})
        return None


def headers_of(pairs: list[str]) -> dict[str, str]:
    """Return ``name=value`` pairs as headers; the value may hold further equals signs."""
    found = (pair.partition("=") for pair in pairs)
    return {name.strip(): value.strip() for name, sign, value in found if sign and name.strip()}
