"""What each client message carries, read into frames and facts (client contract 5.2); readers raise ``Malformed``."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.frames import KeypadEntry, LLMMessagesAppendFrame, RTVIClientMessageFrame, UserTextFrame

from .errors import Malformed, TooLarge
from .messages import ClientMessage

MAX_TEXT = 16_000
MAX_NAME = 256
MAX_KEYS = 32
MAX_BATCH = 64
RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@dataclass(frozen=True, slots=True)
class CallResult:
    """What a function of the client returned; ``result`` is any JSON."""

    function_name: str
    tool_call_id: str
    arguments: Mapping[str, Any]
    result: Any


@dataclass(frozen=True, slots=True)
class UIEvent:
    """Something happened on the client's page."""

    event: str
    payload: Any = None


@dataclass(frozen=True, slots=True)
class JobCancel:
    """The person at the page wants a group of jobs to stop."""

    job_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ClientAudio:
    """Audio sent as a message: s16le, ``rate`` in Hz, one or two channels interleaved."""

    pcm: bytes
    rate: int
    channels: int


def fields_of(message: ClientMessage) -> Mapping[str, Any]:
    """Return the message's ``data``, which must be an object."""
    if not isinstance(message.data, Mapping):
        raise Malformed(f'"{message.type}" needs an object as data.')
    return message.data


def _text(fields: Mapping[str, Any], name: str, limit: int = MAX_NAME) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Malformed(f'The field "{name}" must be a text that is not empty.')
    if len(value) > limit:
        raise TooLarge(f'The field "{name}" is longer than {limit} characters.')
    return value


def _flag(fields: Mapping[str, Any], name: str, default: bool) -> bool:
    value = fields.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise Malformed(f'The field "{name}" must be true or false.')
    return value


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Malformed(f'The field "{name}" must be an object.')
    return value


def client_message(message: ClientMessage) -> RTVIClientMessageFrame:
    """Read ``client-message``: ``{t, d?}``."""
    fields = fields_of(message)
    return RTVIClientMessageFrame(message.id, _text(fields, "t"), fields.get("d"))


def typed_text(message: ClientMessage) -> UserTextFrame:
    """Read ``send-text``: ``{content, options?: {run_immediately?, audio_response?}}``; both are true by default."""
    fields = fields_of(message)
    options = _object(fields, "options")
    return UserTextFrame(
        _text(fields, "content", MAX_TEXT),
        run_immediately=_flag(options, "run_immediately", True),
        audio_response=_flag(options, "audio_response", True),
    )


def context_append(message: ClientMessage) -> LLMMessagesAppendFrame:
    """Read ``append-to-context``: ``{role, content, run_immediately?}``; never the system's role (RTVI-15)."""
    fields = fields_of(message)
    role, content = fields.get("role"), fields.get("content")
    if role not in ("user", "assistant"):
        raise Malformed('The field "role" must be "user" or "assistant".')
    if content is None or content in ("", [], {}):
        raise Malformed('The field "content" is missing.')
    if not isinstance(content, str) and not _are_text_parts(content):
        content = json.dumps(content, ensure_ascii=False)
    return LLMMessagesAppendFrame([{"role": role, "content": content}], run_llm=_flag(fields, "run_immediately", False))


def _are_text_parts(content: Any) -> bool:
    return isinstance(content, list) and all(
        isinstance(part, Mapping) and part.get("type") == "text" and isinstance(part.get("text"), str)
        for part in content
    )


def call_result(message: ClientMessage) -> CallResult:
    """Read ``llm-function-call-result``; the arguments may be called ``arguments`` or, as in 1.0, ``args``."""
    fields = fields_of(message)
    if "result" not in fields:
        raise Malformed('The field "result" is missing.')
    name = "arguments" if fields.get("arguments") is not None else "args"
    call_id, function = _text(fields, "tool_call_id"), _text(fields, "function_name")
    return CallResult(function, call_id, _object(fields, name), fields["result"])


def keys(message: ClientMessage) -> tuple[KeypadEntry, ...]:
    """Read ``dtmf``: ``{buttons: [...]}`` or, as in 2.0, ``{button}``."""
    fields = fields_of(message)
    pressed = fields.get("buttons")
    if pressed is None:
        pressed = [fields.get("button")]
    if not isinstance(pressed, list) or not pressed:
        raise Malformed('The field "buttons" must be a list of keys.')
    if len(pressed) > MAX_KEYS:
        raise TooLarge(f"More than {MAX_KEYS} keys in one message.")
    known = {entry.value: entry for entry in KeypadEntry}
    if not all(isinstance(key, str) and key in known for key in pressed):
        raise Malformed("A key must be one of 0 to 9, * and #.")
    return tuple(known[key] for key in pressed)


def ui_event(message: ClientMessage) -> UIEvent:
    """Read ``ui-event``: ``{event, payload?}``."""
    fields = fields_of(message)
    return UIEvent(_text(fields, "event"), fields.get("payload"))


def ui_snapshot(message: ClientMessage) -> Mapping[str, Any]:
    """Read ``ui-snapshot``: ``{tree: {root, captured_at, selection?}}``; returns the tree."""
    tree = fields_of(message).get("tree")
    if not isinstance(tree, Mapping) or "root" not in tree:
        raise Malformed('The field "tree" must be an object with a "root".')
    return tree


def job_cancel(message: ClientMessage) -> JobCancel:
    """Read ``ui-cancel-job-group``: ``{job_id, reason?}``."""
    fields = fields_of(message)
    reason = fields.get("reason")
    return JobCancel(_text(fields, "job_id"), reason[:MAX_NAME] if isinstance(reason, str) else "")


def audio(message: ClientMessage) -> ClientAudio:
    """Read ``raw-audio`` and ``raw-audio-batch``: ``{base64Audio | base64AudioBatch, sampleRate, numChannels}``."""
    fields = fields_of(message)
    rate, channels = fields.get("sampleRate"), fields.get("numChannels", 1)
    if not isinstance(rate, int) or isinstance(rate, bool) or rate not in RATES:
        raise Malformed(f'The field "sampleRate" must be one of {", ".join(map(str, RATES))}.')
    if isinstance(channels, bool) or channels not in (1, 2):
        raise Malformed('The field "numChannels" must be 1 or 2.')
    pieces = fields.get("base64AudioBatch")
    pieces = [fields.get("base64Audio")] if pieces is None else pieces
    if not isinstance(pieces, list) or not pieces or len(pieces) > MAX_BATCH:
        raise Malformed(f"A batch holds 1 to {MAX_BATCH} pieces of audio.")
    pcm = b"".join(_decoded(piece) for piece in pieces)
    if not pcm or len(pcm) % (2 * int(channels)):
        raise Malformed("The audio is empty or breaks off inside a sample.")
    return ClientAudio(pcm, rate, int(channels))


def _decoded(piece: object) -> bytes:
    try:
        return base64.b64decode(piece, validate=True) if isinstance(piece, str) else _no_audio()
    except (binascii.Error, ValueError):
        return _no_audio()


def _no_audio() -> bytes:
    raise Malformed("The audio is not text in base64.") from None
