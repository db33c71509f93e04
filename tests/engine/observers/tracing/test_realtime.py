"""The spans of a realtime service carry what the documents list (TRC-02, TRC-08)."""

import json

import pytest

from bots.engine.clock import SystemClock
from bots.engine.core.scope import TaskScope
from bots.engine.core.tracing import TRACING, TracedCall
from bots.engine.errors import EngineError
from bots.engine.frames import LLMTokenUsage
from bots.engine.observers.tracing.conversation import ConversationTracer
from bots.engine.observers.tracing.realtime import (
    REQUEST,
    RESPONSE,
    SETUP,
    TOOL_CALL,
    TOOL_RESULT,
    call_attributes,
    request_attributes,
    response_attributes,
    result_attributes,
    setup_attributes,
)
from bots.engine.testing.loop import run_virtual
from tests.engine.observers.tracing.traces import traced


def test_a_setup_tells_model_tools_a_short_instruction_and_the_session_without_keys() -> None:  # TRC-08
    session = {"voice": "alloy", "turn_detection": {"type": "server_vad"}, "api_key": "hidden"}
    told = setup_attributes("openai", "gpt-realtime", tools=[{"name": "a"}], instruction="x" * 5000, session=session)
    assert (told["gen_ai.system"], told["gen_ai.request.model"], told["tools.count"]) == ("openai", "gpt-realtime", 1)
    assert json.loads(told["tools.definitions"]) == [{"name": "a"}]
    assert len(told["system_instruction"]) == 1000
    assert told["session.voice"] == "alloy"
    assert json.loads(told["session.turn_detection"]) == {"type": "server_vad"}
    assert "session.api_key" not in told


def test_a_response_tells_text_modality_tokens_calls_and_wait() -> None:  # TRC-08
    told = response_attributes(
        "Hi.", modality="TEXT", usage=LLMTokenUsage(5, 2, 7), function_calls=["a", "b"], ttfb=0.3
    )
    assert told == {
        "output": "Hi.", "output_modality": "TEXT", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2,
        "function_calls.count": 2, "function_calls.names": "a,b", "metrics.ttfb": 0.3,
    }  # fmt: skip
    with pytest.raises(EngineError, match="modality"):
        response_attributes("", modality="VIDEO")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "status"), [('{"ok": 1}', "completed"), ('{"error": "no"}', "error"), ("{broken", "parse_error")]
)
def test_a_result_tells_how_it_went(result: str, status: str) -> None:  # TRC-08
    assert result_attributes("f", "c1", result)["tool.result_status"] == status


async def ignored(name: str, error: BaseException) -> None:
    """Nothing fails here."""


def test_a_realtime_service_records_its_spans_under_the_conversation() -> None:  # TRC-02
    async def main() -> None:
        call = TracedCall(SystemClock(seed=1), "c1")
        tracer = TRACING.tracer(call)
        assert isinstance(tracer, ConversationTracer)
        tracer.attach(call.clock, TaskScope(ignored))
        tracer.record(SETUP, setup_attributes("gcp.gemini", "g-live"), 0.0, 0.1)
        tracer.record(REQUEST, request_attributes([{"role": "user", "content": "hi"}]), 0.1, 0.2)
        tracer.record(TOOL_CALL, call_attributes("f", "c", {"a": 1}), 0.2, 0.3)
        tracer.record(TOOL_RESULT, result_attributes("f", "c", "{}"), 0.3, 0.4)
        tracer.record(RESPONSE, response_attributes("Hello."), 0.1, 0.9)
        tracer.close()

    with traced() as traces:
        run_virtual(main())
        names = [span.name for span in traces.spans]
        assert set(names) == {"conversation", SETUP, REQUEST, TOOL_CALL, TOOL_RESULT, RESPONSE}
        assert all(traces.parent(span).name == "conversation" for span in traces.spans if span.name != "conversation")
        assert traces.the(REQUEST)["gen_ai.operation.name"] == "llm_request"
        assert traces.the(TOOL_CALL)["tool.arguments"] == '{"a": 1}'
