"""Probes get honest answers, and liveness asks nobody but the loop."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from voiceapp.health import HealthFirst, Readiness


class Answer:
    """Collects what an ASGI application sends."""

    def __init__(self) -> None:
        self.messages: list[Mapping[str, Any]] = []

    async def send(self, message: Mapping[str, Any]) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def body(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.messages[1]["body"])
        return loaded


async def no_receive() -> Mapping[str, Any]:
    raise AssertionError("a probe has no body")


async def elsewhere(scope: dict[str, Any], receive: object, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418})


async def ask(path: str, *, draining: bool = False) -> Answer:
    answer = Answer()
    await HealthFirst(elsewhere, lambda: draining)({"type": "http", "path": path}, no_receive, answer.send)
    return answer


async def test_a_live_process_says_so_without_the_database() -> None:
    answer = await ask("/livez", draining=True)
    assert (answer.status, answer.body) == (200, {"status": "alive"})


async def test_other_paths_go_on_to_django() -> None:
    assert (await ask("/console/")).status == 418


@pytest.mark.django_db(transaction=True)
async def test_a_migrated_house_is_ready() -> None:
    answer = await ask("/readyz")
    assert (answer.status, answer.body["problems"]) == (200, [])


async def test_a_draining_house_takes_no_new_calls() -> None:
    answer = await ask("/readyz", draining=True)
    assert (answer.status, answer.body["problems"]) == (503, ["server.draining"])


@pytest.mark.django_db(transaction=True)
def test_a_missing_data_folder_is_named(settings: Any, tmp_path: Path) -> None:
    settings.VOICE = {**settings.VOICE, "DATA_DIR": tmp_path / "gone"}
    assert Readiness().problems() == ["data_dir.not_writable"]


@pytest.mark.django_db(transaction=True)
def test_a_missing_migration_is_named() -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    try:
        assert Readiness().problems() == ["database.not_migrated"]
    finally:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES ('sessions', '0001_initial', '2026-01-01')"
            )


@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", refuse)
    assert Readiness().problems() == ["database.unreachable"]
