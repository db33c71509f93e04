"""The supervisor of a call: one state machine with a deadline per state (TASK-01…23, lessons T2).

Lifecycle is not a frame. ``EndFrame`` and ``CancelFrame`` travel as documented, but a processor that swallows, delays
or breaks them only loses its own say: the task ends all the same and says how.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from typing import Any

from bots.engine.clock import BaseClock, SystemClock
from bots.engine.errors import EngineError, PipelineError
from bots.engine.frames import (
    BotSpeakingFrame,
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
)

from .ending import EndCause, EndDecision
from .ends import PipelineSink, PipelineSource
from .events import EventSource
from .failures import FailureLog
from .journal import FORMAT_VERSION, Journal
from .ledger import Ledger
from .monitors import ActivityObserver, Monitors, empty_metrics
from .observer import BaseObserver
from .outcome import EndReason, Outcome
from .params import Deadlines, PipelineParams
from .pipeline import Pipeline
from .processor import FrameProcessor, ProcessorSetup
from .routing import Chain
from .scope import TaskScope
from .stages import StartReport, cleanup_all, set_up_all, silence_all, start_all, to_its_end
from .task_arguments import check_arguments
from .tasks import BaseTaskManager, TaskManager
from .tracing import TracedCall, watching
from .watchdog import Watchdog, WatchdogSettings

log = logging.getLogger(__name__)


class PipelineTask(EventSource):
    """Runs one pipeline from start to outcome and owns every asyncio task of it.

    ``idle_timeout_secs`` and ``max_duration_secs`` are seconds, None switches them off. ``journal`` and ``ledger`` are
    the call's; without them the task keeps its own. ``task_manager`` makes the asyncio tasks, ``check_dangling_tasks``
    warns of those that had to be forced to end (TASK-01). Observers may stand here or in the params (CONF-05); turns
    are counted, tracing is off (CONF-02, 03). Event: ``on_idle_timeout(task)`` (TASK-04). Raises ``pipeline.setting``.
    """

    def __init__(
        self,
        pipeline: FrameProcessor,
        *,
        params: PipelineParams | None = None,
        observers: Sequence[BaseObserver] = (),
        clock: BaseClock | None = None,
        task_manager: BaseTaskManager | None = None,
        check_dangling_tasks: bool = True,
        idle_timeout_secs: float | None = 300.0,
        idle_timeout_frames: tuple[type[Frame], ...] = (BotSpeakingFrame, LLMFullResponseEndFrame),
        cancel_on_idle_timeout: bool = True,
        enable_turn_tracking: bool = True,
        enable_tracing: bool = False,
        conversation_id: str | None = None,
        additional_span_attributes: Mapping[str, Any] | None = None,
        trace_content: bool = True,
        watchdog_timeout_secs: float = 5.0,
        enable_watchdog_logging: bool = False,
        enable_watchdog_timers: bool = False,
        max_duration_secs: float | None = None,
        journal: Journal | None = None,
        ledger: Ledger | None = None,
        deadlines: Deadlines | None = None,
        journal_header: Mapping[str, Any] | None = None,
    ) -> None:
        check_arguments(locals())
        self.params = params or PipelineParams()
        self.clock = clock or SystemClock()
        self.conversation_id = conversation_id or self.clock.new_id()
        self.journal = journal or Journal(self.clock)
        self.ledger, self.deadlines = ledger or Ledger(), deadlines or Deadlines()
        self.span_attributes = dict(additional_span_attributes or {})
        self._header = dict(journal_header or {})
        self._check_dangling = check_dangling_tasks
        self._pipeline = pipeline if isinstance(pipeline, Pipeline) else Pipeline([pipeline])
        self._end = EndDecision(self.clock, self.deadlines)
        self._failures = FailureLog(self.journal)
        self.task_manager = task_manager or TaskManager()
        self._scope = TaskScope(self._failures.note_task, self.task_manager)
        watched = WatchdogSettings(enable_watchdog_timers, enable_watchdog_logging, watchdog_timeout_secs)
        self._watchdog = Watchdog(self.clock, watched)
        self._monitors = Monitors(
            self.clock, self.journal, self.params, self._end, idle_timeout_secs, ActivityObserver(idle_timeout_frames),
            cancel_on_idle_timeout, max_duration_secs, self.deadlines.handler,
        )  # fmt: skip
        self._source = PipelineSource(
            on_end=self._end_from_inside, on_cancel=lambda detail: self._end.decide(EndReason.CANCELLED, detail),
            on_error=self._note_error, on_interrupt=self.interrupt,
        )  # fmt: skip
        self._sink = PipelineSink(on_end=self._end.arrive, on_heartbeat=self._monitors.heartbeat_arrived)
        traced = TracedCall(self.clock, self.conversation_id, self.span_attributes, content=trace_content)
        self.turn_tracking_observer, self._observers = watching(
            traced, self._monitors.activity, [*self.params.observers, *observers], turns=enable_turn_tracking,
            tracing=enable_tracing,
        )  # fmt: skip
        self._everyone, self._early = list[FrameProcessor](), list[Frame]()
        self._announced: EndCause | None = None
        self._state = "created"
        self._outcome: Outcome | None = None

    # -- the documented face ----------------------------------------------------------------------------------------

    @property
    def state(self) -> str:
        """One of created, starting, running, ending, closing, finished."""
        return self._state

    @property
    def outcome(self) -> Outcome | None:
        """How the task ended, once it has."""
        return self._outcome

    def add_observer(self, observer: BaseObserver) -> None:
        """Let an observer see this task's frames; only before ``run``."""
        if self._state != "created":
            raise PipelineError("Observers join a task before it runs.")
        self._observers.observers.append(observer)

    def has_finished(self) -> bool:
        """Whether every processor has stopped (TASK-02)."""
        return self._state == "finished"

    async def queue_frame(self, frame: Frame) -> None:
        """Let a frame enter the pipeline; before ``run`` it waits for the start (TASK-02)."""
        if isinstance(frame, CancelFrame):
            await self.cancel(detail=frame.reason or "")
        elif self._state in ("created", "starting"):
            self._early.append(frame)
        elif self._state in ("running", "ending"):
            await self._enter(frame)

    async def queue_frames(self, frames: Iterable[Frame]) -> None:
        """Let frames enter the pipeline in order."""
        for frame in frames:
            await self.queue_frame(frame)

    async def stop_when_done(self, reason: EndReason = EndReason.BOT_ENDED, detail: str = "") -> None:
        """End once everything queued before this is done (TASK-19)."""
        self._announced = self._announced or EndCause(reason, detail, graceful=True)
        if self._state == "starting" and not self._early:
            self._end.decide(reason, detail, graceful=True)
        await self.queue_frame(EndFrame(detail or None))

    async def cancel(self, reason: EndReason = EndReason.CANCELLED, detail: str = "") -> None:
        """End now; what is pending is lost (TASK-20)."""
        self._end.decide(reason, detail)

    async def interrupt(self, reason: str = "user_speech") -> None:
        """Cut the bot off in one step: silence first, then tell everybody (TURN-14)."""
        if self._state not in ("running", "ending"):
            return
        if self.ledger.open_replies:
            self.journal.record("interruption", {"reason": reason})
        for processor, error in silence_all(self._everyone, source=self._source):
            await self._failures.note_task(f"{processor.name} interruption", error)
        self.ledger.cut()
        await self._source.push_frame(InterruptionFrame(reason))

    # -- the life of a call -------------------------------------------------------------------------------------------

    async def run(self) -> Outcome:
        """Run from start to outcome; never raises for what happens inside the pipeline."""
        if self._state != "created":
            raise PipelineError("A pipeline task runs once.")
        self._state = "starting"
        cancelled = False
        try:
            if await self._start():
                await self._live()
        except asyncio.CancelledError:
            cancelled = True
            self._end.decide(EndReason.SERVER_SHUTDOWN)
        outcome = await to_its_end(self._close())
        if cancelled:
            raise asyncio.CancelledError
        return outcome

    async def _start(self) -> bool:
        self.journal.record("call.started", {"v": FORMAT_VERSION, "wall": self.clock.timestamp(), **self._header})
        try:
            self._connect()
        except EngineError as error:
            self._failures.note(error, fatal=True)
            self._end.decide(EndReason.START_FAILED)
            return False
        frame, limit = self.params.start_frame(), self.deadlines.start
        report = await start_all(
            self._everyone, frame, self._scope, limit, self._end.decided, self.clock
        )  # fmt: skip
        if not report.ready:
            await self._tell_failed_start(report)
        elif not self._end.decided.done() and not await self._within(self._push(frame), "start frame", limit):
            self._failures.note_late("a processor holds the start frame")
            self._end.decide(EndReason.START_FAILED)
        return not self._end.decided.done()

    def _connect(self) -> None:
        Chain([self._source, *self._pipeline.flat(), self._sink], self._observers)
        self._pipeline.connect(self._observers)
        self._observers.attach(self.clock, self._scope)
        setup = ProcessorSetup(
            self.clock, self._scope, self.journal, self.ledger, self.interrupt, self._end.note_progress, self._watchdog
        )
        self._everyone = [self._source, *self._pipeline.children(), self._sink]
        set_up_all(self._everyone, setup)

    async def _tell_failed_start(self, report: StartReport) -> None:
        for processor, error in report.failures:
            said = error.message if isinstance(error, EngineError) else f"{processor.name} could not start."
            if not await self._within(processor.push_error(said, error), "start error", self.deadlines.grace):
                await self._failures.note_task(f"{processor.name} start", error)
        if report.late:
            self._failures.note_late(", ".join(processor.name for processor in report.late))
        self._end.decide(EndReason.START_FAILED)

    async def _within(self, work: Coroutine[Any, Any, Any], name: str, seconds: float) -> bool:
        """Let the pipeline do something; return whether it was done in time and before the end."""
        task = self._scope.spawn(work, name)
        await asyncio.wait({task, self._end.decided}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        return task.done()

    async def _live(self) -> None:
        self._monitors.start(
            self._scope, str(self._pipeline), self._source.queue_frame, lambda: self.emit("on_idle_timeout")
        )
        await self._within(self._enter_early(), "early frames", self.deadlines.start)
        self._state = "running"
        await asyncio.shield(self._end.decided)
        if self._end.graceful:
            self._state = "ending"
            await self._end.drain()

    async def _enter_early(self) -> None:
        """Let in what came before the start; with the last of it the task runs, so that nothing falls between."""
        if self.params.enable_metrics and self.params.send_initial_empty_metrics:
            await self._source.push_frame(empty_metrics(self._everyone))
        while self._early:
            await self._enter(self._early.pop(0))
        if self._state == "starting":
            self._state = "running"

    async def _enter(self, frame: Frame) -> None:
        if isinstance(frame, EndFrame):
            cause = self._announced or EndCause(EndReason.BOT_ENDED, frame.reason or "")
            self._end.decide(cause.reason, cause.detail, graceful=True)
        await self._source.queue_frame(frame)

    async def _push(self, frame: Frame) -> None:
        await self._source.push_frame(frame)

    async def _close(self) -> Outcome:
        self._state = "closing"
        cause = self._end.close()
        self.journal.record("call.ending", {"reason": cause.reason.value})
        if self._everyone and not (cause.graceful and self._end.arrived):
            task = self._scope.spawn(self._push(CancelFrame(cause.detail or None)), "cancel frame")
            await asyncio.wait({task}, timeout=self.deadlines.cancel)
        forced = await self._scope.close(self.deadlines.grace)
        forced += await cleanup_all(
            self._everyone, self.deadlines.cleanup, self.deadlines.grace, self._failures.note_task
        )  # fmt: skip
        if forced and self._check_dangling:
            log.warning("parts of a call had to be forced to end", extra={"tasks": forced})
        self._observers.close()
        self._outcome = Outcome(cause.reason, self.clock.now(), cause.detail, tuple(forced))
        self.journal.record("call.ended", self._outcome.as_data())
        self._state = "finished"
        return self._outcome

    # -- what the pipeline tells the task -----------------------------------------------------------------------------

    def _end_from_inside(self, detail: str) -> None:
        self._end.decide(EndReason.BOT_ENDED, detail, graceful=True)
        self._scope.spawn(self._source.queue_frame(EndFrame(detail or None)), "end frame")

    def _note_error(self, frame: ErrorFrame) -> None:
        self._failures.note_frame(frame)
        if frame.fatal:
            self._end.decide(EndReason.PIPELINE_ERROR, frame.code)
