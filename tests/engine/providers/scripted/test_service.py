"""The scripted model streams at its rate and leads the quiz through a real pipeline."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from typing import Any

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.flows import FlowManager
from bots.engine.frames import FrameDirection, LLMFullResponseEndFrame, LLMTextFrame, UserTextFrame
from bots.engine.providers.scripted.model import ScriptedFailure, ScriptedModel, ScriptedSettings, UnknownTimeZone
from bots.engine.providers.scripted.service import ScriptedLLMService
from bots.engine.services.llm_events import Finished, TextDelta, ToolCallDelta, Usage
from bots.engine.testing.loop import run_virtual
from bots.engine.turns.pair import LLMContextAggregatorPair

SCRIPT: dict[str, Any] = {"version": 1, "phrases": {"greeting": "One two three four.", "farewell": "Bye."}}
STARTED = dt.datetime(2026, 7, 1, 12, 0, tzinfo=dt.UTC)


def stream(settings: ScriptedSettings, messages: list[dict[str, Any]], tools: list[str]) -> list[tuple[float, Any]]:
    async def main() -> list[tuple[float, Any]]:
        clock = SystemClock(started_at=STARTED, seed=1)
        schemas = [{"name": name} for name in tools]
        return [(clock.now(), event) async for event in ScriptedModel(settings).stream(messages, schemas, clock)]

    return run_virtual(main())


def test_words_come_at_the_set_rate() -> None:
    events = stream(ScriptedSettings(SCRIPT, tokens_per_s=10, first_token_ms=300), [], [])
    assert [round(at, 3) for at, event in events if isinstance(event, TextDelta)] == [0.3, 0.4, 0.5, 0.6]
    assert "".join(event.text for _, event in events if isinstance(event, TextDelta)) == "One two three four."
    assert events[-2][1] == Finished("stop")
    assert isinstance(events[-1][1], Usage)
    assert events[-1][1].tokens.completion_tokens == 4


def test_a_rate_of_zero_is_at_once() -> None:
    assert {at for at, _ in stream(ScriptedSettings(SCRIPT, tokens_per_s=0), [], [])} == {0.0}


def test_a_tool_call_has_an_id_of_its_own_and_json_arguments() -> None:
    events = [
        event for _, event in stream(ScriptedSettings(SCRIPT), [{"role": "user", "content": "bye"}], ["end_call"])
    ]
    call = next(event for event in events if isinstance(event, ToolCallDelta))
    assert (call.name, json.loads(call.arguments)) == ("end_call", {})
    assert call.id.startswith("call_")
    assert Finished("tool_calls") in events


def test_a_rule_can_let_the_model_fail_as_a_network_model_would() -> None:
    script = {"version": 1, "intents": [{"name": "crash", "patterns": ["\\bcrash\\b"], "fail": True}]}
    messages = [{"role": "user", "content": "please crash"}]
    with pytest.raises(ScriptedFailure) as caught:
        stream(ScriptedSettings(script), messages, [])
    assert (caught.value.code, caught.value.owner) == ("scripted.failure", "provider")
    answered = [*messages, {"role": "assistant", "content": "Here is the stand-in."}, {"role": "user", "content": "hi"}]
    assert any(isinstance(event, TextDelta) for _, event in stream(ScriptedSettings(script), answered, []))


def test_rules_cannot_sum_up_a_conversation() -> None:  # FLOW-13, LLM-16
    async def main() -> str | None:
        return await ScriptedLLMService(settings=ScriptedSettings(SCRIPT)).run_inference(LLMContext())

    assert run_virtual(main()) is None


def test_the_time_is_the_callers() -> None:
    said = [
        "".join(event.text for _, event in stream(settings, [{"role": "user", "content": "what time is it"}], [])
                if isinstance(event, TextDelta))
        for settings in (ScriptedSettings(SCRIPT, timezone="UTC"), ScriptedSettings(SCRIPT, timezone="Asia/Tokyo"))
    ]  # fmt: skip
    assert said == ["It is noon.", "It is nine in the evening."]


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(UnknownTimeZone):
        ScriptedModel(ScriptedSettings(SCRIPT, timezone="Mars/Base"))


class Reader(FrameProcessor):
    """Counts every reply as heard and collects it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._text = ""

    @handles(LLMTextFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_text(self, frame: LLMTextFrame) -> None:
        self._text += frame.text

    @handles(LLMFullResponseEndFrame, direction=FrameDirection.DOWNSTREAM)
    async def on_end(self, frame: LLMFullResponseEndFrame) -> None:
        if self._text and frame.reply is not None:
            self.ledger.plan(frame.reply, self._text, spoken=False)
            self.said.append(self._text)
            self._text = ""


def test_the_quiz_runs_through_a_pipeline_and_ends_the_call(demo: Any) -> None:
    bot = demo("quiz")

    async def main() -> tuple[Reader, FlowManager, PipelineTask]:
        llm, reader = ScriptedLLMService(settings=ScriptedSettings(**bot["llm"]["settings"])), Reader()
        pair = LLMContextAggregatorPair(LLMContext([{"role": "system", "content": bot["persona"]}]))
        task = PipelineTask(Pipeline([pair.user(), llm, reader, pair.assistant()]))
        flow = FlowManager(task, llm, pair, flow_config=bot["flow"])
        running = asyncio.create_task(task.run())
        await asyncio.sleep(0.1)
        await flow.initialize()
        for text in ("", "yes", "venus", "mercury", "eight", "rome", "piano", "giraffe", "no thank you"):
            if text:
                await task.queue_frame(UserTextFrame(text))
            await asyncio.sleep(5)
        if not task.has_finished():
            await task.cancel()
        await running
        return reader, flow, task

    reader, flow, task = run_virtual(main())
    assert reader.said[0].startswith("Hello, I am Max")
    assert reader.said[2].startswith("Not quite. Here is a hint.")
    assert "Your score is 9 out of ten" in reader.said[-2]
    assert reader.said[-1] == "That was fun. Thank you for playing, and goodbye."
    assert flow.current_node == "farewell"
    assert task.outcome is not None
    assert task.outcome.reason.value == "bot_ended"


def test_settings_can_change_during_a_call() -> None:
    async def main() -> str:
        service = ScriptedLLMService(settings=ScriptedSettings(SCRIPT))
        service.update_settings({"script": {"version": 1, "phrases": {"greeting": "New."}}, "unknown": 1})
        events = service.model.stream([], [], SystemClock())
        return "".join([event.text async for event in events if isinstance(event, TextDelta)])

    assert run_virtual(main()) == "New."
