"""Where received audio belongs on the call's clock, told by the sender's own clock (RTP timestamps)."""

from __future__ import annotations

JUMP_SECS = 5.0


class RtpTimeline:
    """Places blocks by their RTP time, so that lost packets leave a gap of the right length.

    The sender's clock is tied to ours by the first block and tied anew when it jumps (a new connection) or when the two
    disagree by more than ``tolerance`` seconds for ``patience`` blocks (a microphone that was detached). A burst after
    a stall of the network agrees again within a few blocks and keeps its place.
    """

    def __init__(self, tolerance: float = 0.3, patience: int = 30) -> None:
        self._tolerance, self._patience = tolerance, patience
        self._offset: float | None = None
        self._last = 0.0
        self._disagreed = 0
        self._end = 0.0

    def place(self, rtp: float, seconds: float, now: float) -> float:
        """Return the media time of a block's first sample; ``rtp`` is its RTP time in seconds, it arrived ``now``."""
        arrived = max(0.0, now - seconds)
        jumped, self._last = not self._last <= rtp < self._last + JUMP_SECS, rtp
        if self._offset is None or jumped:
            self._offset, self._disagreed = arrived - rtp, 0
        elif abs(arrived - (self._offset + rtp)) <= self._tolerance:
            self._disagreed = 0
        else:
            self._disagreed += 1
            if self._disagreed >= self._patience:
                self._offset, self._disagreed = arrived - rtp, 0
        at = max(self._end, self._offset + rtp)
        self._end = at + seconds
        return at
