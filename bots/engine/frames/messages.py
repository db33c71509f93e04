"""Messages between client and bot beside the media: RTVI, keys, transport payloads (RTVI-11…12, DTMF-03, DTMF-06)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NoReturn

from bots.engine.errors import TransportError

from .base import DataFrame, SystemFrame, Uninterruptible, frame


class KeyUnknown(TransportError, ValueError):
    """No telephone has a key of this name."""

    code = "keypad.unknown"
    next_step = "Use one of the keys 0 to 9, * and #."


class KeypadEntry(StrEnum):
    """A key of a telephone keypad (DTMF-03)."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    FIVE = "5"
    SIX = "6"
    SEVEN = "7"
    EIGHT = "8"
    NINE = "9"
    ZERO = "0"
    POUND = "#"
    STAR = "*"

    @classmethod
    def _missing_(cls, value: object) -> NoReturn:
        raise KeyUnknown("A key must be one of 0 to 9, * and #.")


@frame
class InputDTMFFrame(SystemFrame):
    """The caller pressed a key."""

    button: KeypadEntry


@frame
class OutputDTMFFrame(DataFrame, Uninterruptible):
    """Send a key's tone to the far end, in order with the audio around it (DTMF-06); whoever speaks does not cut it."""

    button: KeypadEntry


@frame
class OutputDTMFUrgentFrame(SystemFrame):
    """Send a key's tone to the far end now (DTMF-06)."""

    button: KeypadEntry


@frame
class InputTransportMessageFrame(SystemFrame):
    """A message from the client as the transport read it (a JSON object)."""

    message: Mapping[str, Any]


@frame
class OutputTransportMessageFrame(DataFrame):
    """A message to the client, in order with the audio around it."""

    message: Mapping[str, Any]


@frame
class OutputTransportMessageUrgentFrame(SystemFrame):
    """A message to the client that does not wait for audio."""

    message: Mapping[str, Any]


@frame
class RTVIServerMessageFrame(SystemFrame):
    """A custom payload for the client (RTVI-11); an object, as native clients need."""

    data: Mapping[str, Any]


@frame
class RTVIClientMessageFrame(SystemFrame):
    """A custom message of the client (RTVI-12)."""

    msg_id: str
    type: str
    data: Any = None


@frame
class RTVIServerResponseFrame(SystemFrame):
    """The answer to a client message (RTVI-12)."""

    client_msg: RTVIClientMessageFrame
    data: Any = None
    error: str | None = None
