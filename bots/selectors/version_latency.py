"""How long callers wait for answers, per version of a bot."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from bots.models import Bot, TranscriptTurn


@dataclass(frozen=True, slots=True)
class VersionLatency:
    """Median and 95th percentile of the answers' waiting times, milliseconds, and how many answers they are of."""

    p50: int
    p95: int
    answers: int


def latency_by_version(bot: Bot) -> dict[int, VersionLatency]:
    """Return the figures of each version of a bot that has answered callers, by the version's id; one query.

    A percentile is the smallest waiting time that so many of the answers do not exceed, as on the call page.
    """
    median, high = (F("answers") + 1) / 2, (F("answers") * 95 + 99) / 100
    ranked = (
        TranscriptTurn.objects.filter(call__bot=bot, call__version__isnull=False, latency_ms__isnull=False)
        .annotate(
            rank=Window(RowNumber(), partition_by=F("call__version"), order_by=F("latency_ms").asc()),
            answers=Window(Count("pk"), partition_by=F("call__version")),
        )
        .filter(Q(rank=median) | Q(rank=high))
        .values_list("call__version", "answers", "latency_ms")
    )
    found: dict[int, VersionLatency] = {}
    for version, answers, latency_ms in ranked.order_by("rank"):
        high_ms = latency_ms or 0
        median_row = found.get(version)
        found[version] = VersionLatency(median_row.p50 if median_row else high_ms, high_ms, answers)
    return found
