"""The Celery application, and the small worker that lives inside a single-process house."""

from __future__ import annotations

import logging
import os
import threading

from celery import Celery

logger = logging.getLogger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceapp.settings.dev")

app = Celery("voiceapp")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class EmbeddedWorker:
    """A worker thread and a schedule thread for the in-memory broker (stopping takes about 1.4 s)."""

    def __init__(self) -> None:
        # A quarter second of imports that other commands save.
        from celery.beat import EmbeddedService
        from celery.worker import WorkController

        self._worker = WorkController(
            app=app,
            pool_cls="solo",
            concurrency=1,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
        )
        self._thread = threading.Thread(target=self._worker.start, name="embedded-worker", daemon=True)
        # Kept in memory: a schedule of minutes needs no file to survive a restart.
        self._beat = EmbeddedService(app, max_interval=1, thread=True, scheduler_cls="celery.beat:Scheduler")
        self._beat.daemon = True

    def start(self) -> None:
        """Begin to take jobs."""
        self._thread.start()
        self._beat.start()

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Finish the job in hand and stop; False when that took longer than the timeout."""
        self._beat.service.stop()
        self._worker.stop()
        self._thread.join(timeout_s)
        self._beat.join(timeout_s)
        return not self._thread.is_alive() and not self._beat.is_alive()


_embedded: EmbeddedWorker | None = None


def start_embedded_worker() -> bool:
    """Start the in-process worker when the broker lives in memory; False when real workers do the jobs."""
    global _embedded  # noqa: PLW0603 - one worker a process
    if not str(app.conf.broker_url).startswith("memory://"):
        return False
    if _embedded is None:
        _embedded = EmbeddedWorker()
        _embedded.start()
        logger.info("Embedded worker started")
    return True


def stop_embedded_worker(timeout_s: float = 5.0) -> bool:
    """Stop the in-process worker if there is one; False when it did not stop in time."""
    global _embedded
    worker, _embedded = _embedded, None
    return worker is None or worker.stop(timeout_s)
