"""Keeps on the call what lists and filters ask for: counts and latency percentiles."""

import math
from typing import Any

from django.db.models import Count, Q

from bots.models import Call, CallEvent, TranscriptTurn

SUMMARY_KINDS = frozenset({"user.turn", "bot.turn", "tool.started", "error"})


def percentile(ordered: list[int], share: float) -> int | None:
    """The smallest value that at least ``share`` of the values do not exceed; None without values."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def summarise_call(call: Call) -> list[str]:
    """Recount a call from its rows (not saved); answers the changed field names."""
    turns = TranscriptTurn.objects.filter(call=call)
    counted = turns.aggregate(all=Count("pk"), cut=Count("pk", filter=Q(interrupted=True)))
    kinds = dict(
        CallEvent.objects.filter(call=call, kind__in=("tool.started", "error"))
        .values_list("kind")
        .annotate(n=Count("pk"))
        .order_by()
    )
    latencies = sorted(ms for ms in turns.values_list("latency_ms", flat=True) if ms is not None)
    call.turn_count = counted["all"]
    call.interruption_count = counted["cut"]
    call.tool_count = kinds.get("tool.started", 0)
    call.error_count = kinds.get("error", 0)
    call.latency_p50_ms = percentile(latencies, 0.5)
    call.latency_p95_ms = percentile(latencies, 0.95)
    return [
        "turn_count", "interruption_count", "tool_count", "error_count", "latency_p50_ms", "latency_p95_ms",
    ]  # fmt: skip


def latency_segments(call: Call, events: list[dict[str, Any]]) -> None:
    """Give bot turns the waterfall that a ``metrics`` event with the same turn number carries.

    The two may come in either order and in different batches; the last waterfall in journal order wins.
    """
    numbers = {
        event["data"]["turn"]
        for event in events
        if event["kind"] in ("metrics", "bot.turn") and isinstance(event["data"].get("turn"), int)
    }
    if not numbers:
        return
    found: dict[int, list[Any]] = {}
    stored = CallEvent.objects.filter(call=call, kind="metrics", data__turn__in=sorted(numbers)).order_by("seq")
    for data in stored.values_list("data", flat=True):
        if isinstance(data.get("segments"), list):
            found[data["turn"]] = data["segments"]
    turns = TranscriptTurn.objects.filter(call=call, role=TranscriptTurn.Role.BOT, number__in=found)
    changed = list(turns)
    for turn in changed:
        turn.segments = found[turn.number]
    TranscriptTurn.objects.bulk_update(changed, ["segments"])
