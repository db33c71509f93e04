"""Hosts one call: its pipeline, journal, tracks and rows, from the first line to the final row (DESIGN section 6)."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError

from bots.actions.call_tokens import issue_resume_token
from bots.actions.claim_call import mark_active, mark_ending
from bots.actions.finish_call import finish_call
from bots.engine.build import BuiltCall, CallSetting, build_call, vad_params_of
from bots.engine.clock import SystemClock
from bots.engine.core.journal import FileSink, Journal, JournalEvent
from bots.engine.core.outcome import EndReason
from bots.engine.errors import EngineError
from bots.engine.providers.resources import SharedResources
from bots.engine.rtvi.messages import envelope, error_message
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.spec import BotSpec
from bots.engine.transports.params import TransportParams
from bots.engine.transports.relay import Line, RelayTransport
from bots.models.end_reason import end_reason
from bots.models.voice_settings import call_dir, voice_setting
from bots.selectors.journal_file import JOURNAL_NAME

from .database import in_database
from .recorder import RowWriter
from .tools import host_tools
from .tracks import TrackFiles

log = logging.getLogger(__name__)

MAX_HISTORY = 500


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What the host knows of a call, loaded before it runs: plain data, no rows."""

    id: uuid.UUID
    epoch: int
    bot_id: int
    bot_slug: str
    version: int | None
    user_id: int
    spec: BotSpec
    history: tuple[Mapping[str, Any], ...] = ()
    secrets: Mapping[str, str] | None = None

    @property
    def url(self) -> str:
        """The call's page."""
        return f"/calls/{self.id}/"


