"""Calls as OpenTelemetry traces: conversation, turns, and what services did in them (TRC-01…11).

OpenTelemetry is an optional extra and imported only when :func:`setup_tracing` is called.
"""

from .decorator import traced_llm
from .setup import Tracing, TracingNotInstalled, setup_tracing

__all__ = ["Tracing", "TracingNotInstalled", "setup_tracing", "traced_llm"]
