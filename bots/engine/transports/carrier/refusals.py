"""Why a message of a carrier's stream was not taken (reliability C9 to C13)."""

from __future__ import annotations

from bots.engine.errors import TransportError


class StreamMalformed(TransportError):
    """A message cannot be read."""

    code = "stream.malformed"
    owner = "provider"
    next_step = "Compare the message with the carrier's documentation; report the call's id if it is as documented."


class StreamTooLarge(StreamMalformed):
    """A message is larger than any that the carrier documents."""

    code = "stream.too_large"


class StreamOutOfOrder(StreamMalformed):
    """A message came where the stream's protocol has no place for it."""

    code = "stream.order"
    next_step = "Begin a stream once, send sound after its start and none after its stop."


class StreamFlooded(StreamMalformed):
    """Keys come faster than anybody can press them."""

    code = "stream.keys"
    next_step = "Send keys as they are pressed."


_KINDS: dict[str, type[StreamMalformed]] = {
    kind.code: kind for kind in (StreamMalformed, StreamTooLarge, StreamOutOfOrder, StreamFlooded)
}


def refusal(code: str, message: str) -> StreamMalformed:
    """Return the failure for what a serializer rejected; a code without a class of its own is malformed."""
    return _KINDS.get(code, StreamMalformed)(message)