class CallHost:
    """Runs one call; lines come and go through ``transport``. However the call ends, it is finalised."""

    def __init__(self, facts: CallFacts, shared: SharedResources, on_over: Callable[[CallHost], None]) -> None:
        self.facts = facts
        self._shared, self._on_over = shared, on_over
        self.clock = SystemClock()
        folder = call_dir(facts.id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.journal = Journal(self.clock, FileSink(folder / JOURNAL_NAME))
        self._tracks = TrackFiles(folder, self.journal) if facts.spec.record else None
        self._rows = RowWriter(facts.id)
        self.transport = RelayTransport(TransportParams(vad_analyzer=shared.voice_detector(vad_params_of(facts.spec))))
        self._turns: list[dict[str, Any]] = []
        self._built: BuiltCall | None = None
        self._started = False
        self._grace: asyncio.Task[None] | None = None
        self._met = False
        self._user_turns = 0
        self.task: asyncio.Task[None] | None = None

    # -- running -------------------------------------------------------------------------------------------------------

    def launch(self) -> None:
        """Start the call; its task is :attr:`task`."""
        self.journal.listen(self._note)
        self.transport.add_event_handler("on_client_connected", self._line_attached)
        self.transport.add_event_handler("on_client_disconnected", self._line_lost)
        loop = asyncio.get_running_loop()
        self._grace = loop.create_task(self._wait_for_line(), name=f"first line {self.facts.id}")
        self.task = loop.create_task(self._run(), name=f"call {self.facts.id}")

    async def _run(self) -> None:
        writer = asyncio.get_running_loop().create_task(self._rows.run(), name=f"rows {self.facts.id}")
        reason, code, duration = EndReason.START_FAILED, "", 0.0
        try:
            self._built = self._build()
            await in_database(mark_active, self.facts.id, epoch=self.facts.epoch, started_at=self.clock.started_at)
            outcome = await self._built.task.run()
            reason, code, duration = outcome.reason, self._last_error, outcome.duration_s
        except EngineError as error:
            code, duration = error.code, self.clock.now()
            self.journal.record("error", {**error.as_data(), "fatal": True})
            await self._send(error_message(error.message, error.code, error.owner, error.next_step, fatal=True))
        except asyncio.CancelledError:
            reason, duration = EndReason.SERVER_SHUTDOWN, self.clock.now()
        finally:
            await self._finalise(writer, reason, code, duration)

    def _build(self) -> BuiltCall:
        facts = self.facts
        setting = CallSetting(
            clock=self.clock,
            journal=self.journal,
            shared=self._shared,
            secrets=facts.secrets or {},
            tools=host_tools(facts.bot_id, facts.id),
            recording=self._tracks,
            history=[dict(message) for message in facts.history],
            header={"call": str(facts.id), "bot": facts.bot_slug, "version": facts.version},
        )
        built = build_call(facts.spec, self.transport, setting)
        built.rtvi.add_event_handler("on_client_ready", self._client_ready)
        built.rtvi.add_event_handler("on_client_rejoined", self._client_rejoined)
        built.rtvi.add_event_handler("on_disconnect_requested", self._hang_up)
        built.pair.latency.add_event_handler("on_turn_latency", self._turn_measured)
        built.pair.user().add_event_handler("on_user_turn", self._user_turn)
        return built

    _last_error = ""

    def _note(self, event: JournalEvent) -> None:
        """Hand an event to the row writer and keep what a returning client must see again."""
        self._rows.take(event)
        data = event.data
        if event.kind == "error" and data.get("fatal"):
            self._last_error = str(data.get("code", ""))
        elif event.kind in ("user.turn", "bot.turn") and len(self._turns) < MAX_HISTORY:
            role = "user" if event.kind == "user.turn" else "assistant"
            shown = {key: data[key] for key in ("turn", "text", "planned", "interrupted", "at") if key in data}
            self._turns.append({"role": role, **shown})

    async def _finalise(self, writer: asyncio.Task[None], reason: EndReason, code: str, duration: float) -> None:
        if self._grace is not None:
            self._grace.cancel()
        await self._say_goodbye(reason, duration)
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        if self._tracks is not None:
            self._tracks.close()
        self.journal.close()
        try:
            await self._rows.finish()
            context = list(self._built.pair.context.get_messages()) if self._built else None
            await in_database(
                finish_call, call_id=self.facts.id, reason=reason.value, duration_s=duration, error_code=code,
                context=context,
            )  # fmt: skip
        except DatabaseError:
            log.exception("a call waits for the reaper to become final", extra={"call": str(self.facts.id)})
        finally:
            self._on_over(self)

    async def _say_goodbye(self, reason: EndReason, duration: float) -> None:
        known = end_reason(reason.value)
        goodbye = {
            "type": "call-ended", "reason": reason.value, "sentence": str(known.sentence), "owner": known.owner,
            "duration_s": round(duration, 3), "turns": len(self._turns), "call_url": self.facts.url,
        }  # fmt: skip
        await self._send(envelope("server-message", goodbye))
        line = self.transport.line
        if line is not None:
            await line.close("ended")

    async def _send(self, message: dict[str, Any]) -> None:
        await self.transport.output().write_message(message)

    async def end(self, reason: EndReason, detail: str = "") -> None:
        """End the call now."""
        if self._built is not None:
            await self._built.task.cancel(reason, detail)
        elif self.task is not None:
            self.task.cancel()

    async def end_politely(self) -> None:
        """End the call after what is being said (a server that drains)."""
        if self._built is not None:
            await self._built.task.stop_when_done(EndReason.SERVER_SHUTDOWN)

    # -- lines ---------------------------------------------------------------------------------------------------------

    async def _line_attached(self, transport: RelayTransport, line: Line) -> None:
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        self.journal.record("call.reconnected" if self._met else "call.connected", {"transport": line.name})
        self._met = True

    async def _line_lost(self, transport: RelayTransport, line: Line, reason: str) -> None:
        if self.task is None or self.task.done() or self._grace is not None:
            return
        self.journal.record("call.network_lost", {"transport": line.name, "reason": reason})
        if self._built is not None:
            await self._built.task.interrupt("network_lost")
        self._grace = asyncio.get_running_loop().create_task(self._wait_for_line(), name=f"grace {self.facts.id}")

    async def _wait_for_line(self) -> None:
        await asyncio.sleep(float(voice_setting("RESUME_GRACE_S")))
        await self.end(EndReason.CLIENT_GONE)

    # -- the client ----------------------------------------------------------------------------------------------------

    async def _client_ready(self, rtvi: RTVIProcessor) -> None:
        await rtvi.set_bot_ready()
        self.journal.record("call.ready", {"client": rtvi.profile.library, "version": rtvi.profile.answer})
        await self._introduce(rtvi, resumed=False)
        if self._built is not None and not self._started:
            self._started = True
            await self._built.begin()

    async def _client_rejoined(self, rtvi: RTVIProcessor) -> None:
        await self._introduce(rtvi, resumed=True)
        await rtvi.send_server_message({"type": "history", "turns": self._turns})

    async def _introduce(self, rtvi: RTVIProcessor, *, resumed: bool) -> None:
        facts = self.facts
        line = self.transport.line
        token = await in_database(_new_resume_token, facts.id)
        await rtvi.send_server_message(
            {"type": "call", "call_id": str(facts.id), "call_url": facts.url, "resume_token": token, "resumed": resumed,
             "bot": facts.bot_slug, "version": facts.version or "draft", "transport": line.name if line else "",
             "max_duration_s": facts.spec.limits.max_duration_s, "started_at": self.clock.started_at.isoformat()}
        )  # fmt: skip

    async def _hang_up(self, rtvi: RTVIProcessor) -> None:
        await in_database(mark_ending, self.facts.id, epoch=self.facts.epoch)
        await self.end(EndReason.CALLER_HUNG_UP)

    async def _turn_measured(self, _: object, latency: Any) -> None:
        if self._built is not None:
            message = {"type": "turn-latency", "turn": self._user_turns, **latency.as_data()}
            await self._built.rtvi.send_server_message(message)

    async def _user_turn(self, _: object, text: str, disposition: str, turn: int) -> None:
        self._user_turns = turn
        if self._built is not None:
            message = {"type": "user-turn", "turn": turn, "text": text, "disposition": disposition}
            await self._built.rtvi.send_server_message(message)


def _new_resume_token(call_id: uuid.UUID) -> str:
    from bots.models import Call

    return issue_resume_token(Call.objects.get(pk=call_id))
