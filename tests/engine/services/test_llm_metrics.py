"""One LLMMetrics for every request, whatever its end (LK-08…11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.errors import ProviderError
from bots.engine.frames import LLMContextFrame, LLMTokenUsage
from bots.engine.services.llm import LLMDeadlines
from bots.engine.services.llm_events import Finished, TextDelta, ToolCallDelta, Usage
from bots.engine.services.llm_metrics import LLMMetrics, LLMMonitor, UnknownLLMEvent
from bots.engine.testing.call import STARTED_AT
from tests.engine.core.probes import Probe, Run, in_a_run
from tests.engine.services.resilience.stage import Event, Model

DONE = Finished("stop")


def measured(script: Sequence[Event], *, asks: int = 1, interrupt: bool = False, **options: Any) -> list[LLMMetrics]:
    """Run a plain model and return what its listener was told."""
    told: list[LLMMetrics] = []
    model = Model("small", script, **options)

    async def play(run: Run) -> None:
        model.on("metrics_collected", told.append)
        for _ in range(asks):
            await run.task.queue_frame(LLMContextFrame(LLMContext([{"role": "user", "content": "hi"}])))
            await run.clock.sleep(1.0)
            if interrupt:
                await run.task.interrupt()
            await run.clock.sleep(30.0)

    in_a_run(lambda: Run(model, Probe()), play)
    return told


def test_a_request_is_told_with_every_documented_field() -> None:  # LK-08, LK-10
    usage = Usage(LLMTokenUsage(20, 8, 28), "small-2026")
    (metrics,) = measured([0.5, "One ", 1.5, "two.", usage, DONE])
    fields = asdict(metrics)
    assert fields.pop("request_id")
    assert fields.pop("timestamp") > STARTED_AT.timestamp()
    assert fields == {
        "type": "llm_metrics", "label": "small-2026", "duration": pytest.approx(2.0), "ttft": pytest.approx(0.5),
        "cancelled": False, "completion_tokens": 8, "prompt_tokens": 20, "total_tokens": 28,
        "tokens_per_second": pytest.approx(4.0),
    }  # fmt: skip


def test_the_first_token_is_measured_once_and_a_call_of_a_tool_is_one() -> None:  # LK-11
    assert measured([1.0, TextDelta(""), 1.0, "a", 1.0, "b", DONE])[0].ttft == pytest.approx(2.0)
    assert measured([0.25, ToolCallDelta(0, "x", "f", "{}"), DONE])[0].ttft == pytest.approx(0.25)
    assert measured([2.0, DONE])[0].ttft == -1.0


def test_every_request_has_an_id_of_its_own() -> None:  # LK-08
    told = measured(["a", DONE], asks=3)
    assert len({metrics.request_id for metrics in told}) == 3


def test_what_the_caller_cuts_off_or_a_deadline_ends_is_cancelled() -> None:  # LK-08
    assert [metrics.cancelled for metrics in measured(["a", 20.0, DONE], interrupt=True)] == [True]
    assert [metrics.cancelled for metrics in measured([20.0], deadlines=LLMDeadlines(2.0, 2.0))] == [True]


def test_a_failure_is_told_and_not_called_cancelled() -> None:  # LK-08, LK-10
    (metrics,) = measured(["a", ProviderError("It is down.")])
    assert (metrics.cancelled, metrics.total_tokens, metrics.tokens_per_second) == (False, 0, 0.0)


def test_counts_that_come_in_several_pieces_are_told_once() -> None:  # LK-08
    pieces = [Usage(LLMTokenUsage(20, 1, 21)), Usage(LLMTokenUsage(0, 8, 8, 5))]
    (metrics,) = measured(["a", *pieces, DONE])
    assert (metrics.prompt_tokens, metrics.completion_tokens) == (20, 8)


def test_handlers_are_plain_functions_and_one_that_fails_harms_nobody() -> None:  # LK-09
    monitor, told = LLMMonitor(), []

    def fails(metrics: LLMMetrics) -> None:
        raise RuntimeError("mine")

    assert not monitor
    monitor.on("metrics_collected", fails)
    handler = monitor.on("metrics_collected", told.append)
    metrics = LLMMetrics(label="m", request_id="1", timestamp=0.0, duration=1.0, ttft=0.1, cancelled=False)
    monitor.tell(metrics)
    assert told == [metrics]
    monitor.off("metrics_collected", handler)
    monitor.off("metrics_collected", handler)
    monitor.tell(metrics)
    assert len(told) == 1


def test_there_is_one_event() -> None:  # LK-09
    with pytest.raises(UnknownLLMEvent, match="metrics_collected"):
        Model("small").on("tokens", print)
