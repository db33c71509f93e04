"""Why something a client sent was not taken: each with a code, an owner and a next step."""

from __future__ import annotations

from bots.engine.errors import TransportError


class MalformedInput(TransportError):
    """A message cannot be read."""

    code = "input.malformed"
    owner = "caller"
    next_step = "Send one protobuf frame per binary message, or one JSON object per data-channel message."


class TextMessageInput(MalformedInput):
    """A text message arrived on a socket that carries binary messages only."""

    code = "input.text_message"
    next_step = "Send binary messages, each one protobuf frame."


class InputTooLarge(TransportError):
    """A message or a block of audio is larger than what is taken."""

    code = "input.too_large"
    owner = "caller"
    next_step = "Send messages of at most 1 MiB and blocks of at most five seconds of audio."


class UnusableAudio(TransportError):
    """Audio has a length, rate or number of channels that make no sense."""

    code = "input.bad_audio"
    owner = "caller"
    next_step = "Send 16-bit little-endian PCM, 8000 to 48000 Hz, one or two channels, whole samples."


class InputTooFast(TransportError):
    """Messages or audio arrive faster than any conversation needs."""

    code = "input.too_fast"
    owner = "caller"
    next_step = "Send audio as it is recorded and at most a hundred messages a second."


class TooMuchBadInput(TransportError):
    """So much of what arrives cannot be used that the connection is given up."""

    code = "input.given_up"
    owner = "caller"
    next_step = "Read the earlier errors, mend the client and connect again."


class ClientTooSlow(TransportError):
    """The client does not take what is sent to it."""

    code = "client.too_slow"
    owner = "network"
    next_step = "Check the network between client and server, then start the call again."
