"""A call becomes a trace: conversation, turns, and the work of services in them (TRC-01…07, TRC-10)."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.core.params import PipelineParams
from bots.engine.errors import ProviderError
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeLLM, TapeReply, TapeTTS, TapeVoice
from tests.engine.observers.tracing.traces import one_question, seconds, traced, traced_call
from tests.engine.services.resilience.stage import staged


def test_a_call_is_a_conversation_of_turns_and_a_turn_holds_its_services() -> None:  # TRC-02
    with traced() as traces:
        traced_call()
        (conversation,) = traces.of("conversation")
        assert traces.parent(conversation) is None
        assert {traces.parent(turn) is not None and traces.parent(turn).name for turn in traces.of("turn")} == {
            "conversation"
        }
        for name in ("stt", "llm", "tts", "llm_tool_call"):
            assert traces.of(name)
            assert {(parent := traces.parent(span)) and parent.name for span in traces.of(name)} == {"turn"}
        assert len({span.context.trace_id for span in traces.spans}) == 1
        ends = [span.end_time for span in traces.spans if span is not conversation]
        assert max(ends) <= conversation.end_time


def test_the_conversation_has_an_id_a_type_and_what_the_task_adds() -> None:  # TRC-03
    with traced() as traces:
        traced_call(conversation_id="customer-123", additional_span_attributes={"session.id": "abc", "x": {"a": 1}})
        assert traces.the("conversation") == {
            "conversation.id": "customer-123", "conversation.type": "voice", "session.id": "abc", "x": '{"a": 1}',
        }  # fmt: skip


def test_spans_carry_the_time_of_the_call_and_not_of_the_machine() -> None:  # TRC-02
    with traced() as traces:
        record = traced_call()
        (conversation,) = traces.of("conversation")
        assert seconds(conversation) == pytest.approx(record.outcome.duration_s, abs=0.01)
        (tool,) = traces.of("llm_tool_call")
        assert seconds(tool) == pytest.approx(0.5, abs=0.001)
        first, _ = traces.of("llm")
        assert seconds(first) == pytest.approx(0.2, abs=0.001)


def test_a_turn_tells_its_number_duration_and_whether_it_was_cut() -> None:  # TRC-04
    async def play(call: LiveCall) -> None:
        await call.say("tell me")
        await call.interrupt_at_word(2)
        await call.bot_silent(quiet=4)

    with traced() as traces:
        traced_call(["This is a rather long answer for you.", "Yes."], play, conversation_id="c1")
        first, second = traces.of("turn")
        assert first.attributes["turn.number"] == 1
        assert first.attributes["turn.type"] == "conversation"
        assert first.attributes["turn.was_interrupted"] is True
        assert first.attributes["conversation.id"] == "c1"
        assert first.attributes["turn.duration_seconds"] == pytest.approx(seconds(first), abs=0.001)
        assert (second.attributes["turn.number"], second.attributes["turn.was_interrupted"]) == (2, False)
        # The voice that was cut off ended with the interruption.
        assert all(span.end_time for span in traces.of("tts"))


def test_a_transcription_tells_text_language_wait_and_settings() -> None:  # TRC-05
    def make(parts: CallParts) -> CallParts:
        parts.stt.model_name, parts.stt.language = "tape-1", "en"
        parts.stt._settings = {"smart_format": True, "api_key": "hidden", "nested": {}}
        return parts

    with traced() as traces:
        traced_call(make=make)
        (span,) = traces.of("stt")
        assert dict(span.attributes) == {
            "gen_ai.system": "tape", "gen_ai.request.model": "tape-1", "transcript": "what is tea", "is_final": True,
            "language": "en", "vad_enabled": True, "metrics.ttfb": pytest.approx(0.1), "settings.smart_format": True,
        }  # fmt: skip
        # From the onset of the voice to the final text.
        assert seconds(span) == pytest.approx(0.9, abs=0.1)


def test_a_request_to_the_model_tells_input_output_tools_tokens_and_wait() -> None:  # TRC-06
    schema = FunctionSchema("look_up", "Finds a price.", {"what": {"type": "string"}}, ["what"])

    def make(parts: CallParts) -> CallParts:
        parts.pair.context.set_messages([{"role": "system", "content": "Be brief."}])
        parts.pair.context.set_tools(ToolsSchema([schema]))
        parts.llm._settings = {"temperature": 0.5, "max_tokens": 60}
        return parts

    with traced() as traces:
        traced_call(make=make)
        first, second = (dict(span.attributes) for span in traces.of("llm"))
        assert first["gen_ai.system"] == "tape"
        assert first["gen_ai.request.model"] == "tape"
        assert first["gen_ai.operation.name"] == "chat"
        assert first["stream"] is True
        assert json.loads(first["input"]) == [{"role": "user", "content": "what is tea"}]
        assert first["system"] == "Be brief."
        assert json.loads(first["tools"])[0]["name"] == "look_up"
        assert (first["tools.count"], first["tools.names"]) == (1, "look_up")
        assert first["output"] == ""
        assert (first["gen_ai.request.temperature"], first["gen_ai.request.max_tokens"]) == (0.5, 60)
        assert first["metrics.ttfb"] == pytest.approx(0.2)
        assert second["output"] == "It is seven."
        assert second["gen_ai.usage.output_tokens"] == 3
        assert second["gen_ai.usage.input_tokens"] > 0


def test_a_chain_of_models_tells_who_was_asked_and_who_answered() -> None:  # TRC-06
    with traced() as traces:
        slow, quick = TapeLLM([TapeReply("Late.", first=60)]), TapeLLM(["Here I am."])
        slow.preset, quick.model_name = SimpleNamespace(key="groq"), "quick-1"
        staged(slow, quick, enable_tracing=True, params=PipelineParams(enable_metrics=True))
        told = traces.the("llm")
        assert told["gen_ai.system"] == "groq"
        assert told["output"] == "Here I am."
        assert told["gen_ai.response.model"] == "quick-1"
        assert told["llm.switch_reason"]


def test_a_synthesis_tells_text_voice_characters_and_wait() -> None:  # TRC-07
    def make(parts: CallParts) -> CallParts:
        parts.tts._settings = {"voice": "alto", "speed": 0.9}
        return parts

    with traced() as traces:
        traced_call(["One. Two."], make=make)
        texts = [dict(span.attributes) for span in traces.of("tts")]
        assert [told["text"] for told in texts] == ["One.", "Two."]
        assert texts[0] == {
            "gen_ai.system": "tape", "gen_ai.request.model": "tape", "voice_id": "alto", "text": "One.",
            "metrics.character_count": 4, "metrics.ttfb": pytest.approx(0.05), "settings.voice": "alto",
            "settings.speed": 0.9,
        }  # fmt: skip


def test_a_function_call_tells_what_was_asked_and_given() -> None:  # TRC-08
    async def broken(params: Any) -> None:
        raise ValueError

    with traced() as traces:
        traced_call()
        assert traces.the("llm_tool_call") == {
            "tool.function_name": "look_up", "tool.call_id": "t1", "tool.arguments": '{"what": "tea"}',
            "tool.result": '{"price": 7}', "tool.result_status": "completed",
        }  # fmt: skip
    with traced() as traces:
        traced_call(tools={"look_up": broken})
        assert traces.the("llm_tool_call")["tool.result_status"] == "error"


def test_a_function_call_that_is_cut_off_ends_its_span_as_failed() -> None:  # TRC-08
    async def play(call: LiveCall) -> None:
        await call.say("what is tea")
        await call.wait(0.5)
        await call.say("stop")
        await call.bot_silent(quiet=2)

    async def endless(params: Any) -> None:
        await params.llm.clock.sleep(60)

    def make(parts: CallParts) -> CallParts:
        parts.llm.register_function("look_up", endless, cancel_on_interruption=True)
        return parts

    with traced() as traces:
        traced_call(play=play, tools={}, make=make)
        (span,) = traces.of("llm_tool_call")
        assert not span.status.is_ok
        assert span.status.description == "cancelled"


def test_a_service_that_fails_is_marked_with_the_code_and_not_with_words() -> None:  # TRC-06
    def make(parts: CallParts) -> CallParts:
        parts.tts = TapeTTS(TapeVoice(fail_after=0, error=ProviderError("no voice today")))
        return parts

    with traced() as traces:
        traced_call([TapeReply("", error=ProviderError("no model today"))])
        traced_call(["Hello."], make=make)
        assert [span.status.description for span in traces.of("llm") if not span.status.is_ok] == ["provider.failed"]
        assert {span.status.description for span in traces.of("tts")} == {"provider.failed"}


def test_a_bot_that_keeps_its_words_sends_figures_only() -> None:  # TRC-10
    with traced() as traces:
        traced_call(trace_content=False)
        told = json.dumps([dict(span.attributes) for span in traces.spans])
        for word in ("tea", "seven", "price", "7"):
            assert f'"{word}' not in told and f" {word}" not in told
        assert "metrics.ttfb" in told
        assert "tool.function_name" in told
        assert "metrics.character_count" in told
        for name in ("input", "output", "transcript", "text", "tool.arguments", "tool.result", "system", "tools"):
            assert not any(name in span.attributes for span in traces.spans)


def test_settings_are_told_without_secrets_and_an_authors_words_only_with_the_others() -> None:  # TRC-05, TRC-10
    def make(parts: CallParts) -> CallParts:
        parts.tts._settings = {
            "speed": 1.1, "instructions": "whisper", "api_key": "k1", "base_url": "https://me:pw@host/v1",
        }  # fmt: skip
        return parts

    for words in (True, False):
        with traced() as traces:
            traced_call(["Hello."], make=make, trace_content=words)
            told = {name: value for name, value in traces.the("tts").items() if name.startswith("settings.")}
            assert told == {"settings.speed": 1.1, **({"settings.instructions": "whisper"} if words else {})}


def test_without_counted_turns_services_hang_under_the_conversation() -> None:  # TRC-01
    with traced() as traces:
        traced_call(enable_turn_tracking=False)
        assert traces.of("turn") == []
        assert {(parent := traces.parent(span)) and parent.name for span in traces.of("llm")} == {"conversation"}


def test_a_task_that_does_not_ask_is_not_traced() -> None:  # TRC-01
    with traced() as traces:
        ScriptedCall(replies=["Hi."]).run(one_question)
        assert traces.spans == []


def test_without_metrics_the_spans_have_no_figures_but_are_there() -> None:  # TRC-01, TRC-09
    with traced() as traces:
        ScriptedCall(replies=["Hi."], settings={"enable_tracing": True}).run(one_question)
        assert {span.name for span in traces.spans} == {"conversation", "turn", "stt", "llm", "tts"}
        assert not any("metrics.ttfb" in span.attributes for span in traces.spans)
