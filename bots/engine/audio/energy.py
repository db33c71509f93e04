"""Voice activity by level alone, for machines without the neural runtime (PROD-15)."""

from __future__ import annotations

from .levels import dbfs
from .vad import VADAnalyzer

_LOUD_DB = 12.0
_FLOOR_START = -60.0
_FLOOR_LOWEST = -75.0
_FLOOR_HIGHEST = -35.0
_RISE_DB_PER_S = 2.0


class EnergyVADAnalyzer(VADAnalyzer):
    """Detects speech as level above a tracked noise floor; same parameters as the neural one, no model (PROD-15).

    The floor falls at once to the quietest level heard (within -75..-35 dBFS) and rises by 2 dB a second. Confidence is
    0 at the floor and 1 from 12 dB above it, so the default 0.7 asks for 8.4 dB. Steady loud noise is taken for speech
    until the floor has risen to it: prefer the neural analyzer where there is a choice.
    """

    _floor = _FLOOR_START

    def reset(self) -> None:
        super().reset()
        self._floor = _FLOOR_START

    def voice_confidence(self, window: bytes) -> float:
        level = dbfs(window)
        rise = _RISE_DB_PER_S * len(window) / 2 / self._rate
        self._floor = min(_FLOOR_HIGHEST, max(_FLOOR_LOWEST, min(level, self._floor + rise)))
        return min(1.0, max(0.0, (level - self._floor) / _LOUD_DB))
