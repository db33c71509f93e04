"""A caller's socket: reads and writes the official framing, refuses politely, closes in time (client contract 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.engine.errors import EngineError
from bots.engine.frames import TranscriptionFrame
from bots.engine.transports.intake import Intake
from bots.engine.transports.protobuf import (
    AudioMessage,
    DataMessage,
    InterruptionMessage,
    TextMessage,
    TranscriptionMessage,
    decode,
)
from bots.engine.transports.rejections import ClientTooSlow, TextMessageInput
from bots.engine.transports.socket_end import POLICY, TRY_AGAIN, SocketEnd
from bots.engine.transports.streamed_input import StreamedInput

from .writer import SocketWriter


class CallerSocket:
    """``send(data)`` writes a binary message, ``close(code, reason)`` closes; what is read goes to ``target``.

    ``on_over(reason)`` is awaited once when the socket is gone or was given up: ``closed``, ``input.given_up`` (1008)
    or ``client.too_slow`` (1013).
    """

    def __init__(
        self,
        send: Callable[[bytes], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
        target: StreamedInput,
        on_over: Callable[[str], Awaitable[None]],
    ) -> None:
        self._target = target
        self.writer = SocketWriter(send, self._too_slow)
        self._end = SocketEnd(self.writer, close, on_over)
        self.intake = Intake(target, self.writer.message, self._give_up)

    async def feed(self, data: bytes | str) -> None:
        """Take one message of the socket; never raises for what it holds."""
        if self._end.over or not self.intake.open:
            return
        try:
            if isinstance(data, str):
                raise TextMessageInput("A text message cannot be read here.")
            found = decode(data)
            if not isinstance(found, AudioMessage | DataMessage):
                self.intake.admit_message()
        except EngineError as error:
            self.intake.reject(error)
            return
        if isinstance(found, AudioMessage):
            await self.intake.audio(found.audio, found.sample_rate, found.num_channels)
        elif isinstance(found, DataMessage):
            await self.intake.message(found.data)
        elif self._target.live:
            await self._take_from_peer(found)

    async def _take_from_peer(self, found: TextMessage | TranscriptionMessage | InterruptionMessage) -> None:
        """Take what other servers send: text is a typed turn, a transcription is heard speech."""
        target = self._target
        if isinstance(found, TextMessage):
            message = {"label": "rtvi-ai", "type": "send-text", "id": "", "data": {"content": found.text}}
            await target.receive_message(message)
        elif isinstance(found, TranscriptionMessage):
            at = found.timestamp or target.clock.timestamp()
            await target.push_frame(TranscriptionFrame(found.text, found.user_id or target.params.user_id, at))
        else:
            await target.request_interruption("client")

    async def gone(self, reason: str = "closed") -> None:
        """Tell that the socket is closed."""
        await self._end.gone(reason)

    async def end(self, code: int, reason: str) -> None:
        """Write what waits, then close the socket; at most three times ``CLOSE_SECS``."""
        await self._end.end(code, reason)

    def _give_up(self, error: EngineError) -> None:
        self._end.refuse(POLICY, error)

    def _too_slow(self) -> None:
        error = ClientTooSlow("The client did not take what was sent to it.")
        self._target.note_rejected(error)
        self._end.refuse(TRY_AGAIN, error)
