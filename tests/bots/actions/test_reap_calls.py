"""Calls whose process died are finished from what they left, once."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from bots.actions.reap_calls import reap_calls
from bots.models import Call, CallEvent, Recording, TranscriptTurn
from bots.models.voice_settings import call_dir
from bots.selectors.processes import process_is_gone, this_process
from tests.bots.factories import (
    conversation,
    event,
    make_bot,
    make_call,
    make_user,
    spoken_spans,
    with_chunks,
    write_journal,
    write_tracks,
)

pytestmark = pytest.mark.django_db


def abandoned(events: list[dict[str, object]], seconds: float = 0.0, **values: object) -> Call:
    """A call whose lease ran out ten seconds ago, with only files left."""
    past = timezone.now() - timedelta(seconds=10)
    call = make_call(make_bot(), make_user("ann"), **{"lease_until": past, "owner": "elsewhere:1:2", **values})
    if events:
        write_journal(call.pk, events)
    if seconds:
        write_tracks(call.pk, seconds, spoken_spans(events))
    return call


def test_a_killed_call_keeps_every_finished_turn_and_its_audio() -> None:
    events = with_chunks(conversation()[:-1], 24.5)
    call = abandoned(events, seconds=24.6)
    with (call_dir(call.pk) / "journal.log").open("ab") as journal:
        journal.write(b'0badc0de {"seq":9999,"at":')
    bot_track = call_dir(call.pk) / "bot.s16"
    bot_track.write_bytes(bot_track.read_bytes()[:-3001])
    [reaped] = reap_calls()
    call.refresh_from_db()
    assert (reaped.reason, reaped.torn, reaped.events) == ("owner_gone", True, len(events))
    assert (call.status, call.end_reason, call.end_owner) == ("failed", "owner_gone", "us")
    assert call.duration_s == pytest.approx(24.6)
    assert call.ended_at == call.started_at + timedelta(seconds=call.duration_s)
    assert TranscriptTurn.objects.filter(call=call).count() == 6
    assert call.context[1] == {"role": "user", "content": "I would like to move my appointment."}
    assert [message["role"] for message in call.context] == ["assistant", "user"] * 3
    recording = Recording.objects.get(call=call)
    assert (recording.status, recording.samples) == ("ready", round(24.6 * 16000))
    assert bot_track.stat().st_size == recording.samples * 2


def test_reaping_three_times_gives_the_same_rows() -> None:
    call = abandoned(conversation(), seconds=40.0)
    reap_calls()
    before = (Call.objects.values().get(), list(CallEvent.objects.values()), list(TranscriptTurn.objects.values()))
    assert reap_calls() == []
    assert reap_calls() == []
    assert before == (
        Call.objects.values().get(),
        list(CallEvent.objects.values()),
        list(TranscriptTurn.objects.values()),
    )
    assert call.pk == before[0]["id"]


def test_an_ending_that_the_journal_holds_is_the_ending() -> None:
    call = abandoned([*conversation(), event(50, 40.0, "call.ended", {"reason": "caller_hung_up"})])
    reap_calls()
    call.refresh_from_db()
    assert (call.status, call.end_reason, call.duration_s) == ("ended", "caller_hung_up", 40.0)


def test_a_call_that_nobody_connected_to_is_cancelled_and_blames_nobody() -> None:
    old = timezone.now() - timedelta(minutes=3)
    call = abandoned([], status="created", started_at=None, lease_until=None, created_at=old, owner="")
    reap_calls()
    call.refresh_from_db()
    assert (call.status, call.end_reason, call.end_sentence) == ("ended", "cancelled", "The caller never connected.")


def test_calls_with_a_living_owner_and_lease_are_left_alone() -> None:
    soon = timezone.now() + timedelta(seconds=5)
    call = abandoned(conversation(), lease_until=soon, owner=this_process())
    assert reap_calls() == []
    call.refresh_from_db()
    assert call.status == "active"


def test_a_living_process_that_could_not_renew_gets_time_to_come_back() -> None:
    now = timezone.now()
    call = abandoned(conversation(), lease_until=now - timedelta(seconds=10), owner=this_process())
    assert reap_calls(now) == []
    assert [reaped.call_id for reaped in reap_calls(now + timedelta(seconds=31))] == [call.pk]


def test_a_dead_process_of_this_host_gives_its_calls_up_at_once(project: Path) -> None:
    script = "from bots.selectors.processes import this_process; print(this_process())"
    owner = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, check=True
    ).stdout
    soon = timezone.now() + timedelta(seconds=60)
    call = abandoned(conversation(), lease_until=soon, owner=owner.strip())
    assert process_is_gone(owner.strip())
    assert [reaped.call_id for reaped in reap_calls()] == [call.pk]


def test_a_reused_process_number_is_another_owner_and_other_hosts_are_not_judged() -> None:
    mine = this_process()
    assert not process_is_gone(mine)
    assert process_is_gone(mine.rpartition(":")[0] + ":1")
    assert not process_is_gone("another-host:1:1")
    assert not process_is_gone("nonsense")
