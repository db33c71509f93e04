"""With PostgreSQL and Redis set, jobs go to a real worker and messages travel between processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

DO_A_JOB = """
import time
from voiceapp.celery import app
app.send_task("bots.sweep_jobs")
deadline = time.monotonic() + 30
while time.monotonic() < deadline:
    counts = [worker["total"] for worker in (app.control.inspect(timeout=1).stats() or {}).values()]
    if any(count.get("bots.sweep_jobs") for count in counts):
        print("done")
        break
"""
SEND = """
import asyncio, django
django.setup()
from channels.layers import get_channel_layer
asyncio.run(get_channel_layer().send("tests", {"type": "greeting", "text": "from elsewhere"}))
"""
RECEIVE = """
import asyncio, django
django.setup()
from channels.layers import get_channel_layer
print(asyncio.run(asyncio.wait_for(get_channel_layer().receive("tests"), 10))["text"])
"""


@pytest.fixture
def grown_up(tmp_path: Path, postgres_database: str, redis_url: str) -> dict[str, str]:
    """The environment of a process in a house with PostgreSQL and Redis."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return {
        **kept,
        "DJANGO_SETTINGS_MODULE": "voiceapp.settings.dev",
        "VOICE_DATA_DIR": str(tmp_path),
        "DATABASE_URL": postgres_database,
        "REDIS_URL": redis_url,
    }


def python(project: Path, environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout


@pytest.fixture
def worker(project: Path, grown_up: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    python(project, grown_up, "manage.py", "migrate", "--no-input", "--verbosity", "0")
    command = [sys.executable, "-m", "celery", "--app", "voiceapp", "worker", "--concurrency", "1"]
    with (tmp_path / "worker.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=project, env={**grown_up, "ROLE": "worker"}, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def test_a_job_is_done_by_a_worker_process_that_stops_when_told(
    project: Path, grown_up: dict[str, str], worker: subprocess.Popen[bytes]
) -> None:
    assert python(project, grown_up, "-c", DO_A_JOB).strip() == "done"
    worker.terminate()
    assert worker.wait(timeout=30) == 0


def test_a_message_reaches_another_process(project: Path, grown_up: dict[str, str]) -> None:
    python(project, grown_up, "-c", SEND)
    assert python(project, grown_up, "-c", RECEIVE).strip() == "from elsewhere"


def test_pages_give_a_slow_query_five_seconds_and_jobs_thirty(project: Path, grown_up: dict[str, str]) -> None:
    show = (
        "import django; django.setup(); from django.db import connection as c; cursor = c.cursor(); "
        "cursor.execute('show statement_timeout'); print(cursor.fetchone()[0])"
    )
    assert python(project, {**grown_up, "ROLE": "web"}, "-c", show).strip() == "5s"
    assert python(project, {**grown_up, "ROLE": "worker"}, "-c", show).strip() == "30s"
