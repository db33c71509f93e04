"""Windows of all calls in one run of the Silero model, off the event loop (``spec/performance.md``, rule 2)."""

from __future__ import annotations

import asyncio
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TypeAlias

from .silero_model import Floats, SileroModel, SileroStream, shared_model

GATHER_SECS = 0.008
_CROWD = 5
_LARGEST = 64

_Result: TypeAlias = tuple[list[float], list[Floats]]


class _Window:
    """One window waiting for its confidence."""

    __slots__ = ("answer", "epoch", "row", "stream")

    def __init__(self, stream: SileroStream, window: bytes, answer: asyncio.Future[float]) -> None:
        self.stream, self.answer, self.epoch = stream, answer, stream.epoch
        self.row = stream.row(window)


class SileroBatcher:
    """Runs the model for many calls in one worker thread, bound to the loop that first submits.

    With fewer than five calls a window runs at once and on the loop: 0.1 ms, less than the way to the thread and back.
    With more, windows gather until every call has one waiting or 8 ms have passed, and run off the loop. What arrives
    during a run goes into the next. Batches hold at most 64 windows.
    """

    def __init__(self, model: SileroModel | None = None) -> None:
        self._model = model or shared_model()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="silero-vad")
        self._streams: weakref.WeakSet[SileroStream] = weakref.WeakSet()
        self._waiting: list[_Window] = []
        self._running = False
        self._timer: asyncio.Handle | None = None
        self._closed = False

    def join(self, stream: SileroStream) -> None:
        """Count ``stream`` as a call that will submit; it leaves when it is garbage."""
        self._streams.add(stream)

    def submit(self, stream: SileroStream, window: bytes) -> asyncio.Future[float]:
        """Return the confidence of ``window`` as a future; one window of a stream at a time.

        What the model raises is raised here when it ran at once, else by the future; :meth:`close` cancels the future.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[float] = loop.create_future()
        if self._closed:
            answer.cancel()
        elif len(self._streams) < _CROWD and not self._running and not self._waiting:
            answer.set_result(self._model.confidence(stream, window))
        else:
            self._wait_for_a_run(loop, stream, window, answer)
        return answer

    def _wait_for_a_run(
        self, loop: asyncio.AbstractEventLoop, stream: SileroStream, window: bytes, answer: asyncio.Future[float]
    ) -> None:
        self._waiting.append(_Window(stream, window, answer))
        self._schedule(loop)

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Decide when the next batch starts: at once, or after gathering when many calls are open."""
        if self._running or not self._waiting:
            return
        crowd = len(self._streams)
        if crowd < _CROWD or len(self._waiting) >= min(crowd, _LARGEST):
            self._plan(loop.call_soon(self._run))
        elif self._timer is None:
            self._plan(loop.call_later(GATHER_SECS, self._run))

    def close(self) -> None:
        """Stop the worker and cancel what waits; a run under way ends by itself."""
        self._closed = True
        self._plan(None)
        for item in self._waiting:
            item.answer.cancel()
        self._waiting.clear()
        self._worker.shutdown(wait=False)

    def _plan(self, handle: asyncio.Handle | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = handle

    def _run(self) -> None:
        """Start one batch with the windows of one rate; the rest waits for the next."""
        self._plan(None)
        items = [item for item in self._waiting if not item.answer.done()]
        if self._running or not items:
            return
        rate = items[0].stream.rate
        batch = [item for item in items if item.stream.rate == rate][:_LARGEST]
        taken = set(map(id, batch))
        self._waiting = [item for item in items if id(item) not in taken]
        self._running = True
        loop = asyncio.get_running_loop()
        rows, states = [item.row for item in batch], [item.stream.state for item in batch]
        job = loop.run_in_executor(self._worker, self._model.run, rate, rows, states)
        job.add_done_callback(lambda done: self._finish(loop, batch, done))

    def _finish(self, loop: asyncio.AbstractEventLoop, batch: list[_Window], done: asyncio.Future[_Result]) -> None:
        """Hand out a batch's results, then see to what arrived meanwhile."""
        self._running = False
        if done.cancelled():
            for item in batch:
                item.answer.cancel()
        elif error := done.exception():
            for item in batch:
                if not item.answer.done():
                    item.answer.set_exception(error)
        else:
            for item, confidence, state in zip(batch, *done.result(), strict=True):
                item.stream.keep(item.epoch, item.row, state)
                if not item.answer.done():
                    item.answer.set_result(confidence)
        if not self._closed:
            self._schedule(loop)
