"""Where arriving audio belongs on the call's clock (lessons T9)."""

from __future__ import annotations


class MediaTimeline:
    """Places blocks of a stream: without gaps while they arrive in time, at their arrival after a pause.

    A stream that was silent on the wire for more than ``tolerance`` seconds (a muted microphone) is anchored again
    where it goes on; nothing is ever placed before what was placed already.
    """

    def __init__(self, tolerance: float = 0.5) -> None:
        self._tolerance = tolerance
        self._end: float | None = None

    def place(self, seconds: float, now: float) -> float:
        """Return the media time of the first sample of a block that is ``seconds`` long and arrived ``now``."""
        arrived = max(0.0, now - seconds)
        at = arrived if self._end is None or arrived - self._end > self._tolerance else self._end
        self._end = at + seconds
        return at
