"""What each client message sets off (client contract 5.2)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from bots.engine.audio.pcm import duration_of, stereo_to_mono
from bots.engine.audio.resampler import Resampler
from bots.engine.core.journal import Journal
from bots.engine.frames import Frame, InputAudioRawFrame, InputDTMFFrame

from . import payloads
from .errors import TooFast, UnknownCall, UnknownType, Unsupported
from .function_calls import ClientCalls
from .legacy import LegacyBook
from .limits import Limits
from .messages import ClientMessage

NEVER_WAITS = frozenset({"client-ready", "disconnect-bot"})
AUDIO = frozenset({"raw-audio", "raw-audio-batch"})
UNCOUNTED = AUDIO | {"disconnect-bot"}


class AudioInput(Protocol):
    """The transport's input, as far as audio in messages needs it: the caller's voice activity is detected there."""

    async def receive_audio(self, pcm: bytes, sample_rate: int, num_channels: int = 1) -> None:
        """Take caller audio, s16le."""


class AudioTransport(Protocol):
    """A transport with such an input."""

    def input(self) -> AudioInput:
        """Return the input."""


class MessageTarget(Protocol):
    """What messages act on: the processor that speaks with the client."""

    transport: AudioTransport | None
    calls: ClientCalls
    ui_snapshot: Mapping[str, Any] | None
    input_rate: int
    legacy: LegacyBook

    @property
    def limits(self) -> Limits:
        """How fast this client may send."""

    @property
    def journal(self) -> Journal:
        """The call's journal."""

    def push_frame(self, frame: Frame) -> Awaitable[None]:
        """Hand a frame downstream."""

    async def send(self, kind: str, data: Any = None, message_id: str = "") -> None:
        """Send one message to the client."""

    async def tell(self, event: str, *args: Any) -> None:
        """Line an event up for the bot's handlers."""

    async def on_ready_message(self, message: ClientMessage) -> None:
        """Take ``client-ready``."""

    async def request_disconnect(self) -> None:
        """The client wants to leave."""


class Intake:
    """Acts on messages that were read; raises a coded error for those it cannot act on."""

    def __init__(self, rtvi: MessageTarget) -> None:
        self._rtvi = rtvi
        self._resamplers: dict[int, Resampler] = {}
        self._actions: dict[str, Callable[[ClientMessage], Awaitable[None]]] = {
            "client-ready": rtvi.on_ready_message,
            "disconnect-bot": self._disconnect,
            "client-message": self._client_message,
            "send-text": self._send_text,
            "append-to-context": self._append,
            "llm-function-call-result": self._call_result,
            "dtmf": self._keys,
            "ui-event": self._ui_event,
            "ui-snapshot": self._ui_snapshot,
            "ui-cancel-job-group": self._cancel_jobs,
            "raw-audio": self._audio,
            "raw-audio-batch": self._audio,
            "action": self._legacy_action,
            "describe-actions": self._legacy_question,
            "describe-config": self._legacy_question,
            "get-config": self._legacy_question,
        }

    async def act(self, message: ClientMessage) -> None:
        """Act on one message."""
        if message.type not in UNCOUNTED and not self._rtvi.limits.allow("messages"):
            raise TooFast("Messages come too fast.")
        action = self._actions.get(message.type)
        if action is None:
            raise self._foreign(message.type)
        await action(message)
        if message.type not in AUDIO:
            self._rtvi.journal.record("client.message", {"type": message.type})

    @staticmethod
    def _foreign(kind: str) -> Exception:
        if kind == "update-config":
            return Unsupported("Clients do not configure bots; ask whoever runs this server.")
        if kind == "send-file":
            return Unsupported("Files cannot be sent to this bot; send text with send-text or append-to-context.")
        return UnknownType("This type of message is not known.")

    async def _disconnect(self, message: ClientMessage) -> None:
        await self._rtvi.request_disconnect()

    async def _client_message(self, message: ClientMessage) -> None:
        await self._rtvi.tell("on_client_message", payloads.client_message(message))

    async def _send_text(self, message: ClientMessage) -> None:
        await self._rtvi.push_frame(payloads.typed_text(message))

    async def _append(self, message: ClientMessage) -> None:
        await self._rtvi.push_frame(payloads.context_append(message))

    async def _call_result(self, message: ClientMessage) -> None:
        if not await self._rtvi.calls.resolve(payloads.call_result(message)):
            raise UnknownCall("No function call waits for this result.")

    async def _keys(self, message: ClientMessage) -> None:
        pressed = payloads.keys(message)
        if not self._rtvi.limits.allow("dtmf", len(pressed)):
            raise TooFast("Keys come faster than anybody presses them.")
        for button in pressed:
            await self._rtvi.push_frame(InputDTMFFrame(button))

    async def _ui_event(self, message: ClientMessage) -> None:
        await self._rtvi.tell("on_ui_event", payloads.ui_event(message))

    async def _ui_snapshot(self, message: ClientMessage) -> None:
        tree = payloads.ui_snapshot(message)
        if not self._rtvi.limits.allow("ui-snapshot"):
            raise TooFast("Page snapshots come too fast.")
        self._rtvi.ui_snapshot = tree
        await self._rtvi.tell("on_ui_snapshot", tree)

    async def _cancel_jobs(self, message: ClientMessage) -> None:
        await self._rtvi.tell("on_ui_cancel_job_group", payloads.job_cancel(message))

    async def _legacy_action(self, message: ClientMessage) -> None:
        if not self._rtvi.legacy:
            self._rtvi.legacy.answer(message.type)
        await self._rtvi.tell("on_action", message)

    async def _legacy_question(self, message: ClientMessage) -> None:
        kind, data = self._rtvi.legacy.answer(message.type)
        await self._rtvi.send(kind, data, message.id)

    async def _audio(self, message: ClientMessage) -> None:
        audio = payloads.audio(message)
        if not self._rtvi.limits.allow("audio", duration_of(audio.pcm, audio.rate, audio.channels)):
            raise TooFast("Audio comes faster than it can have been spoken.")
        if self._rtvi.transport is not None:
            await self._rtvi.transport.input().receive_audio(audio.pcm, audio.rate, audio.channels)
            return
        pcm = stereo_to_mono(audio.pcm) if audio.channels == 2 else audio.pcm
        rate = self._rtvi.input_rate
        if audio.rate != rate:
            if audio.rate not in self._resamplers:
                self._resamplers = {audio.rate: Resampler(audio.rate, rate)}
            pcm = self._resamplers[audio.rate].process(pcm)
        if pcm:
            await self._rtvi.push_frame(InputAudioRawFrame(pcm, rate))
