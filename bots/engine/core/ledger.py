"""What the bot planned to say, what was sent, what was heard (DESIGN 1.3; lessons T1).

The output transport is the only writer of "heard": it commits words by playout position. Context, transcript, RTVI text
and the recording's captions read from here. A *reply* is one run of the model (or one spoken insert); it consists of
*segments*, the sentences handed to the synthesiser. Word offsets count in seconds from the segment's first sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import count
from math import inf

from bots.engine.frames import SpokenWord


@dataclass(slots=True)
class LedgerWord:
    """A planned word; ``at`` and ``end`` are media seconds once it was heard."""

    text: str
    start: float
    stop: float
    estimated: bool
    heard: bool = False
    at: float | None = None
    end: float | None = None


@dataclass(slots=True)
class Segment:
    """One sentence on its way to the caller; ``sent_s`` and ``heard_s`` are seconds of its audio.

    ``text_frames``: its words are also pushed as frames when they are heard (SPCH-17).
    """

    id: int
    reply: int
    text: str
    spoken: bool = True
    words: list[LedgerWord] = field(default_factory=list)
    sent_s: float = 0.0
    heard_s: float = 0.0
    complete: bool = False
    cut: bool = False
    broken: bool = False
    text_frames: bool = True

    @property
    def heard_text(self) -> str:
        """The words that were played out; all of the text when the segment is not spoken."""
        return " ".join(word.text for word in self.words if word.heard) if self.spoken else self.text

    @property
    def unheard_text(self) -> str:
        """The planned words that were not played out."""
        return " ".join(word.text for word in self.words if not word.heard) if self.spoken else ""


@dataclass(slots=True)
class Reply:
    """One run of the model, or one spoken insert; ``to_context``: what is heard of it belongs into the context."""

    id: int
    insert: bool = False
    to_context: bool = True
    cut: bool = False


class Ledger:
    """The account of one call's spoken words."""

    def __init__(self) -> None:
        self._segments: dict[int, Segment] = {}
        self._segment_ids = count(1)
        self._reply_ids = count(1)
        self._replies: dict[int, Reply] = {}

    def open_reply(self, *, insert: bool = False, to_context: bool = True) -> int:
        """Begin a reply and return its number; an insert is spoken without the model."""
        reply = next(self._reply_ids)
        self._replies[reply] = Reply(reply, insert, to_context)
        return reply

    def reply(self, reply: int) -> Reply | None:
        """Return a reply by number while it is held."""
        return self._replies.get(reply)

    def is_alive(self, reply: int | None) -> bool:
        """Whether a reply may still add words; an interruption ends those that were open."""
        return reply is None or ((held := self._replies.get(reply)) is not None and not held.cut)

    @property
    def open_replies(self) -> list[Reply]:
        """Replies that were not accounted for yet, in order."""
        return list(self._replies.values())

    @property
    def ahead_s(self) -> float:
        """Seconds of audio that were handed to playout and not heard yet."""
        return sum(entry.sent_s - entry.heard_s for entry in self._segments.values() if not entry.cut)

    def plan(self, reply: int, text: str, *, spoken: bool = True) -> Segment:
        """Note a sentence that is about to be synthesised (or, unspoken, shown)."""
        segment = Segment(next(self._segment_ids), reply, text, spoken)
        segment.words = [LedgerWord(word, 0.0, inf, True, heard=not spoken) for word in text.split()] if text else []
        segment.complete = not spoken
        self._segments[segment.id] = segment
        return segment

    def segment(self, segment: int) -> Segment | None:
        """Return a segment by number while it is held."""
        return self._segments.get(segment)

    def segments_of(self, reply: int) -> list[Segment]:
        """Return a reply's segments in order."""
        return [segment for segment in self._segments.values() if segment.reply == reply]

    def time_words(self, segment: int, words: Sequence[SpokenWord]) -> None:
        """Give the segment's words their offsets, as the synthesiser (or an estimate) tells them."""
        if (entry := self._segments.get(segment)) is None or entry.cut:
            return
        heard = [word for word in entry.words if word.heard]
        later = [LedgerWord(word.text, word.start, word.end, word.estimated) for word in words[len(heard) :]]
        entry.words = heard + later

    def sent(self, segment: int, seconds: float) -> None:
        """Note that audio of the segment was handed to playout."""
        if (entry := self._segments.get(segment)) is not None:
            entry.sent_s += seconds

    def heard(self, segment: int, upto: float, began_at: float) -> list[LedgerWord]:
        """Commit the words that end at or before ``upto`` seconds of the segment's audio; return the new ones.

        ``began_at`` is the media time at which the segment's first sample was played.
        """
        entry = self._segments.get(segment)
        if entry is None or entry.cut:
            return []
        entry.heard_s = max(entry.heard_s, upto)
        return self._commit([w for w in entry.words if not w.heard and w.stop <= upto + 1e-6], began_at)

    def finish(self, segment: int, began_at: float) -> list[LedgerWord]:
        """Commit all that is left of a segment whose audio was played to its end; return the new words.

        Of a segment whose synthesis failed only the words that had audio are committed.
        """
        entry = self._segments.get(segment)
        if entry is None or entry.cut:
            return []
        entry.complete = True
        upto = entry.heard_s if entry.broken else inf
        return self._commit([w for w in entry.words if not w.heard and w.stop <= upto + 1e-6], began_at)

    def fail(self, segment: int) -> None:
        """Note that the segment's audio ends before its words do: what has no audio will not have been heard."""
        if (entry := self._segments.get(segment)) is not None:
            entry.broken = True

    def cut(self) -> list[Segment]:
        """End every open reply where it stands; return the segments that were not complete, in order."""
        for reply in self._replies.values():
            reply.cut = True
        cut = []
        for segment in self._segments.values():
            if not segment.complete and not segment.cut:
                segment.cut = True
                cut.append(segment)
        return cut

    def forget(self, reply: int) -> None:
        """Drop a reply that is accounted for, so that a long call does not grow."""
        self._replies.pop(reply, None)
        for segment in [entry.id for entry in self._segments.values() if entry.reply == reply]:
            del self._segments[segment]

    @staticmethod
    def _commit(words: Iterable[LedgerWord], began_at: float) -> list[LedgerWord]:
        new = list(words)
        for word in new:
            word.heard = True
            word.at = began_at + word.start
            word.end = began_at + (word.stop if word.stop != inf else word.start)
        return new
