"""What can be wrong with a client's message; each answers the client and never closes the connection (RTVI-09)."""

from __future__ import annotations

from typing import ClassVar

from bots.engine.errors import EngineError, Owner


class RTVIError(EngineError):
    """A client's message could not be acted on."""

    code = "rtvi.failed"
    owner: ClassVar[Owner] = "caller"
    next_step = "Look at the message in the client and send it again."


class Malformed(RTVIError):
    """The message, or a field of it, is not what its type needs."""

    code = "rtvi.malformed"
    next_step = "Compare the message with the RTVI documents: the sentence names the field."


class UnknownType(RTVIError):
    """No such message type."""

    code = "rtvi.unknown_type"
    next_step = "Check the spelling of the message's type and the version of the client library."


class TooLarge(RTVIError):
    """The message holds more than its type may."""

    code = "rtvi.too_large"
    next_step = "Send less at once."


class TooFast(RTVIError):
    """More messages of a kind than a person or a page sends."""

    code = "rtvi.too_fast"
    next_step = "Wait a moment and send fewer messages."


class NotReady(RTVIError):
    """Too many messages came before the bot was ready."""

    code = "rtvi.not_ready"
    next_step = "Wait for bot-ready before sending."


class UnsupportedVersion(RTVIError):
    """The client speaks a version of the protocol that is not known here; it is served as well as can be."""

    code = "rtvi.unsupported_version"
    next_step = "Update the client library, or go on if what is needed works."


class Unsupported(RTVIError):
    """The protocol knows the message, this bot does not take it."""

    code = "rtvi.unsupported"
    next_step = "Use what the sentence names instead."


class UnknownMessage(RTVIError):
    """Nobody here listens for this kind of client message."""

    code = "rtvi.unknown_message"
    owner = "author"
    next_step = "Register a handler for it, or stop sending it."


class UnknownCall(RTVIError):
    """A function result came for a call that waits for none (finished, cancelled, or never given to the client)."""

    code = "rtvi.unknown_call"
    next_step = "Nothing needs doing if the call was cancelled; else send the tool_call_id that was received."


class Refused(RTVIError):
    """The bot's own handler answered a client message with an error."""

    code = "rtvi.refused"
    owner = "author"
    next_step = "Read the sentence; it comes from the bot's own code."


class BotError(RTVIError):
    """The bot's own code reports an error to the client."""

    code = "rtvi.bot_error"
    owner = "author"
    next_step = "Read the sentence; it comes from the bot's own code."
