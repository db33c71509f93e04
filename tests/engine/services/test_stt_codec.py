"""What a vendor's codec may bring, and what becomes of messages that nobody can read."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.services.failures import Failure, VendorFailed
from bots.engine.services.sockets import Endpoint
from bots.engine.services.stt_codec import Flushed, Heard, Ready, STTCodec, events_of, json_object
from bots.engine.testing.recogniser import CodedCodec

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["type", "text", "id", "code", "end"]), inner)
    ),
    max_leaves=8,
)


@given(st.binary(max_size=40) | st.text(max_size=40) | VALUES.map(json.dumps))
def test_no_message_breaks_out_of_a_codec(message: str | bytes) -> None:  # P6
    try:
        events = events_of(CodedCodec(16000), message)
    except VendorFailed as failed:
        assert failed.failure is Failure.UNREADABLE
    else:
        assert all(isinstance(event.text, str) for event in events if isinstance(event, Heard))


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": None},
        {"text": 5},
        {"id": 7},
        {"start": "now"},
        {"end": [1]},
        {"end": float("inf")},
        {"start": float("nan")},
    ],
)
def test_a_text_without_its_form_is_unreadable(wrong: dict[str, Any]) -> None:  # P6
    message = {"type": "final", "text": "a", "id": "1", "start": 0.0, "end": 1.0}
    assert events_of(CodedCodec(16000), json.dumps(message)) == [Heard("a", True, "1", 0.0, 1.0)]
    with pytest.raises(VendorFailed):
        events_of(CodedCodec(16000), json.dumps(message | wrong))


@pytest.mark.parametrize("message", ["", "{", "[1]", "5", "null", b"\xff\xfe", "[" * 100_000])
def test_only_an_object_is_an_object(message: str | bytes) -> None:  # P6
    with pytest.raises((ValueError, TypeError)):
        json_object(message)
    assert json_object(b'{"a": 1}') == {"a": 1}


class Plain(STTCodec):
    """A vendor that needs nothing special."""

    def url_and_headers(self) -> Endpoint:
        return Endpoint("ws://127.0.0.1/")

    def decode(self, message: Any) -> list[Any]:
        return [Ready(), Flushed(), Heard(str(message), True)]


def test_a_codec_needs_an_address_and_a_reader_only() -> None:
    codec = Plain()
    assert codec.encode_audio(b"\1\0") == b"\1\0"
    assert (codec.on_open(), codec.finalize(), codec.keepalive(), codec.end()) == ((), (), (), ())
    assert (codec.keepalive_secs, codec.waits_for_ready, codec.confirms_flush, codec.interim) == (
        None,
        False,
        True,
        True,
    )
    assert len(codec.decode("x")) == 3
