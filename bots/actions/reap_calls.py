"""Finalises calls that nobody runs any more, from what they left on disk."""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone

from bots.actions.finish_call import end_of_media, finish_call
from bots.actions.replay_journal import replay_journal
from bots.jobs.tracks import longest_track
from bots.models import OPEN_STATUSES, Call, CallToken, Recording, TranscriptTurn
from bots.models.end_reason import END_REASONS
from bots.models.voice_settings import call_dir, voice_setting
from bots.selectors.processes import process_is_gone, process_lives

logger = logging.getLogger(__name__)

# A process that lives but could not renew (a stalled database, a blocked loop) gets this long to come back.
PATIENCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class ReapedCall:
    """A call that was finalised for its owner."""

    call_id: uuid.UUID
    reason: str
    events: int
    torn: bool
    damaged_lines: tuple[int, ...]


def _abandoned(now: datetime) -> list[Call]:
    never_connected = now - timedelta(seconds=voice_setting("CONNECT_SECONDS"))
    open_calls = Call.objects.filter(status__in=OPEN_STATUSES)
    expired = Q(lease_until__lt=now) | Q(lease_until__isnull=True, created_at__lt=never_connected)
    found = {
        call.pk: call
        for call in open_calls.filter(expired)
        if call.lease_until is None or call.lease_until < now - PATIENCE or not process_lives(call.owner)
    }
    gone = {owner for owner in open_calls.order_by().values_list("owner", flat=True).distinct()
            if owner and process_is_gone(owner)}  # fmt: skip
    if gone:
        found.update({call.pk: call for call in open_calls.filter(owner__in=gone)})
    return list(found.values())


def _context_of(call: Call) -> list[dict[str, str]]:
    """The conversation as the model knew it, from the turns: what a later call can continue from."""
    roles = {TranscriptTurn.Role.USER: "user", TranscriptTurn.Role.BOT: "assistant"}
    turns = TranscriptTurn.objects.filter(call=call, disposition="turn").exclude(text="").order_by("at", "index")
    said = [{"role": roles[TranscriptTurn.Role(turn.role)], "content": turn.text} for turn in turns]
    return [*call.context, *said]


@transaction.atomic
def reap_call(call_id: uuid.UUID) -> ReapedCall | None:
    """Rebuild one abandoned call from its journal and audio and make it final; None when it already was.

    The journal's own ending wins when it holds one: the process died after writing it. A call that never had an
    event was never connected, which is nobody's fault.
    """
    call = Call.objects.select_for_update().get(pk=call_id)
    if call.is_final:
        return None
    replay = replay_journal(call.pk)
    journal = replay.journal
    call.refresh_from_db()
    recording = Recording.objects.filter(call=call).first()
    rate = recording.rate if recording else 16000
    duration_s = max(journal.last_at, longest_track(call_dir(call.pk)) / rate)
    reason, sentence = "owner_gone", ""
    ending = journal.last_of("call.ended") or journal.last_of("call.ending")
    if ending and ending["data"].get("reason") in END_REASONS:
        reason = ending["data"]["reason"]
    elif not journal.events and call.status == "created":
        reason, sentence = "cancelled", "The caller never connected."
    finish_call(
        call_id=call.pk, reason=reason, sentence=sentence, duration_s=duration_s,
        ended_at=end_of_media(call, duration_s), context=_context_of(call), owner="caller" if sentence else None,
    )  # fmt: skip
    return ReapedCall(call.pk, reason, replay.events, replay.torn, replay.damaged_lines)


def reap_calls(now: datetime | None = None) -> list[ReapedCall]:
    """Finalise every open call whose lease ran out, whose process is gone, or that nobody connected to.

    Each call is its own transaction, so one that cannot be finalised does not keep the others open.
    """
    now = now or timezone.now()
    reaped: list[ReapedCall] = []
    for call in _abandoned(now):
        try:
            done = reap_call(call.pk)
        except (OSError, DatabaseError):
            logger.exception("an abandoned call could not be finalised", extra={"call": str(call.pk)})
            continue
        if done:
            reaped.append(done)
            logger.warning("an abandoned call was finalised", extra={"call": str(call.pk), "reason": done.reason})
    CallToken.objects.filter(expires_at__lt=now - timedelta(days=1)).delete()
    return reaped
