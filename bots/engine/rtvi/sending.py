"""What goes to the client: built, cleaned, held until the client can take it (RTVI-09…11)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import EngineError
from bots.engine.frames import OutputTransportMessageUrgentFrame, RTVIClientMessageFrame

from .errors import BotError, Refused
from .messages import envelope, error_message, error_response
from .version import ClientProfile

HELD = 256
AT_ONCE = frozenset({"bot-ready", "error", "error-response"})


class RTVISender(FrameProcessor):
    """Sends messages by pushing urgent transport frames downstream.

    Before ``bot-ready`` everything but errors waits, at most :data:`HELD` messages, the oldest given up first.
    ``profile`` is how the client is spoken to; ``handshakes`` counts the clients that became ready on this call.
    """

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.profile = ClientProfile()
        self.handshakes = 0
        self._held: deque[dict[str, Any]] = deque(maxlen=HELD)
        self._dispatching: dict[str, bool] = {}

    async def send(self, kind: str, data: Any = None, message_id: str = "") -> None:
        """Send one message; ``data`` is cleaned of nulls and made an object."""
        await self.send_built(envelope(kind, data, message_id))

    async def send_server_message(self, data: Any) -> None:
        """Send a custom payload (RTVI-11); what is not an object is put into one under ``value``."""
        await self.send("server-message", data if data is not None else {})

    async def send_server_response(self, msg: RTVIClientMessageFrame, data: Any = None) -> None:
        """Answer a client message with a ``server-response`` (RTVI-12, CONF-15); ``data`` is its result."""
        self._note_answer(msg.msg_id)
        await self.send("server-response", {"t": msg.type, "d": data}, msg.msg_id)

    async def send_error_response(self, msg: RTVIClientMessageFrame | str, text: str) -> None:
        """Answer a client message, or the message of that id, with an error (RTVI-09)."""
        message_id = msg if isinstance(msg, str) else msg.msg_id
        self._note_answer(message_id)
        await self.send_built(error_response(message_id, Refused(text)))

    async def send_error(self, text: str, fatal: bool = False, *, error: EngineError | None = None) -> None:
        """Tell the client of an error; a fatal one makes clients disconnect (RTVI-09)."""
        facts = error or BotError(text)
        await self.send_built(error_message(text, facts.code, facts.owner, facts.next_step, fatal=fatal))

    async def send_ui_command(self, command: str, payload: Mapping[str, Any] | None = None) -> None:
        """Ask the client's page to do something: ``toast``, ``navigate``, ``highlight`` and so on."""
        await self.send("ui-command", {"command": command, "payload": payload or {}})

    async def send_ui_job_group(self, kind: str, job_id: str, **facts: Any) -> None:
        """Tell how a group of jobs goes: ``group_started``, ``job_update``, ``job_completed``, ``group_completed``."""
        await self.send("ui-job-group", {"kind": kind, "job_id": job_id, "at": self.clock.timestamp(), **facts})

    async def send_built(self, message: dict[str, Any]) -> None:
        """Send an envelope that was built by :mod:`.messages`."""
        if self.handshakes or message["type"] in AT_ONCE:
            await self.push_frame(OutputTransportMessageUrgentFrame(message))
        else:
            self._held.append(message)

    async def _greet(self, message_id: str) -> None:
        """Send ``bot-ready`` with version and about (CONF-14), then what waited for it."""
        self.handshakes += 1
        await self.send("bot-ready", {"version": self.profile.answer, "about": {"library": "voiceapp"}}, message_id)
        while self._held:
            await self.send_built(self._held.popleft())

    def _note_answer(self, message_id: str) -> None:
        if message_id in self._dispatching:
            self._dispatching[message_id] = True
