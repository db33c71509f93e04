"""One text being said inside the worker process: resampled as it comes, words timed, stopped when told to."""

from __future__ import annotations

from typing import Any

import numpy as np
import soxr

from bots.engine.providers.espeak.timeline import Mark, Timeline, WordSpan
from bots.engine.providers.workers.port import Port


class Speech:
    """Speaks one plain text into the port at a sample rate."""

    def __init__(self, port: Port, library: Any, text: str, sample_rate: int) -> None:
        self._port, self._library, self._text = port, library, text
        self._timeline = Timeline(text)
        self._from, self._to = int(library.sample_rate), sample_rate
        self._resampler = (
            soxr.ResampleStream(self._from, self._to, 1, dtype="int16", quality="HQ")
            if self._from != self._to
            else None
        )
        self._taken = self._given = 0
        self._stopped = False

    def run(self) -> None:
        """Say it all, or until the server sends something else."""
        self._library.speak(self._text, self._on_audio)
        if not self._stopped:
            self._send_words(self._timeline.finish(self._taken))
            self._send_audio(b"", last=True)
        self._port.send({"op": "said", "samples": self._given, "stopped": self._stopped})

    def _on_audio(self, pcm: bytes, marks: list[Mark]) -> bool:
        if self._port.waiting():
            self._stopped = True
            return True
        self._taken += len(pcm) // 2
        self._send_words([span for mark in marks for span in self._timeline.mark(mark)])
        self._send_audio(pcm, last=False)
        return False

    def _send_words(self, spans: list[WordSpan]) -> None:
        if spans:
            words = [(text, start / self._from, end / self._from, estimated) for text, start, end, estimated in spans]
            self._port.send({"op": "words", "words": words})

    def _send_audio(self, pcm: bytes, *, last: bool) -> None:
        if self._resampler is not None:
            pcm = self._resampler.resample_chunk(np.frombuffer(pcm, np.int16), last=last).tobytes()
        if last:
            # Exactly as long as what was said: the filter's own rounding is cut or filled.
            wanted = (self._taken * self._to + self._from // 2) // self._from - self._given
            pcm = pcm[: wanted * 2] + b"\0\0" * (wanted - len(pcm) // 2)
        self._given += len(pcm) // 2
        if pcm:
            self._port.send(pcm)
