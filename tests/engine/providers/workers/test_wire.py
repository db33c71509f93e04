"""The message format between server and worker."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.providers.workers.port import Port
from bots.engine.providers.workers.wire import HEADER, MAX_LENGTH, WireError, decode, encode, payload_length

JSON = st.dictionaries(
    st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=20), max_size=5
)


@given(JSON | st.binary(max_size=500))
def test_a_message_comes_back_as_it_was_sent(message: dict[str, object] | bytes) -> None:
    data = encode(message)
    length, kind = payload_length(data[: HEADER.size])
    assert len(data) == HEADER.size + length
    assert decode(kind, data[HEADER.size :]) == message


@given(st.lists(JSON | st.binary(max_size=500), max_size=5))
def test_messages_keep_order_and_borders_through_a_pipe(messages: list[dict[str, object] | bytes]) -> None:
    source, sink = os.pipe()
    try:
        writer = Port(source, sink)
        for message in messages:
            writer.send(message)
        os.close(sink)
        reader = Port(source, -1)
        assert [reader.read() for _ in messages] == messages
        assert reader.read() is None
    finally:
        os.close(source)


def test_too_long_a_message_is_refused_by_the_sender() -> None:
    with pytest.raises(WireError):
        encode(bytes(MAX_LENGTH))


@pytest.mark.parametrize("header", [HEADER.pack(0, b"J"), HEADER.pack(MAX_LENGTH + 1, b"P"), HEADER.pack(9, b"?")])
def test_impossible_headers_are_refused(header: bytes) -> None:
    with pytest.raises(WireError):
        payload_length(header)


@pytest.mark.parametrize("payload", [b"{", b"[]", b"\xff", json.dumps("text").encode()])
def test_what_is_no_json_object_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        decode(b"J", payload)


def test_a_port_tells_whether_something_waits() -> None:
    source, sink = os.pipe()
    port = Port(source, sink)
    assert not port.waiting()
    port.send({"op": "a"})
    assert port.waiting()
    assert port.read() == {"op": "a"}
    assert not port.waiting()
    os.close(sink)
    assert port.waiting(), "a closed pipe is something to read: its end"
    os.close(source)
