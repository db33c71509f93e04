"""The playout queue: what is to be heard, in order, with the moment each part is heard (DESIGN 1.3).

Pure bookkeeping without tasks or timers. Audio is cut into 20 ms blocks that are due one after the other; words and
frames keep their place between the samples and are let go when what stands before them has been played.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from bots.engine.frames import Frame, Uninterruptible

BLOCK_SECS = 0.02
LAG_SECS = 0.1
"""How far behind the clock a far end may be that tells what it has not played."""


@dataclass(slots=True)
class _Audio:
    pcm: bytes
    segment: int | None
    position: float = 0.0
    taken: int = 0
    lasting: bool = False


@dataclass(slots=True, frozen=True)
class Played:
    """Something over at media time ``at``: a piece of a segment up to ``upto`` seconds of it, or a frame's turn.

    ``pcm`` are the piece's samples, for as long as they may be taken back. ``lasting``: no interruption drops them.
    """

    at: float
    segment: int | None = None
    upto: float = 0.0
    frame: Frame | None = None
    pcm: bytes = b""
    lasting: bool = False


@dataclass(slots=True, frozen=True)
class Block:
    """20 ms of audio (s16le mono) that is heard from media time ``due`` on."""

    pcm: bytes
    due: float


class PlayoutQueue:
    """Audio and frames waiting to be played, and what was written but not yet heard."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.block_bytes = int(rate * BLOCK_SECS) * 2
        self.due = 0.0
        self._items: deque[_Audio | Frame] = deque()
        self._written: deque[Played] = deque()
        self._lately: deque[Played] = deque()
        self._positions: dict[int, float] = {}
        self._audio_items = 0
        self._audio_bytes = 0

    @property
    def has_audio(self) -> bool:
        """Whether there is audio that was not written yet."""
        return self._audio_items > 0

    @property
    def has_block(self) -> bool:
        """Whether there is audio for a whole block."""
        return self._audio_bytes >= self.block_bytes

    @property
    def empty(self) -> bool:
        """Whether nothing waits, neither to be written nor to be heard."""
        return not self._items and not self._written

    def add_audio(self, pcm: bytes, segment: int | None, *, lasting: bool = False) -> None:
        """Append audio at the queue's rate; ``lasting`` stays through interruptions."""
        position = 0.0
        if segment is not None:
            position = self._positions.get(segment, 0.0)
            self._positions[segment] = position + len(pcm) / 2 / self.rate
        self._items.append(_Audio(pcm, segment, position, lasting=lasting))
        self._audio_items += 1
        self._audio_bytes += len(pcm)

    def add_frame(self, frame: Frame) -> None:
        """Append a frame that goes on when everything before it was heard."""
        self._items.append(frame)

    def take_block(self) -> Block:
        """Write the next 20 ms: cut them from the queue, padded with silence at its end, and move ``due`` on."""
        parts: list[bytes] = []
        missing = self.block_bytes
        while missing and self._items:
            item = self._items[0]
            if not isinstance(item, _Audio):
                self._items.popleft()
                self._written.append(Played(self._point(missing), frame=item))
                continue
            piece = item.pcm[item.taken : item.taken + missing]
            parts.append(piece)
            missing -= len(piece)
            self._audio_bytes -= len(piece)
            item.taken += len(piece)
            upto = item.position + item.taken / 2 / self.rate
            self._written.append(Played(self._point(missing), item.segment, upto, pcm=piece, lasting=item.lasting))
            if item.taken >= len(item.pcm):
                self._items.popleft()
                self._audio_items -= 1
        block = Block(b"".join(parts) + bytes(missing), self.due)
        self.due += BLOCK_SECS
        return block

    def _point(self, missing: int) -> float:
        return self.due + BLOCK_SECS * (1 - missing / self.block_bytes)

    def let_frames_go(self) -> None:
        """Move frames at the head of the queue behind what was written, as no audio stands before them."""
        while self._items and not isinstance(self._items[0], _Audio):
            frame = self._items.popleft()
            assert not isinstance(frame, _Audio)  # noqa: S101 (tested in the condition)
            self._written.append(Played(self._written[-1].at if self._written else 0.0, frame=frame))

    def heard(self, now: float) -> Iterator[Played]:
        """Yield, and forget, what is over at ``now``; its sound may still be taken back for :data:`LAG_SECS`."""
        while self._written and self._written[0].at <= now + 1e-9:
            played = self._written.popleft()
            if played.pcm:
                self._lately.append(played)
            yield played
        while self._lately and self._lately[0].at < now - LAG_SECS:
            self._lately.popleft()

    def take_back(self, end: float) -> None:
        """Put what is not heard at media time ``end`` back in front of the rest, from the exact sample on."""
        heard: deque[Played] = deque()
        back: list[_Audio | Frame] = [self._rest_of(late, end)[1] for late in self._lately if late.at > end + 1e-9]
        for played in self._written:
            if played.at <= end + 1e-9:
                heard.append(played)
            elif played.frame is not None:
                back.append(played.frame)
            else:
                begun, rest = self._rest_of(played, end)
                if begun.pcm:
                    heard.append(begun)
                back.append(rest)
        self._written = heard
        self._lately.clear()
        self._items.extendleft(reversed(back))
        self._count()
        self.due = end

    def _count(self) -> None:
        self._audio_items = sum(isinstance(item, _Audio) for item in self._items)
        self._audio_bytes = sum(len(item.pcm) - item.taken for item in self._items if isinstance(item, _Audio))

    def _rest_of(self, played: Played, end: float) -> tuple[Played, _Audio]:
        """Split a written piece at media time ``end``."""
        samples = len(played.pcm) // 2
        over = min(samples, max(0, round((played.at - end) * self.rate)))
        upto, place = played.upto - over / self.rate, 2 * (samples - over)
        begun = Played(end, played.segment, upto, pcm=played.pcm[:place], lasting=played.lasting)
        return begun, _Audio(played.pcm[place:], played.segment, upto, lasting=played.lasting)

    def cut(self, *, written_is_heard: bool, now: float) -> list[Played]:
        """Drop what an interruption drops; return what was heard all the same and the frames that must go on.

        Lasting sound stays, and what of it was written and is not heard at ``now`` waits once more.
        """
        heard = [
            played
            for played in self._written
            if (played.segment is not None and (written_is_heard or played.at <= now))
            or isinstance(played.frame, Uninterruptible)
            or (played.frame is not None and played.at <= now)
        ]
        waiting = [item for item in self._items if not isinstance(item, _Audio)]
        kept = [Played(now, frame=item) for item in waiting if isinstance(item, Uninterruptible)]
        unheard = [] if written_is_heard else [late for late in (*self._lately, *self._written) if late.at > now + 1e-9]
        lasting: list[_Audio | Frame] = [self._rest_of(played, now)[1] for played in unheard if played.lasting]
        lasting += [item for item in self._items if isinstance(item, _Audio) and item.lasting]
        self._written.clear()
        self._lately.clear()
        self._items = deque(lasting)
        self._positions.clear()
        self._count()
        return heard + kept

    def forget(self, segment: int) -> None:
        """Drop the position of a segment that is over."""
        self._positions.pop(segment, None)
