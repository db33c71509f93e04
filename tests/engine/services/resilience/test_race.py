"""Who answers when a model is slow, busy or gone (LK-16; P1…P4, P8, P16)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.params import PipelineParams
from bots.engine.errors import EngineError, ProviderError
from bots.engine.frames import (
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMConfigureOutputFrame,
    LLMSwitchMetricsData,
    LLMTextFrame,
    LLMTokenUsage,
    LLMUsageMetricsData,
    MetricsFrame,
    TTSSpeakFrame,
)
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.services.llm_failures import (
    ChatBusy,
    ChatKeyRefused,
    ChatRefused,
    ChatUnreachable,
    ChatUnreadable,
    RateLimited,
)
from bots.engine.services.llm_metrics import LLMMetrics
from bots.engine.services.resilience.policy import ResiliencePolicy
from tests.engine.services.resilience.stage import Model, Stage, staged, words

FAILURES = [
    RateLimited("busy", retry_after_s=9.0),
    ChatUnreachable("gone"),
    ChatUnreadable("noise"),
    ChatKeyRefused("no"),
    ChatRefused("no"),
    ProviderError("other"),
]


def test_the_first_model_answers_and_the_others_are_not_asked() -> None:  # LK-16
    one, two = Model("one", words("Good day")), Model("two")
    stage = staged(one, two)
    assert stage.said() == "Goodday"
    assert (len(one.began), len(two.began)) == (1, 0)
    assert stage.outcomes() == [("one", "first", "won")]
    assert stage.noted("switched") == []


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_a_failure_before_the_first_token_is_answered_by_the_next_model_at_once(failure: EngineError) -> None:
    # LK-16, P1, P3, P6, P15: the switch takes no more than half a second and the caller hears one answer.
    one, two = Model("one", [failure]), Model("two", words("Here I am"))
    stage = staged(one, two)
    assert stage.said() == "HereIam"
    assert two.began[0] - one.began[0] <= 0.5
    assert len(one.began) == 1
    assert stage.errors() == []
    (switch,) = stage.noted("switched")
    assert (switch["from"], switch["to"], switch["reason"]) == ("one", "two", failure.code)


def test_an_overloaded_server_is_asked_once_more_before_the_next_model() -> None:  # P2
    one, two = Model("one", [ChatBusy("full")]), Model("two")
    stage = staged(one, two)
    assert (len(one.began), len(two.began)) == (2, 1)
    assert 0.05 <= one.began[1] - one.began[0] <= 0.25
    assert [role for _, role, _ in stage.outcomes()] == ["first", "retry", "fallback"]
    assert two.began[0] - one.began[0] <= 0.5


def test_an_overload_that_passes_needs_no_other_model() -> None:  # P2
    one, two = Model("one", [ChatBusy("full")], words("Back again")), Model("two")
    stage = staged(one, two)
    assert stage.said() == "Backagain"
    assert two.began == []


def test_a_slow_first_token_is_bridged_by_a_filler_and_hedged_at_the_hard_limit() -> None:  # P4, reliability 3
    one, two = Model("one", [6.0, *words("Too late")]), Model("two", [0.5, *words("In time")])
    stage = staged(one, two)
    assert stage.said() == "Intime"
    assert len(stage.fillers()) == 1
    assert two.began[0] - one.began[0] == pytest.approx(4.0)
    assert stage.outcomes() == [("one", "first", "lost"), ("two", "hedge", "won")]


def test_the_slow_model_wins_the_race_when_it_speaks_first_after_all() -> None:  # P4
    one, two = Model("one", [4.5, *words("Just in time")]), Model("two", [3.0, *words("Never heard")])
    stage = staged(one, two)
    assert stage.said() == "Justintime"
    assert stage.outcomes() == [("two", "hedge", "lost"), ("one", "first", "won")]


def test_without_hedging_the_slow_model_is_given_up_first() -> None:  # P4
    one, two = Model("one", [6.0, *words("Too late")]), Model("two", [3.0, *words("In time")])
    stage = staged(one, two, policy=ResiliencePolicy(hedge=False))
    assert stage.said() == "Intime"
    assert stage.outcomes() == [("one", "first", "slow"), ("two", "fallback", "won")]


def test_a_single_slow_model_is_asked_a_second_time_beside_the_first() -> None:  # LK-16, P4
    one = Model("one", [60.0], words("Second try"))
    stage = staged(one)
    assert stage.said() == "Secondtry"
    assert one.began[1] - one.began[0] == pytest.approx(4.0)


def test_models_that_all_stay_silent_are_given_up_and_the_caller_hears_an_apology() -> None:  # P4, P16
    one, two = Model("one", [60.0]), Model("two", [60.0])
    stage = staged(one, two)
    assert stage.said() == "I am sorry."
    assert stage.errors() == ["llm.all_failed"]
    assert stage.noted("all_failed") == [{"in_a_row": 1}]
    assert {outcome for _, _, outcome in stage.outcomes()} == {"slow"}


def test_an_empty_answer_goes_to_the_next_model_and_harms_nobodys_health() -> None:  # P8
    one, two = Model("one", words("")), Model("two", words("Something"))
    stage = staged(one, two)
    assert stage.said() == "Something"
    assert stage.outcomes()[0] == ("one", "first", "empty")
    assert stage.book.circuit("one").failures == 0


def test_when_every_model_answers_nothing_the_caller_hears_an_apology() -> None:  # P8, T13
    stage = staged(Model("one", words("")), Model("two", [Finished("content_filter")]))
    assert stage.said() == "I am sorry."
    assert stage.errors() == ["llm.empty"]


def test_fillers_are_never_the_same_twice_in_a_row_and_none_is_said_when_answers_are_only_shown() -> None:
    # reliability 3: LLM first token, soft limit
    model = Model("one", [2.0, *words("Well")])

    async def play(stage: Stage) -> None:
        for _ in range(8):
            await stage.ask(wait=10.0)
        await stage.send(LLMConfigureOutputFrame(skip_tts=True))
        await stage.ask(wait=10.0)

    stage = staged(model, play=play, policy=ResiliencePolicy(fillers=("Hm.", "Well.", "Let me see.")))
    fillers = stage.fillers()
    assert len(fillers) == 8
    assert all(one != two for one, two in pairwise(fillers))


def test_a_filler_is_no_part_of_the_conversation() -> None:  # T1
    stage = staged(Model("one", [2.0, *words("Well")]))
    (filler,) = stage.behind.of(TTSSpeakFrame)
    assert filler.append_to_context is False


def test_the_calls_of_a_model_are_run_once_whole_and_only_of_the_one_that_answers() -> None:  # LK-16, LLM-17
    broken = Model("one", [ToolCallDelta(0, "a", "book", '{"day": 1}'), ChatUnreachable("gone")])
    sound = Model("two", [ToolCallDelta(0, "b", "book", '{"day": 2}'), Finished("tool_calls")])
    stage = staged(broken, sound)
    (started,) = stage.behind.of(FunctionCallsStartedFrame)
    assert [dict(call.arguments) for call in started.function_calls] == [{"day": 2}]
    assert stage.outcomes() == [("one", "first", "broken"), ("two", "fallback", "won")]


def test_an_interruption_closes_every_request_and_puts_them_on_record() -> None:  # LLM-13, LK-08
    one, two = Model("one", [60.0]), Model("two", [60.0])

    async def play(stage: Stage) -> None:
        await stage.ask(wait=5.0)
        assert (one.open, two.open) == (1, 1)
        await stage.run.task.interrupt()
        await stage.run.clock.sleep(0.1)
        assert (one.open, two.open) == (0, 0)

    stage = staged(one, two, play=play)
    assert stage.said() == ""
    assert stage.outcomes() == [("one", "first", "cut"), ("two", "hedge", "cut")]
    assert stage.behind.of(InterruptionFrame) != []


def test_a_switch_is_a_metric_and_tokens_are_counted_once() -> None:  # LK-16, LLM-14
    usage = [Usage(LLMTokenUsage(9, 1, 10), "two-big"), Usage(LLMTokenUsage(9, 4, 13), "two-big")]
    stage = staged(
        Model("one", [ChatRefused("no")]),
        Model("two", ["Yes", Finished("stop"), *usage]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
    )
    data = [item for frame in stage.behind.of(MetricsFrame) for item in frame.data]
    (switch,) = [item for item in data if isinstance(item, LLMSwitchMetricsData)]
    assert (switch.from_model, switch.to_model, switch.reason, switch.value) == ("one", "two", "llm.refused", 1)
    (tokens,) = [item for item in data if isinstance(item, LLMUsageMetricsData)]
    assert tokens.value == LLMTokenUsage(9, 4, 13)
    assert tokens.model == "two-big"


def test_every_request_is_told_to_the_monitor_losers_too_with_estimated_costs_in_the_journal() -> None:
    # LK-08, LK-09, LK-10, T16
    told: list[LLMMetrics] = []
    one, two = Model("one", [4.2, "never ", 9.0]), Model("two", [*words("Here")])

    async def play(stage: Stage) -> None:
        stage.llm.on("metrics_collected", told.append)
        await stage.ask("a question of some length")

    stage = staged(one, two, play=play)
    assert [(metrics.label, metrics.cancelled) for metrics in told] == [("one", True), ("two", False)]
    lost = stage.noted("request")[0]
    assert lost["estimated"] is True
    assert lost["prompt_tokens"] > 5


def test_a_late_first_token_raises_an_alert_and_the_call_ends_with_its_percentiles() -> None:  # LK-17, LK-18
    stage = staged(Model("one", [3.0, *words("Late")]))
    (alert,) = stage.noted("alert")
    assert (alert["metric"], alert["level"], alert["value_ms"], alert["threshold_ms"]) == (
        "ttft",
        "critical",
        3000,
        2500,
    )
    (latency,) = stage.noted("latency")
    assert latency["ttft"] == {"count": 1, "p50": 3.0, "p90": 3.0, "p95": 3.0, "p99": 3.0}


def test_a_member_with_a_fault_of_its_own_is_replaced_and_the_fault_is_told() -> None:  # LK-16
    class Faulty(Model):
        async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
            yield Usage(LLMTokenUsage())
            raise ValueError("secret")

    stage = staged(Faulty("one"), Model("two", words("Here")))
    assert stage.said() == "Here"
    assert stage.outcomes()[0] == ("one", "first", "failed")
    assert stage.noted("request")[0]["code"] == "llm.request_lost"
    assert stage.run.codes() == ["engine.error"]
    assert "secret" not in str(stage.run.events)


def test_blank_text_is_no_first_token_but_is_not_lost() -> None:  # LK-11
    one, two = Model("one", [TextDelta(" "), 9.0]), Model("two", [TextDelta(" "), TextDelta("Yes"), Finished()])
    stage = staged(one, two)
    assert "".join(frame.text for frame in stage.behind.of(LLMTextFrame)) == " Yes"
