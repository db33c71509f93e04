"""What the client sees of a call: frames become messages, once each (RTVI-04, RTVI-05; client contract 5.3)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import ProviderError
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
    InterimTranscriptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    LLMTokenUsage,
    LLMUsageMetricsData,
    MetricsFrame,
    ProcessingMetricsData,
    RTVIServerMessageFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    TTSUsageMetricsData,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.rtvi.contract import problems_in, problems_of
from bots.engine.rtvi.observer import Seen, last_user_text
from tests.engine.rtvi.conversation import Conversation, converse

UP = FrameDirection.UPSTREAM


class PassingEverything(FrameProcessor):
    """Another place every frame passes."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await self.push_frame(frame, direction)


def test_every_frame_is_told_once_however_many_places_it_passes() -> None:  # RTVI-02
    async def script(call: Conversation) -> None:
        await call.client.connect()
        started, stopped = BotStartedSpeakingFrame(1.0), BotStoppedSpeakingFrame(2.0)
        for frame in (started, stopped):
            await call.actor.push_frame(frame)
            await call.actor.push_frame(frame, UP)
        await call.push(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
        await call.push(LLMFullResponseStartFrame(1), LLMTextFrame("Hi"), LLMFullResponseEndFrame(1))
        assert call.client.types()[1:] == [
            "bot-started-speaking", "bot-stopped-speaking", "user-started-speaking", "user-stopped-speaking",
            "bot-llm-started", "bot-llm-text", "bot-llm-stopped",
        ]  # fmt: skip
        assert call.client.problems() == []

    converse(script, middle=[PassingEverything(), PassingEverything()])


def test_transcriptions_always_carry_their_four_fields() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.push(
            InterimTranscriptionFrame("hel", "", ""), TranscriptionFrame("hello", "me", "2026-01-01T00:00:00Z")
        )
        assert [message["data"] for message in call.client.all("user-transcription")] == [
            {"text": "hel", "final": False, "timestamp": "", "user_id": ""},
            {"text": "hello", "final": True, "timestamp": "2026-01-01T00:00:00Z", "user_id": "me"},
        ]

    converse(script)


def test_what_the_model_is_asked_is_told_once_per_user_message() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        context = LLMContext([{"role": "user", "content": [{"type": "text", "text": "Book a room"}]}])
        await call.push(LLMContextFrame(context), LLMContextFrame(context))
        context.add_message({"role": "assistant", "content": "For when?"})
        await call.push(LLMContextFrame(context))
        context.add_message({"role": "user", "content": "Monday"})
        await call.push(LLMContextFrame(context))
        assert [message["data"]["text"] for message in call.client.all("user-llm-text")] == ["Book a room", "Monday"]

    converse(script)


def test_a_picture_has_no_text() -> None:
    assert last_user_text([{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]) == ""
    assert last_user_text([]) == ""


def test_metrics_come_in_groups_with_seconds_and_counts() -> None:  # CONF-10
    async def script(call: Conversation) -> None:
        await call.client.connect()
        usage = LLMTokenUsage(10, 5, 15)
        await call.push(
            MetricsFrame((
                ProcessingMetricsData("LLM#0", "m", 0.5), TTFBMetricsData("TTS#0", None, 0.25),
                TTSUsageMetricsData("TTS#0", None, 43), LLMUsageMetricsData("LLM#0", "m", usage),
            )),
            MetricsFrame(),
        )  # fmt: skip
        full, empty = [message["data"] for message in call.client.all("metrics")]
        tokens = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
        assert full == {
            "processing": [{"processor": "LLM#0", "model": "m", "value": 0.5}],
            "ttfb": [{"processor": "TTS#0", "value": 0.25}],
            "characters": [{"processor": "TTS#0", "value": 43}],
            "tokens": [{"processor": "LLM#0", "model": "m", "value": 15, **tokens}],
        }
        assert empty == {}
        assert call.client.problems() == []

    converse(script)


def test_errors_carry_both_names_of_their_text_and_come_before_the_client_is_ready_too() -> None:
    async def script(call: Conversation) -> None:
        await call.actor.push_error("The voice failed.", ProviderError("The voice failed."))
        data = call.client.all("error")[0]["data"]
        assert data["error"] == data["message"] == "The voice failed."
        assert (data["code"], data["owner"], data["fatal"]) == ("provider.failed", "provider", False)
        assert data["next_step"]
        assert call.client.problems() == []

    converse(script)


@pytest.mark.parametrize(("version", "told"), [("2.1.0", True), ("1.2.0", True), ("1.1.0", False)])
def test_mute_is_told_to_clients_that_know_it_once_per_change(version: str, told: bool) -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        for frame in (UserMuteStartedFrame(), UserMuteStartedFrame(), UserMuteStoppedFrame()):
            await call.actor.push_frame(frame)
            await call.actor.push_frame(frame, UP)
        assert call.client.types()[1:] == (["user-mute-started", "user-mute-stopped"] if told else [])

    converse(script, ready_data={"version": version})


def test_payloads_of_the_bots_code_reach_the_client_from_either_direction() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.actor.push_frame(RTVIServerMessageFrame({"n": 1, "nothing": None}))
        await call.actor.push_frame(RTVIServerMessageFrame({"n": 2}), UP)
        assert [message["data"] for message in call.client.all("server-message")] == [{"n": 1}, {"n": 2}]

    converse(script)


def test_remembering_frames_is_bounded() -> None:
    seen = Seen(limit=10)
    frames = [LLMTextFrame(str(number)) for number in range(30)]
    assert all(seen.first_time(frame) for frame in frames)
    assert not seen.first_time(frames[-1])
    assert len(seen._frames) == 10


def output(**changed: Any) -> dict[str, Any]:
    """A bot-output message that is right but for what is changed."""
    parts = {"accumulated_text": "", "remaining_text": "a b"}
    data = {"text": "a b", "aggregated_by": "sentence", "segment_id": 1, "spoken": False, "will_be_spoken": True,
            "spoken_status": "new", "spoken_progress": parts}  # fmt: skip
    return {"label": "rtvi-ai", "type": "bot-output", "data": data | changed}


def test_the_contract_checker_agrees_with_a_message_that_is_right() -> None:
    assert problems_of(output()) == []


BROKEN: list[tuple[Any, str]] = [
    ("x", "not an object"),
    ({"label": "rtvi-ai", "type": "bot-llm-text"}, "no object as data"),
    ({"label": "rtvi-ai", "type": "bot-llm-text", "data": {"text": None}}, "null"),
    ({"label": "rtvi-ai", "type": "bot-llm-text", "data": {"text": 5}}, "not str"),
    ({"label": "x", "type": "bot-llm-text", "data": {"text": "a"}}, "label"),
    ({"label": "rtvi-ai", "type": "made-up"}, "no client knows"),
    ({"label": "rtvi-ai", "type": "bot-ready", "data": {"version": "2.1.0"}}, "echoes no id"),
    ({"label": "rtvi-ai", "type": "bot-ready", "id": "1", "data": {"version": "1.0.0"}}, "another version"),
    ({"label": "rtvi-ai", "type": "metrics", "data": {"ttfb": [{"processor": "a"}]}}, "lacks"),
    ({"label": "rtvi-ai", "type": "server-message", "data": {"a": float("nan")}}, "JSON"),
    ({"label": "rtvi-ai", "type": "server-message", "data": {"a": [{"b": None}]}}, "null"),
    ({"label": "rtvi-ai", "type": "user-transcription", "data": {"text": "a", "final": True}}, "timestamp"),
    ({"label": "rtvi-ai", "type": "llm-function-call",
      "data": {"function_name": "f", "tool_call_id": "c", "args": {}}}, "twice"),
    (output(aggregated_by="word"), "reads progress"),
    (output(aggregated_by="code"), "none of the names"),
    (output(segment_id=2**31), "32 bits"),
    (output(spoken_status="final"), "fields of 2.0"),
    (output(spoken_progress={"accumulated_text": "a", "remaining_text": "b"}), "two parts"),
    (output(will_be_spoken=False, spoken_status="completed"), "more than its beginning"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "said"), BROKEN)
def test_the_contract_checker_finds_what_clients_cannot_decode(message: Any, said: str) -> None:
    assert any(said in problem for problem in problems_of(message)), problems_of(message)


def test_the_contract_checker_finds_lives_that_no_client_can_follow() -> None:
    def moved(accumulated: str, status: str = "in-progress") -> dict[str, Any]:
        parts = {"accumulated_text": accumulated, "remaining_text": "a b"[len(accumulated) :]}
        return output(spoken_status=status, spoken_progress=parts)

    assert problems_in([output(), moved("a"), moved("a b", "completed")]) == []
    assert "without having begun" in problems_in([moved("a")])[0]
    assert "backwards" in problems_in([output(), moved("a b"), moved("a")])[0]
    assert "after it was completed" in problems_in([output(), moved("a b", "completed"), moved("a b")])[0]


def test_the_events_of_a_call_without_handshake_are_held_back() -> None:
    async def script(call: Conversation) -> None:
        await call.push(UserStartedSpeakingFrame(), UserStoppedSpeakingFrame())
        assert call.client.received == []
        await call.client.connect()
        await asyncio.sleep(0)
        assert call.client.types() == ["bot-ready", "user-started-speaking", "user-stopped-speaking"]

    converse(script)
