"""What an output can do to its far end, as concrete transports fill it in (DESIGN 1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .keys import KeyOutput


class Loudspeaker(KeyOutput):
    """The far end of an output. All times are media seconds.

    ``clearable`` tells whether the far end can throw away what it was sent (then :meth:`clear` does so); where it
    cannot, all that was written counts as heard. ``writing_due``: when the block that is being written is heard.
    """

    clearable: bool = False
    writing_due: float = 0.0

    def write_audio(self, pcm: bytes) -> None:
        """Send one 20 ms block, s16le mono at ``sample_rate``; must only enqueue."""

    def clear(self) -> float | None:
        """Make the far end drop what it has not played; return the seconds of it, None where the clock must tell."""

    async def write_message(self, message: Mapping[str, Any]) -> None:
        """Send a JSON object to the client."""

    def heard_until(self, now: float) -> float:
        """Return the time up to which the far end has played; by the clock unless it tells."""
        return now

    def silence_far_end(self, now: float) -> float:
        """Stop the far end where that can be done; return the time up to which it has played then."""
        if self.clearable:
            self.clear()
        return now

    def sound_ends(self) -> None:
        """Take the news that what was written is all there is for now."""
