"""What the doctor looks at: each check says what is so, and what to do when it is not as it should be."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from bots.models import OPEN_STATUSES, Bot, Call, Credential, Job, UnreadableCredential
from bots.models.voice_settings import calls_dir
from bots.selectors.health_checks import Finding, further_checks
from bots.selectors.processes import process_is_gone
from bots.selectors.speech_findings import speech_findings
from bots.selectors.tool_findings import tool_findings

LOW_DISK_BYTES = 1_000_000_000
STUCK_AFTER = timedelta(minutes=5)


def _database() -> Iterator[Finding]:
    try:
        waiting = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding("error", "database", f"It does not answer ({type(error).__name__}).", "Check DATABASE_URL.")
        return
    if waiting:
        yield Finding("error", "database", f"{len(waiting)} migrations are not applied.", "Run: manage.py migrate")
    else:
        yield Finding("ok", "database", f"{connection.vendor} answers and is up to date.")


def _calls_folder() -> Iterator[Finding]:
    folder = calls_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder) as probe:
            probe.write(b"voice")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        yield Finding("error", "calls folder", f"It cannot be written ({error.strerror}).", "Check VOICE_CALLS_DIR.")
        return
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK_BYTES:
        yield Finding("warning", "calls folder", f"Only {free // 1_000_000} MB are free.", "Free or add disk space.")
    else:
        yield Finding("ok", "calls folder", f"It can be written; {free // 1_000_000_000} GB are free.")


def _credentials() -> Iterator[Finding]:
    for credential in Credential.objects.all():
        try:
            credential.secret()
        except UnreadableCredential:
            yield Finding(
                "error",
                "credentials",
                f"{credential.name} cannot be opened.",
                "Put its former key back into VOICE_ENCRYPTION_KEYS, or enter the secret anew.",
            )
    if not settings.VOICE.get("ENCRYPTION_KEYS"):
        yield Finding(
            "warning",
            "credentials",
            "No encryption key is set; one is derived from the secret key.",
            "Set VOICE_ENCRYPTION_KEYS.",
        )
    else:
        yield Finding("ok", "credentials", "The encryption keys are set.")


def _speech() -> Iterator[Finding]:
    for found in speech_findings():
        yield Finding("ok" if found.ok else "error", found.name, found.message, found.next_step)


def _tools() -> Iterator[Finding]:
    for found in tool_findings():
        yield Finding("error", "tools", found.message, found.next_step)


def _calls() -> Iterator[Finding]:
    now = timezone.now()
    open_calls = Call.objects.filter(status__in=OPEN_STATUSES)
    lost = [
        call
        for call in open_calls.only("owner", "lease_until", "created_at")
        if (call.lease_until and call.lease_until < now) or (call.owner and process_is_gone(call.owner))
    ]
    if lost:
        yield Finding(
            "warning", "calls", f"{len(lost)} calls are open and nobody runs them.", "Run: manage.py recover_calls"
        )
    else:
        yield Finding("ok", "calls", f"{open_calls.count()} are running, none is lost.")


def _jobs() -> Iterator[Finding]:
    waiting = (Job.Status.PENDING, Job.Status.RUNNING)
    stuck = Job.objects.filter(status__in=waiting, created_at__lt=timezone.now() - STUCK_AFTER).count()
    failed = Job.objects.filter(status=Job.Status.FAILED).count()
    if stuck:
        yield Finding("warning", "jobs", f"{stuck} wait for more than five minutes.", "Start a worker, or the server.")
    if failed:
        yield Finding("warning", "jobs", f"{failed} were given up.", "Look at them under Jobs and run them again.")
    if not stuck and not failed:
        yield Finding("ok", "jobs", "None is stuck or given up.")


def _bots() -> Iterator[Finding]:
    published = Bot.objects.filter(is_archived=False, live_version__isnull=False).count()
    if published:
        yield Finding("ok", "bots", f"{published} are published.")
    else:
        yield Finding("warning", "bots", "None is published.", "Publish one in the admin, or run: manage.py voice_demo")


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _calls_folder, _speech, _credentials, _tools, _calls, _jobs, _bots,
)  # fmt: skip


def health_findings() -> list[Finding]:
    """The findings of every check; without a usable database only those that need none."""
    found = list(_database())
    usable = all(finding.level != "error" for finding in found)
    for check in (*CHECKS, *further_checks()) if usable else (_calls_folder, _speech):
        found += check()
    return found
