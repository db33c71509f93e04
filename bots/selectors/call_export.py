"""A call as one JSON document."""

from typing import Any

from bots.models import Call
from bots.selectors.call_configuration import configuration_of
from bots.selectors.call_page import turns_of


def call_document(call: Call, *, with_words: bool, with_configuration: bool) -> dict[str, Any]:
    """Everything about a call; what was said and what it ran with only for those who may see it.

    Times inside the call are media seconds since its start.
    """
    document: dict[str, Any] = {
        "id": str(call.pk),
        "bot": call.bot.slug,
        "version": call.version.number if call.version else "draft",
        "status": call.status,
        "end": {"reason": call.end_reason, "owner": call.end_owner, "sentence": call.end_sentence,
                "error_code": call.error_code},
        "transport": call.transport,
        "created_at": call.created_at,
        "started_at": call.started_at,
        "ended_at": call.ended_at,
        "duration_s": call.duration_s,
        "continued_from": str(call.continued_from_id) if call.continued_from_id else None,
        "turn_count": call.turn_count,
        "interruption_count": call.interruption_count,
        "latency_p50_ms": call.latency_p50_ms,
        "latency_p95_ms": call.latency_p95_ms,
    }  # fmt: skip
    if with_configuration:
        document["configuration"] = configuration_of(call)
    if with_words:
        document["turns"] = [
            {
                "index": view.turn.index, "turn": view.turn.number, "role": view.turn.role, "text": view.turn.text,
                "planned": view.turn.planned_text, "at": view.turn.at, "end": view.turn.end,
                "interrupted": view.turn.interrupted, "source": view.turn.source,
                "disposition": view.turn.disposition, "latency_ms": view.turn.latency_ms,
                "segments": view.turn.segments, "latency_why": view.turn.latency_why,
                "words": [
                    {"text": word.text, "at": word.at, "end": word.end, "heard": word.heard,
                     "estimated": word.estimated}
                    for word in view.words
                ],
            }
            for view in turns_of(call)
        ]  # fmt: skip
        document["events"] = list(call.events.order_by("seq").values("seq", "at", "kind", "data", "cause"))
    return document
