"""Queue messages: each names a row and calls one action; the row decides what happens."""

from celery import shared_task

from bots.actions.enqueue_job import RUN_JOB_TASK
from bots.actions.reap_calls import reap_calls
from bots.actions.run_job import run_job, sweep_jobs


@shared_task(name=RUN_JOB_TASK, ignore_result=True)
def run_queued_job(job_id: int) -> None:
    """Run one job."""
    run_job(job_id)


@shared_task(name="bots.sweep_jobs", ignore_result=True)
def sweep_lost_jobs() -> None:
    """Queue lost jobs again; scheduled each minute."""
    sweep_jobs()


@shared_task(name="bots.reap_calls", ignore_result=True)
def reap_abandoned_calls() -> None:
    """Finalise calls that nobody runs any more; scheduled each minute beside the host's own rounds."""
    reap_calls()
