"""A deployment that names a collector gets the traces of its calls there (TRC-09, TRC-10)."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from bots.engine.core.tracing import TRACING
from bots.engine.observers.tracing.setup import TracingNotInstalled
from bots.hosting import tracing
from bots.hosting.tracing import begin_tracing, headers_of
from tests.engine.test_build import SPEC, play


@dataclass
class Collector:
    """What came: path, headers, body."""

    url: str = ""
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A server that takes OTLP over HTTP on this machine."""
    found = Collector()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.came.append((self.path, dict(self.headers.items()), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Taking)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.network
def test_the_collector_gets_a_call_with_its_id_and_without_words(voice: Any, collector: Collector) -> None:  # TRC-09
    voice(TRACING_ENDPOINT=collector.url, TRACING_HEADERS=["authorization=Basic a=="], TRACING_SERVICE="desk")
    begun = begin_tracing()
    assert begun is not None
    try:
        play(SPEC, ["Of course."], typed=["a secret wish"], header={"call": "call-77", "bot": "desk", "version": 3})
    finally:
        begun.shutdown()
    path, headers, body = collector.came[0]
    assert path == "/v1/traces"
    assert headers["Authorization" if "Authorization" in headers else "authorization"] == "Basic a=="
    for told in (b"call-77", b"desk", b"bot.version", b"conversation", b"llm", b"metrics.ttfb"):
        assert told in body
    for kept in (b"secret wish", b"Of course", b"Good morning"):
        assert kept not in body


def test_a_server_that_names_no_collector_traces_nothing(voice: Any) -> None:  # TRC-09
    assert begin_tracing() is None
    assert not TRACING.installed


def test_a_missing_extra_is_logged_with_its_next_step_and_the_server_runs(
    voice: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:  # TRC-01, TRC-09
    def missing(*_: Any) -> None:
        raise TracingNotInstalled("OpenTelemetry is not installed.")

    monkeypatch.setattr(tracing, "setup_tracing", missing)
    voice(TRACING_CONSOLE=True)
    with caplog.at_level(logging.ERROR):
        assert begin_tracing() is None
    assert "voiceapp[tracing]" in caplog.records[-1].__dict__["next_step"]


def test_headers_are_pairs_whose_values_may_hold_equals_signs() -> None:  # TRC-09
    assert headers_of(["a=b", " c = d== ", "nothing", "=x"]) == {"a": "b", "c": "d=="}


def test_an_end_without_a_collector_does_not_wait_for_it(voice: Any) -> None:  # TRC-09
    assert asyncio.run(asyncio.wait_for(_end_of_an_unused_tracer(voice), 10)) is None


async def _end_of_an_unused_tracer(voice: Any) -> None:
    voice(TRACING_ENDPOINT="http://127.0.0.1:9")
    begun = begin_tracing()
    assert begun is not None
    await asyncio.to_thread(begun.shutdown)
