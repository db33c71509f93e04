"""Every message a client may send, well formed and not (client contract 5.2)."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    EndTaskFrame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InputTransportMessageFrame,
    InterruptionFrame,
    LLMMessagesAppendFrame,
    RTVIClientMessageFrame,
    RTVIServerResponseFrame,
    UserTextFrame,
)
from bots.engine.rtvi import RTVIProcessor
from bots.engine.transports.base import BaseInputTransport, BaseTransport, TransportParams
from tests.engine.rtvi.conversation import Conversation, code_of, converse

SECOND = base64.b64encode(bytes(2 * 16000)).decode()


def test_typed_text_becomes_a_turn_with_its_options() -> None:  # RTVI-01
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.client.send("send-text", {"content": "hello"})
        await call.client.send("send-text", {"content": "quiet", "options": {"audio_response": False}})
        await call.client.send("send-text", {"content": "note", "options": {"run_immediately": False}})
        await call.client.send("send-text", {"content": "swift", "options": None})
        frames = call.log.of(UserTextFrame)
        assert [(f.text, f.run_immediately, f.audio_response) for f in frames] == [
            ("hello", True, True), ("quiet", True, False), ("note", False, True), ("swift", True, True),
        ]  # fmt: skip
        assert call.client.types() == ["bot-ready"]

    converse(script)


def test_context_can_be_appended_with_and_without_a_reply() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.client.send("append-to-context", {"role": "user", "content": "a"})
        await call.client.send("append-to-context", {"role": "assistant", "content": "b", "run_immediately": True})
        await call.client.send("append-to-context", {"role": "user", "content": {"page": 3}})
        frames = call.log.of(LLMMessagesAppendFrame)
        assert [(frame.messages, frame.run_llm) for frame in frames] == [
            ([{"role": "user", "content": "a"}], False),
            ([{"role": "assistant", "content": "b"}], True),
            ([{"role": "user", "content": '{"page": 3}'}], False),
        ]

    converse(script)


def test_keys_come_one_by_one_in_either_spelling() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.client.send("dtmf", {"buttons": ["1", "#", "*"]})
        await call.client.send("dtmf", {"button": "0"})
        assert [frame.button.value for frame in call.log.of(InputDTMFFrame)] == ["1", "#", "*", "0"]

    converse(script)


def test_audio_in_messages_reaches_the_pipeline_at_its_rate_in_mono() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        audio = {"base64Audio": SECOND, "sampleRate": 16000, "numChannels": 1}
        await call.client.send("raw-audio", audio)
        pair = {"base64AudioBatch": [SECOND, SECOND], "sampleRate": 8000, "numChannels": 2}
        await call.client.send("raw-audio-batch", pair)
        first, second = call.log.of(InputAudioRawFrame)
        assert (len(first.audio), first.sample_rate, first.num_channels) == (32000, 16000, 1)
        # Two seconds of mono at 16 kHz are two of stereo at 8 kHz: 32000 samples, less the 3 ms of the filter.
        assert second.sample_rate == 16000
        assert 63800 <= len(second.audio) <= 64000

    converse(script)


def test_audio_in_messages_takes_the_microphones_way_when_the_transport_is_known() -> None:
    class Microphone(BaseTransport):
        side = BaseInputTransport(TransportParams())

        def input(self) -> BaseInputTransport:
            return self.side

    transport = Microphone(TransportParams())

    async def script(call: Conversation) -> None:
        call.rtvi.transport = transport
        await call.client.connect()
        await call.client.send("raw-audio", {"base64Audio": SECOND, "sampleRate": 8000, "numChannels": 2})
        frame = call.log.of(InputAudioRawFrame)[0]
        assert frame.at is not None
        assert frame.sample_rate == 16000
        assert not call.rejected

    converse(script, middle=[transport.side])


def test_a_request_is_answered_by_the_bots_handler_under_its_id() -> None:  # RTVI-12, CONF-15
    async def script(call: Conversation) -> None:
        @call.rtvi.event_handler("on_client_message")
        async def answer(rtvi: RTVIProcessor, msg: RTVIClientMessageFrame) -> None:
            if msg.type == "get-language":
                await rtvi.send_server_response(msg, {"language": msg.data or "en"})
            else:
                await rtvi.send_error_response(msg, "Unknown request type")

        await call.client.connect()
        good = await call.client.ask("client-message", {"t": "get-language", "d": None})
        bad = await call.client.ask("client-message", {"t": "other"})
        assert (good["type"], good["data"]) == ("server-response", {"t": "get-language", "d": {"language": "en"}})
        assert (code_of(bad), bad["data"]["error"]) == ("rtvi.refused", "Unknown request type")

    converse(script)


class Answering(FrameProcessor):
    """Answers client messages from inside the pipeline, a second later."""

    @handles(RTVIClientMessageFrame)
    async def on_message(self, frame: RTVIClientMessageFrame) -> None:
        self.create_task(self._answer(frame))

    async def _answer(self, frame: RTVIClientMessageFrame) -> None:
        await asyncio.sleep(1.0)
        error = "No." if frame.type == "bad" else None
        await self.push_frame(RTVIServerResponseFrame(frame, {"n": 1}, error))


def test_a_processor_may_answer_requests_later() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        good = await call.client.ask("client-message", {"t": "good"})
        bad = await call.client.ask("client-message", {"t": "bad"})
        assert good["data"] == {"t": "good", "d": {"n": 1}}
        assert bad["data"]["error"] == "No."

    converse(script, middle=[Answering()])


def test_a_request_nobody_can_answer_gets_an_error_at_once() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        assert code_of(await call.client.ask("client-message", {"t": "x"}, timeout=0.1)) == "rtvi.unknown_message"

    converse(script)


def test_a_slow_handler_delays_no_other_message() -> None:
    async def script(call: Conversation) -> None:
        @call.rtvi.event_handler("on_client_message")
        async def slow(rtvi: RTVIProcessor, msg: RTVIClientMessageFrame) -> None:
            await asyncio.sleep(60)

        await call.client.connect()
        await call.client.send("client-message", {"t": "slow"})
        await call.settle()
        await call.client.send("send-text", {"content": "hi"})
        assert len(call.log.of(UserTextFrame)) == 1

    converse(script)


def test_hanging_up_ends_the_task_unless_the_host_listens() -> None:
    async def script(call: Conversation) -> None:
        await call.client.send("disconnect-bot")
        await call.settle()
        assert [frame.reason for frame in call.log.of(EndTaskFrame)] == ["caller_hung_up"]
        assert call.task.state != "running"

    converse(script)

    async def heard(call: Conversation) -> None:
        asked: list[bool] = []

        @call.rtvi.event_handler("on_disconnect_requested")
        async def hung_up(rtvi: RTVIProcessor) -> None:
            asked.append(True)

        await call.client.send("disconnect-bot", {})
        assert asked == [True]
        assert call.task.state == "running"

    converse(heard)


def test_page_events_reach_the_bots_handlers() -> None:
    async def script(call: Conversation) -> None:
        seen: list[Any] = []
        for name in ("on_ui_event", "on_ui_snapshot", "on_ui_cancel_job_group"):
            call.rtvi.add_event_handler(name, lambda _, value: _append(seen, value))
        await call.client.connect()
        await call.client.send("ui-event", {"event": "clicked", "payload": {"id": 3}})
        await call.client.send("ui-snapshot", {"tree": {"root": {"tag": "main"}, "captured_at": 1}})
        await call.client.send("ui-cancel-job-group", {"job_id": "j1", "reason": "bored"})
        await call.settle()
        assert (seen[0].event, seen[0].payload) == ("clicked", {"id": 3})
        assert seen[1] == call.rtvi.ui_snapshot == {"root": {"tag": "main"}, "captured_at": 1}
        assert (seen[2].job_id, seen[2].reason) == ("j1", "bored")
        assert call.client.types() == ["bot-ready"]

    converse(script)


async def _append(seen: list[Any], value: Any) -> None:
    seen.append(value)


def test_messages_of_other_protocols_go_on_to_who_understands_them() -> None:
    class Other(FrameProcessor):
        seen: list[Any] = []

        @handles(InputTransportMessageFrame, consume=True)
        async def on_message(self, frame: InputTransportMessageFrame) -> None:
            self.seen.append(frame.message)

    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.client.send_raw({"label": "my-app", "type": "x"})
        assert Other.seen == [{"label": "my-app", "type": "x"}]
        assert call.client.types() == ["bot-ready"]

    converse(script, middle=[Other()])


def test_the_server_can_cut_the_bot_off() -> None:
    async def script(call: Conversation) -> None:
        await call.rtvi.interrupt_bot()
        await call.settle()
        assert [frame.reason for frame in call.log.of(InterruptionFrame)] == ["rtvi"]

    converse(script)


def test_the_bots_code_can_tell_the_client_things() -> None:  # RTVI-11
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.rtvi.send_error("Out of paper", fatal=True)
        await call.rtvi.send_server_message("plain")
        await call.rtvi.send_server_message({"type": "x", "none": None, "deep": [{"a": None}, None, float("inf")]})
        await call.rtvi.send_ui_command("toast", {"text": "Hi"})
        await call.rtvi.send_ui_job_group("group_started", "j", items=2)
        error, plain, cleaned, command, job = [message["data"] for message in call.client.received[1:]]
        assert (error["error"], error["message"], error["fatal"]) == ("Out of paper", "Out of paper", True)
        assert plain == {"value": "plain"}
        assert cleaned == {"type": "x", "deep": [{}]}
        assert command == {"command": "toast", "payload": {"text": "Hi"}}
        assert (job["kind"], job["job_id"], job["items"]) == ("group_started", "j", 2)
        assert call.client.problems() == []

    converse(script)
