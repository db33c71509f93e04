"""Hosts one call: its pipeline, journal, tracks and rows, from the first line to the final row (DESIGN section 6)."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.assembly.tool_environment import tool_environment
from bots.engine.build import BuiltCall, CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import FORMAT_VERSION, FileSink, Journal, JournalEvent
from bots.engine.core.outcome import EndReason, Outcome
from bots.engine.errors import EngineError
from bots.engine.providers.registry import PROVIDERS, Provider
from bots.engine.providers.resources import SharedResources
from bots.engine.rtvi.messages import envelope, error_message
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.spec import BotSpec
from bots.engine.transports.relay import Line, RelayTransport
from bots.models import CallStatus
from bots.models.end_reason import end_reason
from bots.models.voice_settings import call_dir, voice_setting
from bots.selectors.journal_file import JOURNAL_NAME

from .answering import AnswerNews, leave_telephone
from .history import ShownTurns
from .introduction import Introduction
from .news import CallNews
from .phone import Telephone
from .recorder import RowWriter
from .sound import for_telephone, params_or_reason
from .tools import host_tools
from .tracks import TrackFiles

log = logging.getLogger(__name__)

FIRST_LINE_S = 4.0
"""How long a call that cannot start waits for its caller, to tell them why."""

LOST_PHONE_S = 2.0
"""How long a telephone call waits for a media stream that was lost without a word: carriers do not come back."""

HUNG_UP = "stopped"


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
    tool_secrets: Mapping[str, str] | None = None
    resume_token: str = ""

    @property
    def url(self) -> str:
        """The call's page."""
        return f"/calls/{self.id}/"

    def shown(self) -> dict[str, Any]:
        """Return what the client may know, as the beginning of a ``call`` message."""
        return {
            "type": "call",
            "call_id": str(self.id),
            "call_url": self.url,
            "bot": self.bot_slug,
            "version": self.version or "draft",
            "max_duration_s": self.spec.limits.max_duration_s,
            "page_functions": [tool.name for tool in self.spec.tools if tool.kind == "client"],
        }

    def header(self) -> dict[str, Any]:
        """Return what the journal begins with."""
        return {"call": str(self.id), "bot": self.bot_slug, "version": self.version}


