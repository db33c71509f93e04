"""Anything a client sends is answered with a code or acted on; nothing raises, nothing ends the call."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.frames import ErrorFrame
from bots.engine.rtvi.contract import has_null, problems_of
from bots.engine.rtvi.errors import RTVIError
from bots.engine.rtvi.messages import clean, envelope, read
from bots.engine.rtvi.version import negotiate
from tests.engine.rtvi.conversation import Conversation, converse

TYPES = [
    "client-ready", "client-message", "send-text", "append-to-context", "llm-function-call-result", "dtmf", "ui-event",
    "ui-snapshot", "ui-cancel-job-group", "raw-audio", "raw-audio-batch", "send-file", "get-config", "action", "other",
]  # fmt: skip
NAMES = [
    "t", "d", "content", "options", "role", "buttons", "button", "tree", "root", "event", "payload", "job_id",
    "version", "about", "library", "function_name", "tool_call_id", "result", "args", "arguments", "base64Audio",
    "sampleRate", "numChannels", "run_immediately", "audio_response", "file",
]  # fmt: skip
surrogates = st.text(st.characters(), max_size=12) | st.sampled_from(["\ud800", "user", "1", "AAA=", "2.1.0", ""])
leaves = st.none() | st.booleans() | st.integers() | st.floats() | surrogates | st.sampled_from([16000, 8000, 1, 2])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)  # fmt: skip
payloads = st.dictionaries(st.sampled_from(NAMES), values, max_size=8) | values
messages = st.one_of(
    st.fixed_dictionaries(
        {"label": st.just("rtvi-ai"), "type": st.sampled_from(TYPES)}, optional={"id": leaves, "data": payloads}
    ),
    st.dictionaries(st.sampled_from(["label", "type", "id", "data"]), values, max_size=4),
    values,
)


@settings(deadline=None)
@given(st.lists(messages, max_size=25))
def test_any_stream_of_messages_leaves_the_call_running_and_every_answer_decodable(stream: list[Any]) -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        for message in stream:
            await call.client.send_raw(message)
        await call.settle()
        assert call.task.state == "running"
        assert call.log.of(ErrorFrame) == []
        for answer in call.client.received:
            # The client may have announced another version since an earlier bot-ready.
            assert answer["type"] == "bot-ready" or problems_of(answer, call.rtvi.profile) == []
            if answer["type"] in ("error", "error-response"):
                assert answer["data"]["code"].startswith("rtvi.")
                assert answer["data"].get("fatal", False) is False
        assert len(call.rejected) == len(call.client.all("error", "error-response"))

    converse(script)


@settings(deadline=None)
@given(messages)
def test_reading_gives_clean_data_or_a_coded_error(message: Any) -> None:
    if not isinstance(message, dict):
        return
    try:
        known = read(message)
    except RTVIError as error:
        assert error.code in ("rtvi.malformed", "rtvi.too_large")
    else:
        repr(known.data).encode()
        negotiate(known.data)


@settings(deadline=None)
@given(values)
def test_whatever_is_sent_has_no_null_and_can_be_written(value: Any) -> None:
    message = envelope("server-message", value if value is not None else {})
    assert not has_null(message)
    assert problems_of(message) == []
    assert clean(message) == message
