"""Begins tracing in a process: where spans go, and that tasks may ask for them (TRC-01, TRC-09)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bots.engine.core.settings import CHECK, SettingWrong
from bots.engine.core.tracing import TRACING
from bots.engine.errors import EngineError

from .conversation import ConversationTracer

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter


class TracingNotInstalled(EngineError):
    """The tracing library is an extra that is not there."""

    code = "tracing.not_installed"
    next_step = "Install the extra: pip install 'voiceapp[tracing]' (opentelemetry-sdk and an exporter)."


class Tracing:
    """What :func:`setup_tracing` began; spans are sent in the background until :meth:`shutdown`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    def flush(self, seconds: float = 5.0) -> bool:
        """Send what waits; return whether all of it went within ``seconds``."""
        return self._provider.force_flush(int(seconds * 1000))

    def shutdown(self) -> None:
        """Send what waits and trace no further call."""
        TRACING.install(None)
        self._provider.shutdown()


def setup_tracing(
    service_name: str = "pipecat", exporter: SpanExporter | None = None, console_export: bool = False
) -> Tracing:
    """Let tasks with ``enable_tracing=True`` be traced from now on; call it once, at the start of a process (TRC-01).

    ``exporter`` is any of OpenTelemetry's: OTLP over gRPC (port 4317) or HTTP (4318; reads the variables
    ``OTEL_EXPORTER_OTLP_ENDPOINT`` and ``OTEL_EXPORTER_OTLP_HEADERS``), a cloud vendor's, one in memory.
    ``console_export`` also writes spans to standard output (TRC-09). The default name is the documented one. Raises
    ``tracing.not_installed`` without the extra, ``pipeline.misused`` without a name.

    Spans hold prompts, transcripts and outputs in full unless a task says ``trace_content=False`` (TRC-10). When
    nothing arrives: look at the endpoint; when service data is missing: ``enable_metrics=True`` on the task.
    """
    CHECK.texts(service_name=service_name)
    CHECK.flags(console_export=console_export)
    if exporter is not None and not callable(getattr(exporter, "export", None)):
        raise SettingWrong("exporter must be a span exporter.")
    try:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SimpleSpanProcessor
    except ImportError as error:
        raise TracingNotInstalled("OpenTelemetry is not installed, so calls cannot be traced.") from error
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service_name}))
    if exporter is not None:
        provider.add_span_processor(BatchSpanProcessor(exporter))
    if console_export:
        provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stdout)))
    tracer = provider.get_tracer("bots.engine")
    TRACING.install(lambda call: ConversationTracer(tracer, call))
    return Tracing(provider)