class CallHost:
    """Runs one call; lines come and go through ``transport``. However the call ends, it is finalised."""

    def __init__(
        self,
        facts: CallFacts,
        shared: SharedResources,
        on_over: Callable[[CallHost], None],
        providers: Sequence[Provider] = PROVIDERS,
        telephone: Telephone | None = None,
    ) -> None:
        self.facts, self.telephone = facts, telephone
        self._shared, self._on_over, self._providers = shared, on_over, providers
        self.clock = SystemClock()
        folder = call_dir(facts.id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.journal = Journal(self.clock, FileSink(folder / JOURNAL_NAME))
        try:
            self._tracks = TrackFiles(folder, self.journal) if facts.spec.record else None
        except OSError:
            self.journal.close()
            raise
        self._rows = RowWriter(facts.id, facts.epoch)
        params, self._unfit = params_or_reason(facts.spec, shared, facts.secrets or {})
        self.transport = RelayTransport(params if telephone is None else for_telephone(params))
        if telephone is not None:
            self.transport.phone_line = telephone.phone_line
            telephone.when_handed_on(self._leave)
        self._turns = ShownTurns()
        self._error: Mapping[str, Any] = {}
        self._introduction = Introduction(facts, self.transport, self.clock, self._turns)
        self._built: BuiltCall | None = None
        self._started = False
        self._grace: asyncio.Task[None] | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._begun, self._met = asyncio.Event(), asyncio.Event()
        self._over = self._said_goodbye = False
        self._wanted_end: EndReason | None = None
        self._expected: list[Line] = []
        self._news: CallNews | None = None
        self._answer: AnswerNews | None = None
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
        reason, duration = EndReason.START_FAILED, 0.0
        try:
            self._built = self._build()
            self._rows.begin(self.clock.started_at)
            if self._wanted_end is not None:
                await self._built.task.cancel(self._wanted_end)
            outcome = await self._built.task.run()
            reason, duration = outcome.reason, outcome.duration_s
        except EngineError as error:
            duration = await self._note_failed_start(error)
        except asyncio.CancelledError:
            reason, duration = EndReason.SERVER_SHUTDOWN, self.clock.now()
        finally:
            await self._finalise(writer, reason, duration)

    async def _note_failed_start(self, error: EngineError) -> float:
        """Write the journal that the task could not write, tell the caller why, and return the call's length."""
        self.journal.record(
            "call.started", {"v": FORMAT_VERSION, "wall": self.clock.timestamp(), **self.facts.header()}
        )
        self.journal.record("error", {**error.as_data(), "fatal": True})
        await self._send(error_message(error.message, error.code, error.owner, error.next_step, fatal=True))
        await self._await_caller()
        outcome = Outcome(EndReason.START_FAILED, self.clock.now())
        self.journal.record("call.ended", outcome.as_data())
        return outcome.duration_s

    async def _await_caller(self) -> None:
        """Give the caller of a call that failed at once the time to arrive."""
        try:
            async with asyncio.timeout(FIRST_LINE_S):
                await self._met.wait()
        except TimeoutError:
            log.info("nobody came to hear why a call failed", extra={"call": str(self.facts.id)})

    def _build(self) -> BuiltCall:
        if self._unfit is not None:
            raise self._unfit
        facts = self.facts
        setting = CallSetting(
            clock=self.clock,
            journal=self.journal,
            shared=self._shared,
            secrets=facts.secrets or {},
            tools=host_tools(facts.bot_id, facts.id),
            environment=tool_environment(facts.spec.tools, facts.tool_secrets or {}),
            recording=self._tracks,
            history=[dict(message) for message in facts.history],
            header=facts.header(),
            providers=self._providers,
        )
        built = build_call(facts.spec, self.transport, setting)
        built.rtvi.add_event_handler("on_client_ready", self._client_ready)
        built.rtvi.add_event_handler("on_client_rejoined", self._client_rejoined)
        built.rtvi.add_event_handler("on_disconnect_requested", self._hang_up)
        self._news, self._answer = CallNews(built), AnswerNews(built, self.telephone)
        return built

    def _note(self, event: JournalEvent) -> None:
        """Hand an event to the row writer and keep what a returning client must see again."""
        self._rows.take(event)
        self._begun.set()
        data = event.data
        if event.kind == "error" and (data.get("fatal") or not self._error.get("fatal")):
            self._error = data
        self._turns.take(event)

    async def _finalise(self, writer: asyncio.Task[None], reason: EndReason, duration: float) -> None:
        if reason is EndReason.START_FAILED and self._built is not None:
            await self._await_caller()
        self._over = True
        if self._grace is not None:
            self._grace.cancel()
        failed = end_reason(reason.value).status == CallStatus.FAILED
        error = self._error if failed else {}
        owner = str(error.get("owner", ""))
        await self._say_goodbye(reason, duration, owner)
        leaving = leave_telephone(self.telephone, self._answer, reason.value)
        hanging_up = asyncio.ensure_future(leaving)  # the row does not wait for the carrier
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        if self._tracks is not None:
            self._tracks.close()
        self.journal.close()
        context = list(self._built.pair.context.get_messages()) if self._built else None
        try:
            await self._rows.finish(
                {"reason": reason.value, "duration_s": duration, "context": context, "owner": owner or None,
                 "error_code": str(error.get("code", ""))}
            )  # fmt: skip
        finally:
            await hanging_up
            self._on_over(self)

    async def _say_goodbye(self, reason: EndReason, duration: float, owner: str) -> None:
        goodbye = goodbye_of(reason, round(duration, 3), owner)
        facts = {"turns": self._turns.count, "call_url": self.facts.url}
        await self._send(envelope("server-message", {**goodbye, **facts}))
        self._said_goodbye = True
        lines = {line for line in (self.transport.line, *self._expected) if line is not None}
        for failed in await asyncio.gather(*(line.close("ended") for line in lines), return_exceptions=True):
            if isinstance(failed, Exception):  # the call is over all the same: it is hung up and its row written
                log.error("a line did not close", exc_info=failed, extra={"call": str(self.facts.id)})

    async def _send(self, message: dict[str, Any]) -> None:
        await self.transport.output().write_message(message)

    async def end(self, reason: EndReason, detail: str = "") -> None:
        """End the call now; before it is built, as soon as it is."""
        self._wanted_end = self._wanted_end or reason
        if self._built is not None:
            await self._built.task.cancel(reason, detail)

    async def end_politely(self, reason: EndReason = EndReason.SERVER_SHUTDOWN) -> None:
        """End the call after what is being said (a server that drains)."""
        if self._built is not None:
            await self._built.task.stop_when_done(reason)

    def _leave(self) -> None:
        """End our part of a call that goes on elsewhere."""
        self._leaving = asyncio.get_running_loop().create_task(self.end_politely(EndReason.TRANSFERRED))

    # -- lines ---------------------------------------------------------------------------------------------------------

    async def expect(self, line: Line) -> None:
        """Know of a line that may come to be: it is closed with the call even if it never does."""
        self._expected.append(line)
        if self._said_goodbye:
            await line.close("ended")

    async def _line_attached(self, transport: RelayTransport, line: Line) -> None:
        await self._begun.wait()  # the journal begins with the call, not with its line
        if self._said_goodbye:
            await line.close("ended")
            return
        if self._grace is not None:
            self._grace.cancel()
            self._grace = None
        self.journal.record("call.reconnected" if self._met.is_set() else "call.connected", {"transport": line.name})
        self._met.set()
        if self.telephone is not None:
            await self._begin_once()

    async def _line_lost(self, transport: RelayTransport, line: Line, reason: str) -> None:
        if self._over or self.task is None or self.task.done() or self._grace is not None:
            return
        if self.telephone is not None and (reason == HUNG_UP or self.telephone.handed_on):
            await self.end(EndReason.TRANSFERRED if self.telephone.handed_on else EndReason.CALLER_HUNG_UP)
            return
        self.journal.record("call.network_lost", {"transport": line.name, "reason": reason})
        if self._built is not None:
            await self._built.task.interrupt("network_lost")
        self._grace = asyncio.get_running_loop().create_task(self._wait_for_line(), name=f"grace {self.facts.id}")

    async def _wait_for_line(self) -> None:
        lost_by = self.telephone if self._met.is_set() else None
        await asyncio.sleep(LOST_PHONE_S if lost_by is not None else float(voice_setting("RESUME_GRACE_S")))
        hung_up = lost_by is not None and await lost_by.is_over()
        await self.end(EndReason.CALLER_HUNG_UP if hung_up else EndReason.CLIENT_GONE)

    # -- the client ----------------------------------------------------------------------------------------------------

    async def _client_ready(self, rtvi: RTVIProcessor) -> None:
        await rtvi.set_bot_ready()
        self.journal.record("call.ready", {"client": rtvi.profile.library, "version": rtvi.profile.answer})
        await self._introduction.welcome(rtvi)
        await self._tell_mute()
        await self._begin_once()

    async def _begin_once(self) -> None:
        if self._built is not None and not self._started:
            self._started = True
            await self._begin(self._built)

    async def _begin(self, built: BuiltCall) -> None:
        try:
            await built.begin()
        except EngineError as error:
            self.journal.record("error", {**error.as_data(), "fatal": True})
            await self._send(error_message(error.message, error.code, error.owner, error.next_step, fatal=True))
            await self.end(EndReason.START_FAILED)

    async def _client_rejoined(self, rtvi: RTVIProcessor) -> None:
        await self._introduction.welcome_back(rtvi)
        await self._tell_mute()
        await rtvi.send_server_message(self._turns.message())

    async def _tell_mute(self) -> None:
        if self._news is not None:
            await self._news.tell_mute()

    async def _hang_up(self, rtvi: RTVIProcessor) -> None:
        self._over = True
        await self.end(EndReason.CALLER_HUNG_UP)


def goodbye_of(reason: EndReason, duration_s: float, owner: str) -> dict[str, Any]:
    """What a client is told of the end of its call; ``owner`` of the fault, where one is known."""
    known = end_reason(reason.value)
    return {
        "type": "call-ended", "reason": reason.value, "sentence": str(known.sentence), "owner": owner or known.owner,
        "duration_s": duration_s,
    }  # fmt: skip
