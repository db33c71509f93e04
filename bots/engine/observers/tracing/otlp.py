"""Spans over OTLP/HTTP, to any collector that speaks it (TRC-09)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .setup import TracingNotInstalled

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

TIMEOUT_S = 3.0
"""Seconds one delivery may take; a collector that is away must not hold up the end of a process."""


def otlp_http_exporter(endpoint: str, headers: Mapping[str, str] | None = None) -> SpanExporter:
    """Return an exporter for the collector at ``endpoint`` (such as ``http://localhost:4318``, without the path).

    Raises ``tracing.not_installed`` without the extra (TRC-09).
    """
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError as error:
        raise TracingNotInstalled("The OTLP exporter is not installed, so traces cannot be sent.") from error
    address = endpoint.rstrip("/")
    address = address if address.endswith("/v1/traces") else f"{address}/v1/traces"
    return OTLPSpanExporter(endpoint=address, headers=dict(headers or {}), timeout=TIMEOUT_S)
