"""The row decides: work is done once, tried again, and never lost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import av
import pytest
from django.db import transaction
from django.utils import timezone

from bots.actions.enqueue_job import enqueue_job
from bots.actions.run_job import LEASE, MAX_ATTEMPTS, rerun_job, run_job, sweep_jobs
from bots.models import Job, Recording
from bots.models.voice_settings import call_dir, calls_dir
from tests.bots.factories import make_bot, make_finished_call, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def job() -> Job:
    """The job that a finished call left."""
    make_finished_call(make_bot(), make_user("ann"), seconds=12.0)
    return Job.objects.get()


def test_the_job_encodes_the_call_and_draws_its_peaks(job: Job) -> None:
    assert run_job(job.pk)
    job.refresh_from_db()
    recording = Recording.objects.get(call=job.call)
    assert (job.status, job.attempts, recording.status) == ("done", 1, "encoded")
    with av.open(str(calls_dir() / recording.ogg_path)) as encoded:
        assert encoded.duration / 1e6 == pytest.approx(12.0, abs=0.1)
        assert encoded.streams.audio[0].codec_context.layout.nb_channels == 2
    assert recording.ogg_bytes < 12 * 16000 * 4 / 5
    peaks = recording.peaks
    assert len(peaks["caller"]) == len(peaks["bot"]) == 240
    assert max(peaks["bot"][18:80]) > 20, "the greeting is visible"
    assert max(peaks["bot"][:15]) == 0, "silence is flat"


def test_doing_it_again_changes_nothing_visible(job: Job) -> None:
    run_job(job.pk)
    before = Recording.objects.values().get()
    assert not run_job(job.pk), "a done job is not done again"
    rerun_job(job)
    assert run_job(job.pk)
    after = Recording.objects.values().get()
    assert {**after, "ogg_bytes": 0} == {**before, "ogg_bytes": 0}
    assert sorted(path.name for path in call_dir(job.call_id).iterdir()) == [
        "audio.ogg", "bot.s16", "caller.s16", "journal.log",
    ]  # fmt: skip


def test_a_running_job_is_not_started_twice_until_its_lease_ends(job: Job) -> None:
    now = timezone.now()
    Job.objects.update(status="running", attempts=1, lease_until=now + LEASE)
    assert not run_job(job.pk)
    Job.objects.update(lease_until=now - timedelta(seconds=1))
    assert run_job(job.pk)


def test_a_failing_job_is_tried_three_times_and_then_parked_with_its_reason(job: Job) -> None:
    track = call_dir(job.call_id) / "caller.s16"
    track.unlink()
    track.mkdir()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        assert not run_job(job.pk)
        job.refresh_from_db()
        assert (job.status, job.attempts) == ("pending" if attempt < MAX_ATTEMPTS else "failed", attempt)
        assert job.last_error == "job.IsADirectoryError"
    assert not run_job(job.pk)


def test_the_sweep_finds_lost_messages_dead_workers_and_due_retries(job: Job) -> None:
    later = timezone.now() + timedelta(minutes=5)
    assert sweep_jobs(timezone.now()) == 0, "a fresh job is left to its message"
    assert sweep_jobs(later) == 1
    Job.objects.update(status="running", attempts=1, lease_until=later - timedelta(seconds=1))
    assert sweep_jobs(later) == 1
    Job.objects.update(attempts=MAX_ATTEMPTS)
    assert sweep_jobs(later) == 0
    job.refresh_from_db()
    assert (job.status, job.last_error) == ("failed", "job.worker_lost")


def test_the_same_work_is_queued_once_and_only_after_the_commit(
    job: Job, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as nudges, transaction.atomic():
        assert enqueue_job(kind="post_process", call=job.call) == job
        fresh = enqueue_job(kind="post_process", call=make_finished_call(job.call.bot, job.call.user))
    assert fresh != job
    assert len(nudges) == 1


def test_work_of_an_unknown_kind_is_parked(job: Job) -> None:
    Job.objects.update(kind="paint")
    assert not run_job(job.pk)
    job.refresh_from_db()
    assert (job.status, job.last_error) == ("failed", "job.unknown_kind")
