"""The worker inside a single-process house does jobs, keeps the schedule's tasks known, and stops."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.conf import settings

from voiceapp.celery import app, start_embedded_worker, stop_embedded_worker

done = threading.Event()


@app.task(name="tests.mark_done")
def mark_done() -> None:
    done.set()


@pytest.fixture
def worker() -> Iterator[None]:
    assert start_embedded_worker()
    yield
    stop_embedded_worker()


@pytest.mark.usefixtures("worker")
def test_a_job_is_done_within_a_second() -> None:
    done.clear()
    mark_done.delay()
    assert done.wait(2.0)


def test_the_worker_starts_once_and_stops_with_its_threads() -> None:
    before = threading.active_count()
    assert start_embedded_worker()
    assert start_embedded_worker()
    time.sleep(0.2)
    assert stop_embedded_worker()
    assert threading.active_count() == before
    assert stop_embedded_worker()


def test_real_workers_make_the_embedded_one_unnecessary(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    assert not start_embedded_worker()


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(app.tasks)


def test_a_lost_worker_gives_its_job_back() -> None:
    assert app.conf.task_acks_late
    assert app.conf.task_reject_on_worker_lost
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.accept_content == ["json"]
