"""The first finaliser wins, and what it leaves agrees."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from bots.actions.claim_call import claim_call, mark_active, mark_ending, renew_leases
from bots.actions.errors import ActionError
from bots.actions.finish_call import finish_call
from bots.models import Call, Job, Recording
from bots.models.end_reason import END_REASONS
from bots.models.voice_settings import call_dir
from tests.bots.factories import RATE, make_bot, make_call, make_user, write_tracks

pytestmark = pytest.mark.django_db


def open_call(**values: Any) -> Call:
    return make_call(make_bot(), make_user("ann"), **values)


@pytest.mark.parametrize("code", sorted(END_REASONS))
def test_every_reason_ends_a_call_with_a_sentence_an_owner_and_a_next_step(code: str) -> None:
    call = open_call()
    assert finish_call(call_id=call.pk, reason=code, duration_s=2.0)
    call.refresh_from_db()
    reason = END_REASONS[code]
    assert (call.status, call.end_reason, call.end_owner) == (reason.status, code, reason.owner)
    assert call.is_final
    assert call.end_sentence.endswith(".")
    assert str(reason.next_step)


def test_the_first_finaliser_wins() -> None:
    call = open_call()
    assert finish_call(
        call_id=call.pk, reason="bot_ended", duration_s=3.0, context=[{"role": "user", "content": "x\x00"}]
    )
    before = Call.objects.filter(pk=call.pk).values().get()
    assert not finish_call(call_id=call.pk, reason="pipeline_error", duration_s=9.0)
    assert Call.objects.filter(pk=call.pk).values().get() == before
    assert before["context"] == [{"role": "user", "content": "x"}]
    assert Job.objects.count() == 0


def test_both_tracks_get_exactly_the_length_of_the_call(django_capture_on_commit_callbacks: Any) -> None:
    call = open_call()
    write_tracks(call.pk, 3.0)
    caller = call_dir(call.pk) / "caller.s16"
    caller.write_bytes(caller.read_bytes()[:RATE])
    with django_capture_on_commit_callbacks() as nudges:
        finish_call(call_id=call.pk, reason="caller_hung_up", duration_s=2.5)
    assert [path.stat().st_size for path in sorted(call_dir(call.pk).glob("*.s16"))] == [80000, 80000]
    recording = Recording.objects.get(call=call)
    assert (recording.status, recording.samples, recording.duration_s) == ("ready", 40000, 2.5)
    assert Job.objects.get().key == f"post_process:{call.pk}"
    assert len(nudges) == 1


def test_a_call_without_audio_says_why() -> None:
    call = open_call()
    finish_call(call_id=call.pk, reason="start_failed", duration_s=0.0)
    assert Recording.objects.get(call=call).reason == "recording.nothing_recorded"


def test_an_unknown_reason_counts_as_a_broken_pipeline() -> None:
    call = open_call()
    finish_call(call_id=call.pk, reason="gremlins")
    call.refresh_from_db()
    assert (call.status, call.end_reason) == ("failed", "pipeline_error")


@pytest.mark.parametrize(
    "values",
    [{"status": "ended"}, {"status": "active", "ended_at": timezone.now()},
     {"status": "active", "end_reason": "cancelled"},
     {"duration_s": -1.0}],
)  # fmt: skip
def test_the_database_refuses_end_fields_that_disagree(values: dict[str, Any]) -> None:
    call = open_call()
    with pytest.raises(IntegrityError), transaction.atomic():
        Call.objects.filter(pk=call.pk).update(**values)


def test_a_claim_fences_the_owner_before() -> None:
    call = open_call(status="created", started_at=None)
    first = claim_call(call.pk, owner="host:1:a")
    second = claim_call(call.pk, owner="host:2:b")
    assert second == first + 1
    assert not mark_active(call.pk, epoch=first)
    assert mark_active(call.pk, epoch=second)
    assert mark_active(call.pk, epoch=second), "saying it twice is no harm"
    assert not mark_ending(call.pk, epoch=first)
    assert renew_leases([call.pk], owner="host:1:a") == set()
    assert renew_leases([call.pk], owner="host:2:b") == {call.pk}
    assert mark_ending(call.pk, epoch=second)
    finish_call(call_id=call.pk, reason="bot_ended")
    with pytest.raises(ActionError, match="over"):
        claim_call(call.pk)
