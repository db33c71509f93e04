"""What was understood of one utterance: stretches of text in the order in which they were spoken (P12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from .stt import Transcript

MAKE_SURE_S = 0.02
STRAGGLE_S = 0.5


@dataclass(frozen=True, slots=True)
class Stretch:
    """A piece of text; media seconds where they are known."""

    text: str
    final: bool
    key: str
    at: float | None = None
    end: float | None = None
    confidence: float | None = None
    language: str | None = None

    def is_about(self, other: Stretch) -> bool:
        """Whether both tell of the same speech: the same number, or most of the same time."""
        if self.key == other.key:
            return True
        if None in (self.at, self.end, other.at, other.end):
            return False
        assert self.at is not None and self.end is not None  # noqa: S101 (tested above)
        assert other.at is not None and other.end is not None  # noqa: S101 (tested above)
        shared = min(self.end, other.end) - max(self.at, other.at)
        return shared > 0.5 * min(self.end - self.at, other.end - other.at)


class UtteranceText:
    """Takes what comes, in any order and as often as it comes, and holds every stretch once.

    A final text takes the place of the guess and of an earlier final of the same stretch; a guess never replaces a
    final text.
    """

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._count = 0

    def take(self, stretch: Stretch) -> None:
        """Take a stretch; an empty ``key`` means that the vendor does not number them: the open guess is meant."""
        if not stretch.key:
            stretch = replace(stretch, key=f"#{self._count}")
            self._count += stretch.final
        if not stretch.final and any(known.final and known.is_about(stretch) for known in self._stretches):
            return
        place = next((n for n, known in enumerate(self._stretches) if known.is_about(stretch)), len(self._stretches))
        told = [stretch] if stretch.text.strip() else []
        before, after = (
            [known for known in part if not _is_told_by(known, stretch)]
            for part in (self._stretches[:place], self._stretches[place:])
        )
        self._stretches = [*before, *told, *after]

    def __bool__(self) -> bool:
        return bool(self._stretches)

    @property
    def keys(self) -> list[str]:
        """The numbers under which the vendor may speak of it again."""
        return [stretch.key for stretch in self._stretches if not stretch.key.startswith("#")]

    @property
    def all_final(self) -> bool:
        """Whether there is text and no guess among it."""
        return bool(self._stretches) and all(stretch.final for stretch in self._stretches)

    @property
    def final_until(self) -> float | None:
        """The end of the last final stretch, None where a final has no times or there is none."""
        ends = [stretch.end for stretch in self._stretches if stretch.final]
        return max(end for end in ends if end is not None) if ends and None not in ends else None

    def drop_guesses(self) -> None:
        """Forget what is not final."""
        self._stretches = [stretch for stretch in self._stretches if stretch.final]

    def clear(self) -> None:
        """Forget all."""
        self._stretches = []

    def transcript(self) -> Transcript:
        """Return all of it: text in the order of speech, the least confidence, the first language."""
        ordered = self._stretches
        if all(stretch.at is not None for stretch in ordered):
            ordered = sorted(ordered, key=lambda stretch: stretch.at or 0.0)
        sure = [stretch.confidence for stretch in ordered if stretch.confidence is not None]
        language = next((stretch.language for stretch in ordered if stretch.language), None)
        return Transcript(
            " ".join(stretch.text.strip() for stretch in ordered), min(sure) if sure else None, language
        )  # fmt: skip


class Answered:
    """What already has its final text: up to a media time, and by number; so nothing is said twice."""

    def __init__(self) -> None:
        self.until = 0.0
        self._keys: set[str] = set()

    def note(self, keys: Iterable[str], until: float | None) -> None:
        """Note speech that has its final text now."""
        self._keys.update(key for key in keys if key)
        self.until = max(self.until, until or 0.0)

    def covers(self, stretch: Stretch, *, speaking: bool) -> bool:
        """Whether a text tells of such speech; a straggler may reach half a second past it while nobody speaks."""
        if stretch.key in self._keys or (stretch.end is not None and stretch.end <= self.until + MAKE_SURE_S):
            return True
        if stretch.at is None or stretch.end is None or speaking:
            return False
        return stretch.at < self.until - MAKE_SURE_S and stretch.end < self.until + STRAGGLE_S


def _is_told_by(known: Stretch, stretch: Stretch) -> bool:
    """Whether a newer stretch tells of what was known: the same speech, or a guess that began before its final end."""
    earlier_guess = stretch.final and not known.final and known.at is not None and stretch.end is not None
    return known.is_about(stretch) or (earlier_guess and (known.at or 0.0) < (stretch.end or 0.0) - 1e-6)
