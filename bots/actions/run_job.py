"""Runs queued work: claims the row, works, notes the outcome; and finds what was lost."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

import av.error
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from bots.actions.enqueue_job import nudge_worker
from bots.jobs.post_process import post_process
from bots.models import Call, Job

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=75)
RETRY_AFTER = timedelta(seconds=20)
LOST_AFTER = timedelta(seconds=60)
MAX_ATTEMPTS = 3

WORK: dict[str, Callable[[Call], None]] = {"post_process": post_process}


def _claim(job_id: int, now: datetime) -> Job | None:
    """Take the job unless another worker holds it; the row decides, not the queue."""
    free = Q(status=Job.Status.PENDING) | Q(status=Job.Status.RUNNING, lease_until__lt=now)
    claimed = Job.objects.filter(free, pk=job_id, attempts__lt=MAX_ATTEMPTS).update(
        status=Job.Status.RUNNING, lease_until=now + LEASE, attempts=F("attempts") + 1
    )
    return Job.objects.select_related("call").get(pk=job_id) if claimed else None


def _close(job: Job, status: str, error: str = "") -> None:
    now = timezone.now()
    final = status in (Job.Status.DONE, Job.Status.FAILED)
    Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, attempts=job.attempts).update(
        status=status,
        last_error=error[:80],
        finished_at=now if final else None,
        lease_until=None if final else now + RETRY_AFTER * job.attempts,
    )


def run_job(job_id: int) -> bool:
    """Do a job's work once; answers whether this run completed it.

    A failure is tried again later, at most three times. A worker that dies leaves the row running until its lease
    ends; whoever comes next starts the work anew.
    """
    job = _claim(job_id, timezone.now())
    if job is None:
        return False
    work = WORK.get(job.kind)
    if work is None or job.call is None:
        _close(job, Job.Status.FAILED, "job.unknown_kind")
        return False
    try:
        work(job.call)
    except (OSError, ValueError, av.error.FFmpegError) as error:
        logger.exception("a job failed", extra={"job": job.pk, "attempt": job.attempts})
        given_up = job.attempts >= MAX_ATTEMPTS
        _close(job, Job.Status.FAILED if given_up else Job.Status.PENDING, f"job.{type(error).__name__}")
        return False
    _close(job, Job.Status.DONE)
    return True


def sweep_jobs(now: datetime | None = None) -> int:
    """Queue again what nobody works on: lost messages, dead workers, due retries; answers how many.

    A job that killed three workers is parked as failed.
    """
    now = now or timezone.now()
    dead = Q(status=Job.Status.RUNNING, lease_until__lt=now)
    Job.objects.filter(dead, attempts__gte=MAX_ATTEMPTS).update(
        status=Job.Status.FAILED, last_error="job.worker_lost", finished_at=now
    )
    waiting = Q(status=Job.Status.PENDING) & (Q(lease_until__isnull=True) | Q(lease_until__lt=now))
    lost = Q(enqueued_at__isnull=True, created_at__lt=now - LOST_AFTER) | Q(enqueued_at__lt=now - LOST_AFTER)
    due = Q(lease_until__lt=now)
    found = Job.objects.filter(dead | (waiting & (lost | due))).values_list("pk", flat=True)
    jobs = list(found[:200])
    for job_id in jobs:
        nudge_worker(job_id)
    return len(jobs)


@transaction.atomic
def rerun_job(job: Job) -> None:
    """Start a finished or parked job anew, at a person's request."""
    Job.objects.filter(pk=job.pk).exclude(status=Job.Status.RUNNING).update(
        status=Job.Status.PENDING, attempts=0, last_error="", finished_at=None, lease_until=None
    )
    transaction.on_commit(lambda: nudge_worker(job.pk))
