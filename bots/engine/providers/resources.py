"""What calls of one process share: warm workers and the voice detector's batcher."""

from __future__ import annotations

from collections.abc import Callable

from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.silero_batch import SileroBatcher
from bots.engine.audio.vad import VADAnalyzer, VADParams
from bots.engine.clock import SystemClock
from bots.engine.services.resilience.cache import ResponseCache
from bots.engine.services.resilience.health import HealthBook
from bots.engine.services.standing import Standing
from bots.engine.services.tts_canned import CannedLines

from .espeak.synthesizer import synthesiser_worker
from .pocketsphinx.recogniser import recogniser_worker
from .workers.pool import WorkerPool


class SharedResources:
    """Pools and models, each started at its first use unless :meth:`warm_up` did so; bound to one event loop.

    ``canned`` keeps the lines that were recorded for the moment in which a voice fails (P16).

    ``recognisers`` and ``speakers`` limit how many worker processes may run; about 110 MB and 40 MB each.
    """

    def __init__(self, *, recognisers: int = 8, speakers: int = 2, warm_recognisers: int = 1) -> None:
        self._limits = {
            "pocketsphinx": (warm_recognisers, recognisers),
            "espeak": (1, speakers),
            "flite": (1, speakers),
        }
        self._pools: dict[str, WorkerPool] = {}
        self._batcher: SileroBatcher | None = None
        self.canned = CannedLines()
        self._health: HealthBook | None = None
        self._standing: Standing | None = None
        self._replies: ResponseCache | None = None

    @property
    def health(self) -> HealthBook:
        """Which language models are well, as all calls of this process know it (LK-16, P18)."""
        if self._health is None:
            self._health = HealthBook(SystemClock())
        return self._health

    @property
    def standing(self) -> Standing:
        """Which recognisers and voices are well, as all calls of this process know it (PAR-05, P18)."""
        if self._standing is None:
            self._standing = Standing(SystemClock().now)
        return self._standing

    @property
    def replies(self) -> ResponseCache:
        """Replies kept for the same request, for bots that want it (LK-15)."""
        if self._replies is None:
            self._replies = ResponseCache(SystemClock())
        return self._replies

    def _pool(self, name: str) -> WorkerPool:
        if name not in self._pools:
            makers: dict[str, Callable[[], object]] = {
                "pocketsphinx": recogniser_worker,
                "espeak": synthesiser_worker,
                "flite": lambda: synthesiser_worker(("flite",)),
            }
            warm, limit = self._limits[name]
            self._pools[name] = WorkerPool(makers[name](), warm=warm, limit=max(warm, limit))  # type: ignore[arg-type]
        return self._pools[name]

    @property
    def recognisers(self) -> WorkerPool:
        """The PocketSphinx workers."""
        return self._pool("pocketsphinx")

    @property
    def speakers(self) -> WorkerPool:
        """The eSpeak NG workers."""
        return self._pool("espeak")

    @property
    def flite_speakers(self) -> WorkerPool:
        """The flite workers."""
        return self._pool("flite")

    def voice_detector(self, params: VADParams) -> VADAnalyzer:
        """Return a detector for one call; all calls' windows run in shared batches off the loop."""
        if self._batcher is None:
            self._batcher = SileroBatcher()
        return SileroVADAnalyzer(params=params, batcher=self._batcher)

    async def warm_up(self) -> None:
        """Start what every call of the embedded providers needs, one after the other."""
        self.voice_detector(VADParams())
        await self.speakers.start()
        await self.recognisers.start()

    async def close(self) -> None:
        """Stop the workers and the detector's thread."""
        for pool in self._pools.values():
            await pool.close()
        self._pools.clear()
        if self._batcher is not None:
            self._batcher.close()
            self._batcher = None
