"""Queues background work: first the row, then, once it is committed, a nudge to a worker."""

import logging

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from bots.models import Call, Job

logger = logging.getLogger(__name__)

RUN_JOB_TASK = "bots.run_job"


def nudge_worker(job_id: int) -> None:
    """Tell a worker about a job; when no broker answers, the sweep will find the row."""
    Job.objects.filter(pk=job_id).update(enqueued_at=timezone.now())
    try:
        current_app.send_task(RUN_JOB_TASK, args=[job_id], retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("a job could not be queued", extra={"job": job_id, "failure": type(error).__name__})


@transaction.atomic
def enqueue_job(*, kind: str, call: Call) -> Job:
    """Queue one kind of work for a call, at most once; answers the row whether it is new or not."""
    job, created = Job.objects.get_or_create(
        key=f"{kind}:{call.pk}", defaults={"kind": kind, "call": call, "created_at": timezone.now()}
    )
    if created:
        transaction.on_commit(lambda: nudge_worker(job.pk))
    return job
