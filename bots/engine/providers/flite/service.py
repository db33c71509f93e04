"""flite as a pipeline's voice, where the system has it."""

from __future__ import annotations

from typing import Any

from bots.engine.providers.espeak.options import EspeakOptions
from bots.engine.providers.espeak.service import EspeakTTSService
from bots.engine.providers.workers.pool import WorkerPool

from .options import FliteOptions


class FliteTTSService(EspeakTTSService):
    """A more natural English voice; its word timings are estimates."""

    def __init__(self, pool: WorkerPool, *, options: FliteOptions | None = None, **base: Any) -> None:
        chosen = options or FliteOptions()
        super().__init__(pool, options=EspeakOptions(sample_rate=chosen.sample_rate), **base)
        self.options = chosen
        self.settings_changed()

    def settings_changed(self) -> None:
        self.model_name = f"flite {self.options.voice}"
