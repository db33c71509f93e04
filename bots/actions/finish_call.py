"""Gives a call its end, once: the first finaliser wins and every later one changes nothing."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.enqueue_job import enqueue_job
from bots.actions.plain_data import storable
from bots.jobs.tracks import settle_tracks
from bots.models import OPEN_STATUSES, Call, Job, Recording
from bots.models.end_reason import end_reason
from bots.models.voice_settings import call_dir

logger = logging.getLogger(__name__)

POST_PROCESS = "post_process"


def _settle_recording(call: Call) -> Job | None:
    """Close the recording at the call's length; answers the job that makes it small."""
    recording, _created = Recording.objects.get_or_create(call=call)
    if recording.status != Recording.Status.PENDING:
        return None
    try:
        tracks = settle_tracks(call_dir(call.pk), rate=recording.rate, duration_s=call.duration_s or 0.0)
    except OSError:
        logger.exception("the recorded tracks could not be closed", extra={"call": str(call.pk)})
        recording.status, recording.reason = Recording.Status.FAILED, "recording.disk"
        recording.save(update_fields=["status", "reason"])
        return None
    if tracks is None or tracks.samples == 0:
        recording.status, recording.reason = Recording.Status.MISSING, "recording.nothing_recorded"
        recording.save(update_fields=["status", "reason"])
        return None
    recording.status = Recording.Status.READY
    recording.samples, recording.duration_s = tracks.samples, tracks.duration_s
    recording.save(update_fields=["status", "samples", "duration_s"])
    return enqueue_job(kind=POST_PROCESS, call=call)


@transaction.atomic
def finish_call(
    *,
    call_id: uuid.UUID,
    reason: str,
    duration_s: float | None = None,
    ended_at: datetime | None = None,
    sentence: str = "",
    error_code: str = "",
    context: list[Any] | None = None,
    owner: str | None = None,
) -> bool:
    """Make a call final and answer whether this call of the function did it.

    ``reason`` is a code of the end-reason catalogue, ``duration_s`` the media length in seconds (wall time since
    the start when omitted), ``sentence`` replaces the catalogue's, ``owner`` (of the fault) too.
    """
    known = end_reason(reason)
    call = Call.objects.select_for_update().get(pk=call_id)
    if call.is_final:
        return False
    ended = ended_at or timezone.now()
    if duration_s is None:
        duration_s = max(0.0, (ended - call.started_at).total_seconds()) if call.started_at else 0.0
    values: dict[str, Any] = {
        "status": known.status,
        "end_reason": known.code,
        "end_owner": owner or known.owner,
        "end_sentence": (sentence or str(known.sentence))[:400],
        "error_code": error_code[:80],
        "ended_at": ended,
        "duration_s": max(0.0, duration_s),
        "lease_until": None,
        "resume_hash": "",
    }
    if context is not None:
        values["context"] = storable(context)
    if not Call.objects.filter(pk=call_id, status__in=OPEN_STATUSES).update(**values):
        return False
    call.refresh_from_db()
    _settle_recording(call)
    return True


def end_of_media(call: Call, duration_s: float) -> datetime:
    """The wall time at which a call of that length ended."""
    return (call.started_at or call.created_at) + timedelta(seconds=duration_s)
