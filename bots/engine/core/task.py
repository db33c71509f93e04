"""The supervisor of a call: one state machine with a deadline per state (TASK-01…23, lessons T2).

Lifecycle is not a frame. ``EndFrame`` and ``CancelFrame`` travel as documented, but a processor that swallows, delays or
breaks them only loses its own say: the task ends all the same and says how.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bots.engine.clock import BaseClock, SystemClock
from bots.engine.errors import EngineError, PipelineError, StartTimeout
from bots.engine.frames import (
    BotSpeakingFrame,
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    HeartbeatFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    MetricsFrame,
    ProcessingMetricsData,
    StartFrame,
    TTFBMetricsData,
)

from .ends import PipelineSink, PipelineSource
from .events import EventSource
from .journal import FORMAT_VERSION, Journal
from .ledger import Ledger
from .monitors import ActivityObserver, Heartbeat, watch_idle
from .observer import BaseObserver, ObserverHub
from .outcome import EndReason, Outcome
from .params import Deadlines, PipelineParams
from .pipeline import Pipeline
from .processor import FrameProcessor, ProcessorSetup
from .routing import Chain
from .scope import TaskScope
from .stages import cleanup_all, start_all
from .turn_tracking import TurnTrackingObserver
from .watchdog import Watchdog


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _EndCause:
    reason: EndReason
    detail: str = ""
    graceful: bool = False


class PipelineTask(EventSource):
    """Runs one pipeline from start to outcome and owns every asyncio task of it.

    ``idle_timeout_secs`` and ``max_duration_secs`` are seconds, None switches them off. ``journal`` and ``ledger`` are the
    call's; without them the task keeps its own. Event: ``on_idle_timeout(task)`` (TASK-04).
    """

    def __init__(
        self,
        pipeline: FrameProcessor,
        *,
        params: PipelineParams | None = None,
        observers: Sequence[BaseObserver] = (),
        clock: BaseClock | None = None,
        check_dangling_tasks: bool = True,
        idle_timeout_secs: float | None = 300.0,
        idle_timeout_frames: tuple[type[Frame], ...] = (BotSpeakingFrame, LLMFullResponseEndFrame),
        cancel_on_idle_timeout: bool = True,
        enable_turn_tracking: bool = True,
        enable_tracing: bool = False,
        conversation_id: str | None = None,
        additional_span_attributes: Mapping[str, Any] | None = None,
        watchdog_timeout_secs: float = 5.0,
        enable_watchdog_logging: bool = False,
        enable_watchdog_timers: bool = False,
        max_duration_secs: float | None = None,
        journal: Journal | None = None,
        ledger: Ledger | None = None,
        deadlines: Deadlines | None = None,
        journal_header: Mapping[str, Any] | None = None,
    ) -> None:
        if enable_tracing:
            raise PipelineError("Tracing is not part of this release; leave enable_tracing off.")
        self.params = params or PipelineParams()
        self.clock = clock or SystemClock()
        self.conversation_id = conversation_id or self.clock.new_id()
        self.journal = journal or Journal(self.clock)
        self.ledger = ledger or Ledger()
        self.deadlines = deadlines or Deadlines()
        self.span_attributes = dict(additional_span_attributes or {})
        self._header = dict(journal_header or {})
        self._check_dangling = check_dangling_tasks
        self._idle_secs, self._cancel_on_idle = idle_timeout_secs, cancel_on_idle_timeout
        self._max_duration = max_duration_secs
        self._pipeline = pipeline if isinstance(pipeline, Pipeline) else Pipeline([pipeline])
        self._source = PipelineSource(
            on_end=self._end_from_inside, on_cancel=self._cancel_from_inside, on_error=self._note_error,
            on_interrupt=self.interrupt,
        )  # fmt: skip
        self._sink = PipelineSink(on_end=self._end_arrived, on_heartbeat=self._heartbeat_arrived)
        self.turn_tracking_observer = TurnTrackingObserver() if enable_turn_tracking else None
        self._activity = ActivityObserver(idle_timeout_frames) if idle_timeout_secs is not None else None
        built_in = [observer for observer in (self.turn_tracking_observer, self._activity) if observer is not None]
        self._observers = ObserverHub([*built_in, *self.params.observers, *observers])
        self._observers.now = self.clock.now
        self._scope = TaskScope(self._task_failed)
        self._watchdog = (
            Watchdog(self.clock, watchdog_timeout_secs, enable_watchdog_logging) if enable_watchdog_timers else None
        )
        self._heartbeat: Heartbeat | None = None
        self._early: list[Frame] = []
        self._state = "created"
        self._cause: asyncio.Future[_EndCause] = asyncio.get_running_loop().create_future()
        self._drained = asyncio.Event()
        self._drain_task: asyncio.Task[Any] | None = None
        self._progress_at = 0.0
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

    def has_finished(self) -> bool:
        """Whether every processor has stopped (TASK-02)."""
        return self._state == "finished"

    def add_observer(self, observer: BaseObserver) -> None:
        """Let one more observer see the frames; only before ``run``, when the ways of the frames are laid out."""
        if self._state != "created":
            raise PipelineError("Observers are added before the task runs.")
        self._observers.observers.append(observer)

    async def queue_frame(self, frame: Frame) -> None:
        """Let a frame enter the pipeline; before ``run`` it waits for the start (TASK-02)."""
        if self._state in ("created", "starting"):
            self._early.append(frame)
        elif isinstance(frame, CancelFrame):
            await self.cancel(detail=frame.reason or "")
        elif self._state in ("running", "ending"):
            if isinstance(frame, EndFrame):
                self._end_now(EndReason.BOT_ENDED, frame.reason or "", graceful=True)
            await self._source.queue_frame(frame)

    async def queue_frames(self, frames: Iterable[Frame]) -> None:
        """Let frames enter the pipeline in order."""
        for frame in frames:
            await self.queue_frame(frame)

    async def stop_when_done(self, reason: EndReason = EndReason.BOT_ENDED, detail: str = "") -> None:
        """End once everything queued before this is done (TASK-19)."""
        self._end_now(reason, detail, graceful=True)
        await self.queue_frame(EndFrame(detail or None))

    async def cancel(self, reason: EndReason = EndReason.CANCELLED, detail: str = "") -> None:
        """End now; what is pending is lost (TASK-20)."""
        self._end_now(reason, detail, graceful=False)

    async def interrupt(self, reason: str = "user_speech") -> None:
        """Cut the bot off in one step: silence first, then tell everybody (TURN-14)."""
        if self._state not in ("running", "ending"):
            return
        self.journal.record("interruption", {"reason": reason})
        processors = list(self._processors())
        for processor in reversed(processors):
            processor.on_interruption()
        for processor in processors:
            if processor.inbox is not None and processor is not self._source:
                processor.inbox.interrupt()
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
            self._end_now(EndReason.SERVER_SHUTDOWN, "", graceful=False)
        outcome = await self._close()
        if cancelled:
            raise asyncio.CancelledError
        return outcome

    def _processors(self) -> Iterable[FrameProcessor]:
        yield self._source
        yield from self._pipeline.children()
        yield self._sink

    async def _start(self) -> bool:
        self.journal.record("call.started", {"v": FORMAT_VERSION, "wall": self.clock.timestamp(), **self._header})
        Chain([self._source, *self._pipeline.flat(), self._sink], self._observers)
        self._pipeline.connect(self._observers)
        if self.turn_tracking_observer is not None:
            self.turn_tracking_observer.attach(self.clock, self._scope)
        setup = ProcessorSetup(
            self.clock, self._scope, self.journal, self.ledger, self.interrupt, self.note_progress, self._watchdog
        )
        for processor in self._processors():
            processor.setup(setup)
        frame = self._start_frame()
        report = await start_all(self._processors(), frame, self._scope, self.deadlines.start, self._cause)
        for processor, error in report.failures:
            said = error.message if isinstance(error, EngineError) else f"{processor.name} could not start."
            await processor.push_error(said, error)
        if report.late:
            self._note_late(report.late)
        if not report.ready:
            self._end_now(EndReason.START_FAILED, "", graceful=False)
        if self._cause.done():
            return False
        await self._source.push_frame(frame)
        return True

    def _note_late(self, late: list[FrameProcessor]) -> None:
        error = StartTimeout(f"Not ready in time: {', '.join(processor.name for processor in late)}.")
        self.journal.record("error", {**error.as_data(), "fatal": True})

    def _start_frame(self) -> StartFrame:
        params = self.params
        return StartFrame(
            audio_in_sample_rate=params.audio_in_sample_rate,
            audio_out_sample_rate=params.audio_out_sample_rate,
            allow_interruptions=params.allow_interruptions,
            enable_metrics=params.enable_metrics,
            enable_usage_metrics=params.enable_usage_metrics,
            report_only_initial_ttfb=params.report_only_initial_ttfb,
            interruption_strategies=tuple(params.interruption_strategies),
            start_metadata=dict(params.start_metadata),
        )

    async def _live(self) -> None:
        self._state = "running"
        await self._start_monitors()
        early, self._early = self._early, []
        await self.queue_frames(early)
        cause = await asyncio.shield(self._cause)
        if cause.graceful:
            await self._drain()

    async def _start_monitors(self) -> None:
        if self._watchdog is not None:
            self._scope.spawn(self._watchdog.watch(), "watchdog")
        if self._activity is not None and self._idle_secs is not None:
            self._scope.spawn(watch_idle(self.clock, self._activity, self._idle_secs, self._idle_expired), "idle")
        if self._max_duration is not None:
            self._scope.spawn(self._watch_duration(self._max_duration), "longest duration")
        if self.params.enable_heartbeats:
            beat = Heartbeat(
                self.clock, self.params.heartbeats_period_secs, self.params.heartbeats_monitor_secs, str(self._pipeline)
            )
            self._heartbeat = beat
            self._scope.spawn(beat.send(self._source.queue_frame), "heartbeat")
            self._scope.spawn(beat.watch(self._heartbeat_missed), "heartbeat monitor")
        if self.params.enable_metrics and self.params.send_initial_empty_metrics:
            await self._source.push_frame(self._empty_metrics())

    def _empty_metrics(self) -> MetricsFrame:
        measured = [p.name for p in self._processors() if p.can_generate_metrics()]
        return MetricsFrame(
            tuple(TTFBMetricsData(name) for name in measured) + tuple(ProcessingMetricsData(name) for name in measured)
        )

    async def _drain(self) -> None:
        """Wait for the end to reach the sink, as long as playout or generation go on."""
        self._state = "ending"
        self.note_progress()
        latest = self.clock.now() + self.deadlines.drain_total
        while not self._drained.is_set():
            left = min(self._progress_at + self.deadlines.drain, latest) - self.clock.now()
            if left <= 0:
                return
            await asyncio.wait({self._drain_wait()}, timeout=left)

    def _drain_wait(self) -> asyncio.Task[Any]:
        if self._drain_task is None:
            self._drain_task = self._scope.spawn(self._drained.wait(), "drained")
        return self._drain_task

    async def _close(self) -> Outcome:
        self._state = "closing"
        cause = self._cause.result()
        self.journal.record("call.ending", {"reason": cause.reason.value})
        if self.turn_tracking_observer is not None:
            self.turn_tracking_observer.close()
        if not cause.graceful or not self._drained.is_set():
            self._scope.spawn(self._push_cancel(cause.detail), "cancel frame")
            await asyncio.sleep(0)
        forced = await self._scope.close(self.deadlines.grace)
        forced += await cleanup_all(self._processors(), self.deadlines.cleanup, self.deadlines.grace)
        if forced and self._check_dangling:
            log.warning("parts of a call had to be forced to end", extra={"tasks": forced})
        duration = self.clock.now()
        self._outcome = Outcome(cause.reason, duration, cause.detail, tuple(forced))
        self.journal.record(
            "call.ended",
            {"reason": cause.reason.value, "owner": self._outcome.ending.owner, "status": self._outcome.ending.status,
             "duration_s": round(duration, 6), "forced": forced},
        )  # fmt: skip
        self._state = "finished"
        return self._outcome

    async def _push_cancel(self, reason: str) -> None:
        await self._source.push_frame(CancelFrame(reason or None))

    # -- what the pipeline tells the task -----------------------------------------------------------------------------

    def note_progress(self) -> None:
        """Note that playout or generation goes on; a graceful end waits as long as it does."""
        self._progress_at = self.clock.now()

    def _end_now(self, reason: EndReason, detail: str, *, graceful: bool) -> None:
        if not self._cause.done():
            self._cause.set_result(_EndCause(reason, detail, graceful))
        elif self._state == "ending" and not graceful:
            self._drained.set()
            self._cause = asyncio.get_running_loop().create_future()
            self._cause.set_result(_EndCause(reason, detail, graceful=False))

    def _end_from_inside(self, detail: str) -> None:
        self._end_now(EndReason.BOT_ENDED, detail, graceful=True)
        self._scope.spawn(self._source.queue_frame(EndFrame(detail or None)), "end frame")

    def _cancel_from_inside(self, detail: str) -> None:
        self._end_now(EndReason.CANCELLED, detail, graceful=False)

    def _end_arrived(self) -> None:
        self._end_now(EndReason.BOT_ENDED, "", graceful=True)
        self._drained.set()

    def _heartbeat_arrived(self, frame: HeartbeatFrame) -> None:
        if self._heartbeat is not None:
            self._heartbeat.arrived(frame)

    def _heartbeat_missed(self, seconds: float) -> None:
        self.journal.record("metrics", {"heartbeat_missing_s": round(seconds, 3)})

    def _note_error(self, frame: ErrorFrame) -> None:
        self.journal.record(
            "error",
            {"code": frame.code, "message": frame.error, "owner": frame.owner, "next_step": frame.next_step,
             "processor": frame.processor, "fatal": frame.fatal},
        )  # fmt: skip
        if frame.fatal:
            self._end_now(EndReason.PIPELINE_ERROR, frame.code, graceful=False)

    async def _task_failed(self, name: str, error: Exception) -> None:
        known = error if isinstance(error, EngineError) else EngineError(f"A task of the call failed: {name}.")
        self.journal.record("error", {**known.as_data(), "fatal": False})

    async def _idle_expired(self) -> bool:
        await self.emit("on_idle_timeout")
        if self._cancel_on_idle:
            await self.cancel(EndReason.IDLE_TIMEOUT)
        return not self._cancel_on_idle

    async def _watch_duration(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        await self.cancel(EndReason.MAX_DURATION)
