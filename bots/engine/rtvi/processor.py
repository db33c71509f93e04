"""The client's way into the pipeline (RTVI-01, RTVI-03, RTVI-08…12, RTVI-15)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.core.pipeline import BasePipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.settings import CHECK, SettingWrong
from bots.engine.errors import EngineError
from bots.engine.frames import (
    EndTaskFrame,
    Frame,
    FrameDirection,
    FunctionCallResultFrame,
    InputTransportMessageFrame,
    RTVIClientMessageFrame,
    StartFrame,
)

from .errors import Malformed, NotReady, RTVIError, TooFast, UnknownMessage
from .function_calls import CallParams, ClientCalls
from .intake import AUDIO, NEVER_WAITS, AudioTransport, Intake
from .legacy import LegacyBook, RTVIAction, RTVIService
from .limits import Limits
from .messages import LABEL, ClientMessage, error_response, id_of, read
from .payloads import CallResult
from .sending import RTVISender
from .version import negotiate

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
WAITING = 64
EVENTS = 256


@dataclass(frozen=True, slots=True)
class RTVIConfig:
    """The documented constructor argument. Its list must be empty: clients do not configure bots (RTVI-15)."""

    config: tuple[Any, ...] | list[Any] = ()


class RTVIProcessor(RTVISender):
    """Takes the client's messages, right after ``transport.input()``, and speaks to the client.

    Events: ``on_client_ready(rtvi)`` (answer with :meth:`set_bot_ready`; without a handler the bot is ready at once),
    ``on_client_rejoined(rtvi)`` (another client took over a running call), ``on_client_message(rtvi, msg)``,
    ``on_disconnect_requested(rtvi)`` (without a handler the task is ended), ``on_ui_event(rtvi, event)``,
    ``on_ui_snapshot(rtvi, tree)``, ``on_ui_cancel_job_group(rtvi, job)``. Handlers run one after the other beside the
    stream of messages, so a slow one delays no media. Faulty messages get a coded answer and never end the connection.
    With ``transport`` audio in messages takes the way of the microphone's, voice activity included; without it, it is
    pushed downstream.
    """

    def __init__(
        self,
        config: RTVIConfig | None = None,
        *,
        transport: AudioTransport | None = None,
        name: str | None = None,
    ) -> None:
        CHECK.kinds_or_none(RTVIConfig, "an RTVIConfig", config=config)
        if config is not None and config.config:
            raise SettingWrong("config must be empty: clients do not configure bots, configure the bot itself.")
        super().__init__(name=name)
        self.transport = transport
        self.calls = ClientCalls()
        self.ui_snapshot: Mapping[str, Any] | None = None
        self.input_rate = 16000
        self.legacy = LegacyBook(self)
        self.add_event_handler("on_action", RTVIProcessor._run_action)
        self._intake = Intake(self)
        self._bot_ready = False
        self._ready_id: str | None = None
        self._waiting: deque[ClientMessage] = deque()
        self._events: asyncio.Queue[tuple[str, tuple[Any, ...]]] = asyncio.Queue(EVENTS)
        self._limits: Limits | None = None

    @property
    def limits(self) -> Limits:
        """How fast this client may send."""
        if self._limits is None:
            self._limits = Limits(self.clock.now)
        return self._limits

    async def start(self, frame: StartFrame) -> None:
        self.input_rate = frame.audio_in_sample_rate
        self.create_task(self._run_events(), f"{self.name} events")

    # -- readiness -------------------------------------------------------------------------------------------------

    async def set_bot_ready(self) -> None:
        """Let the client know that the bot listens; what it sent meanwhile is acted on now (RTVI-03)."""
        if self._bot_ready:
            return
        self._bot_ready = True
        if self._ready_id is not None:
            await self._meet()

    async def on_ready_message(self, message: ClientMessage) -> None:
        """Take ``client-ready``: find out who the client is, and answer as soon as the bot is ready."""
        again = self._ready_id is not None
        found = negotiate(message.data)
        self.profile, self._ready_id = found.profile, message.id or self.clock.new_id()
        if found.problem is not None:
            await self.refuse(message.id, found.problem)
        if not again and not self.listens("on_client_ready"):
            self._bot_ready = True
        if self._bot_ready:
            await self._meet()
        await self.tell("on_client_rejoined" if again else "on_client_ready")

    async def _meet(self) -> None:
        await self._greet(self._ready_id or "")
        while self._waiting:
            await self._act(self._waiting.popleft())

    # -- messages that arrive --------------------------------------------------------------------------------------

    @handles(InputTransportMessageFrame, direction=DOWN, consume=True)
    async def on_transport_message(self, frame: InputTransportMessageFrame) -> None:
        """Act on a client's message; messages with another label go on to whoever understands them."""
        message: Any = frame.message
        if not isinstance(message, Mapping):
            await self.refuse("", Malformed("The message is not a JSON object."))
            return
        label = message.get("label")
        if isinstance(label, str) and label != LABEL:
            await self.push_frame(frame)
            return
        if not self.limits.allow("frames"):
            await self.refuse(id_of(message), TooFast("Messages come too fast."))
            return
        try:
            known = read(message)
        except RTVIError as error:
            await self.refuse(id_of(message), error)
        else:
            await self._sort(known)

    async def _sort(self, message: ClientMessage) -> None:
        if self._bot_ready or message.type in NEVER_WAITS:
            await self._act(message)
        elif len(self._waiting) < WAITING and message.type not in AUDIO:
            self._waiting.append(message)
        else:
            await self.refuse(message.id, NotReady("The bot is not ready yet and too many messages wait for it."))

    async def _act(self, message: ClientMessage) -> None:
        try:
            await self._intake.act(message)
        except EngineError as error:
            await self.refuse(message.id, error)

    async def refuse(self, message_id: str, error: EngineError) -> None:
        """Answer a message that could not be acted on; a flood of them is answered in part."""
        if self.limits.allow("faults"):
            self.journal.record("input.rejected", {"code": error.code, "message": error.message})
            await self.send_built(error_response(message_id, error))

    # -- events for the bot's code ---------------------------------------------------------------------------------

    def listens(self, event: str) -> bool:
        """Whether the bot's code has a handler for an event."""
        return bool((self._handlers or {}).get(event))

    async def tell(self, event: str, *args: Any) -> None:
        """Line an event up for the bot's handlers, if any; raises :class:`TooFast` when they cannot keep up."""
        if event != "on_client_message" and not self.listens(event):
            return
        try:
            self._events.put_nowait((event, args))
        except asyncio.QueueFull:
            raise TooFast("The bot has not caught up with earlier messages.") from None

    async def _run_events(self) -> None:
        while True:
            event, args = await self._events.get()
            if event == "on_client_message":
                await self._ask(args[0])
            else:
                await self.emit(event, *args)

    async def _ask(self, frame: RTVIClientMessageFrame) -> None:
        """Offer a client message to handlers, then to processors; say so if nobody can take it (contract 5.2)."""
        self._dispatching[frame.msg_id] = False
        await self.emit("on_client_message", frame)
        await self.push_frame(frame)
        answered = self._dispatching.pop(frame.msg_id, True)
        expected = self.listens("on_client_message") or self._named_downstream(RTVIClientMessageFrame)
        if not answered and not expected:
            await self.refuse(frame.msg_id, UnknownMessage("Nobody here knows this kind of client message."))

    def _named_downstream(self, kind: type[Frame]) -> bool:
        parts: list[FrameProcessor] = []
        for processor in self._down.chain.processors if self._down is not None else ():
            parts += [processor, *(processor.children() if isinstance(processor, BasePipeline) else ())]
        return any(kind in mark.types for processor in parts for _, mark in processor._handled)

    def register_service(self, service: RTVIService) -> None:
        """Register a service as bots did in 2025 (RTVI-06)."""
        self.legacy.register_service(service)

    def register_action(self, action: RTVIAction) -> None:
        """Register an action as bots did in 2025 (RTVI-07)."""
        self.legacy.register_action(action)

    async def _run_action(self, message: ClientMessage) -> None:
        try:
            result = await self.legacy.run(message)
        except EngineError as error:
            await self.refuse(message.id, error)
        else:
            await self.send("action-response", {"result": result}, message.id)

    # -- what the bot's code asks for ------------------------------------------------------------------------------

    async def request_disconnect(self) -> None:
        """The client wants to leave: tell the host, or end the task when nobody listens."""
        if self.listens("on_disconnect_requested"):
            await self.emit("on_disconnect_requested")
        else:
            await self.push_frame(EndTaskFrame("caller_hung_up"), UP)

    async def interrupt_bot(self) -> None:
        """Cut the bot off from the server's side (RTVI-10)."""
        await self.request_interruption("rtvi")

    async def handle_function_call(
        self,
        params: CallParams | None = None,
        *,
        function_name: str = "",
        tool_call_id: str = "",
        arguments: Mapping[str, Any] | None = None,
    ) -> None:
        """Have the client run a function (RTVI-08, FUNC-19).

        Registered as a function handler it gets ``params``, waits for the client and gives the result back; the
        registration's time limit ends the wait. With keywords it returns at once and the result becomes a
        ``FunctionCallResultFrame`` downstream.
        """
        if params is not None:
            await self._hand_over(params.function_name, params.tool_call_id, params.arguments)
            result = await self.calls.wait(params.tool_call_id)
            await params.result_callback(result.result)
            return
        given = dict(arguments or {})
        await self._hand_over(function_name, tool_call_id, given)

        async def push_result(result: CallResult) -> None:
            await self.push_frame(FunctionCallResultFrame(function_name, tool_call_id, given, result.result))

        await self.calls.want(tool_call_id, push_result)

    async def _hand_over(self, name: str, call_id: str, arguments: Mapping[str, Any]) -> None:
        """Send the one message that makes this client run the function, once per call."""
        if self.profile.calls_with_args:
            if self.calls.enter(call_id, "handed over"):
                data = {"function_name": name, "tool_call_id": call_id, "args": dict(arguments)}
                await self.send("llm-function-call", data)
        else:
            await self.announce_call(name, call_id, arguments)

    async def announce_call(self, name: str, call_id: str, arguments: Mapping[str, Any]) -> None:
        """Tell a client of 1.2 or newer, once, that a call runs; its own handler runs on this message if it has one."""
        if self.calls.enter(call_id, "in progress"):
            data = {"tool_call_id": call_id, "function_name": name, "arguments": dict(arguments)}
            await self.send("llm-function-call-in-progress", data)
