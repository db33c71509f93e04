"""Where received audio belongs on the call's clock, told by the sender's own clock (RTP timestamps)."""

from __future__ import annotations


class RtpTimeline:
    """Places blocks by their RTP time, so that lost packets leave a gap of the right length.

    The sender's clock is tied to ours by the first block and tied anew when the two disagree by more than ``tolerance``
    seconds: after a new connection, or a microphone that was detached.
    """

    def __init__(self, tolerance: float = 0.3) -> None:
        self._tolerance = tolerance
        self._offset: float | None = None
        self._end = 0.0

    def place(self, rtp: float, seconds: float, now: float) -> float:
        """Return the media time of a block's first sample; ``rtp`` is its RTP time in seconds, it arrived ``now``."""
        arrived = max(0.0, now - seconds)
        if self._offset is None or abs(arrived - (self._offset + rtp)) > self._tolerance:
            self._offset = arrived - rtp
        at = max(self._end, self._offset + rtp)
        self._end = at + seconds
        return at
