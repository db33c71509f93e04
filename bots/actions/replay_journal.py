"""Rebuilds a call's rows from its journal file, which is the truth."""

import uuid
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from bots.actions.store_events import store_events
from bots.models import Call, CallEvent, RecordingChunk, TranscriptTurn, TranscriptWord
from bots.models.voice_settings import call_dir
from bots.selectors.journal_file import JOURNAL_NAME, JournalFile, read_journal_file


@dataclass(frozen=True, slots=True)
class Replay:
    """What a rebuild found: how many events are rows now, and what of the file could not be read."""

    events: int
    damaged_lines: tuple[int, ...]
    torn: bool
    journal: JournalFile


@transaction.atomic
def replay_journal(call_id: uuid.UUID, path: Path | None = None) -> Replay:
    """Replace the call's events, transcript and recorded pieces by what the journal file says.

    A file without a single readable event leaves the rows as they are: rows are better than nothing.
    """
    call = Call.objects.select_for_update().get(pk=call_id)
    journal = read_journal_file(path or call_dir(call_id) / JOURNAL_NAME)
    if journal.events:
        TranscriptWord.objects.filter(call=call).delete()
        TranscriptTurn.objects.filter(call=call).delete()
        RecordingChunk.objects.filter(recording__call=call).delete()
        CallEvent.objects.filter(call=call).delete()
        Call.objects.filter(pk=call.pk).update(journal_seq=-1)
        store_events(call.pk, journal.events)
    return Replay(
        events=CallEvent.objects.filter(call=call).count(),
        damaged_lines=tuple(journal.damaged_lines),
        torn=journal.torn,
        journal=journal,
    )
