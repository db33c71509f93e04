"""Projects journal events into rows; storing the same events again changes nothing."""

import uuid
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from bots.actions.plain_data import count, seconds, storable
from bots.actions.project_turns import turn_rows
from bots.actions.summarise_call import SUMMARY_KINDS, latency_segments, summarise_call
from bots.models import Call, CallEvent, Recording, RecordingChunk, TranscriptTurn, TranscriptWord

BATCH = 500


def _clean(event: dict[str, Any]) -> dict[str, Any]:
    data = storable(event.get("data"))
    return {
        "seq": int(event["seq"]),
        "at": max(0.0, seconds(event.get("at"))),
        "kind": str(event["kind"])[:48],
        "data": data if isinstance(data, dict) else {},
        "cause": event.get("cause") if isinstance(event.get("cause"), int) else None,
    }


def _fresh(call: Call, events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events that have no row yet, each once, in journal order."""
    by_seq = {event["seq"]: event for event in map(_clean, events)}
    if not by_seq:
        return []
    stored = CallEvent.objects.filter(call=call, seq__gte=min(by_seq), seq__lte=max(by_seq))
    known = set(stored.values_list("seq", flat=True))
    return [by_seq[seq] for seq in sorted(by_seq) if seq not in known]


def _store_turns(call: Call, events: list[dict[str, Any]]) -> None:
    rows = [found for event in events if (found := turn_rows(call.pk, event))]
    if rows:
        TranscriptTurn.objects.bulk_create([row.turn for row in rows], batch_size=BATCH)
        TranscriptWord.objects.bulk_create([word for row in rows for word in row.words], batch_size=BATCH)


def _store_chunks(call: Call, events: list[dict[str, Any]]) -> None:
    chunks = [event["data"] for event in events if event["kind"] == "audio.chunk"]
    if not chunks:
        return
    recording, _created = Recording.objects.get_or_create(call=call)
    rows = [
        RecordingChunk(
            recording=recording,
            track=str(data.get("track", ""))[:8],
            number=count(data.get("number")),
            offset=count(data.get("offset")),
            samples=count(data.get("samples")),
        )
        for data in chunks
    ]
    RecordingChunk.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    if recording.status == Recording.Status.PENDING:
        recording.rate = count(chunks[-1].get("rate"), recording.rate) or recording.rate
        recording.samples = max(recording.samples, *(row.offset + row.samples for row in rows))
        recording.duration_s = recording.samples / recording.rate
        recording.save(update_fields=["rate", "samples", "duration_s"])


@transaction.atomic
def store_events(call_id: uuid.UUID, events: Iterable[dict[str, Any]]) -> int:
    """Store journal events of one call in one transaction and answer how many were new.

    Each event is ``{"seq", "at", "kind", "data", "cause"}`` as in the journal file; order and repetition do not
    matter. A call that does not exist raises Call.DoesNotExist.
    """
    call = Call.objects.select_for_update().get(pk=call_id)
    fresh = _fresh(call, events)
    if not fresh:
        return 0
    CallEvent.objects.bulk_create([CallEvent(call=call, **event) for event in fresh], batch_size=BATCH)
    _store_turns(call, fresh)
    _store_chunks(call, fresh)
    kinds = {event["kind"] for event in fresh}
    if kinds & {"metrics", "bot.turn"}:
        latency_segments(call, fresh)
    changed = ["journal_seq"]
    call.journal_seq = max(call.journal_seq, fresh[-1]["seq"])
    if kinds & SUMMARY_KINDS:
        changed += summarise_call(call)
    call.save(update_fields=changed)
    return len(fresh)
