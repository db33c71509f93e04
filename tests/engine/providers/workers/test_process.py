"""One worker process: start, deadlines, death, garbage, close."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.engine.errors import ProviderError
from bots.engine.providers.workers.errors import (
    WorkerDied,
    WorkerProtocolError,
    WorkerRefused,
    WorkerStartError,
    WorkerStuck,
)
from bots.engine.providers.workers.process import BACKLOG_LIMIT, WorkerProcess, WorkerSpec
from bots.engine.providers.workers.wire import HEADER, MAX_LENGTH
from tests.engine.providers.workers.census import alive, open_descriptors, other_tasks, until

pytestmark = pytest.mark.worker

MODULE = "tests.engine.providers.workers.misbehaving"


def worker_that(mode: str, **more: object) -> WorkerSpec:
    return WorkerSpec(name="test", module=MODULE, settings={"mode": mode, "heard": "what somebody said"}, **more)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def running(mode: str = "answers") -> AsyncIterator[WorkerProcess]:
    worker = await WorkerProcess.start(worker_that(mode))
    try:
        yield worker
    finally:
        await worker.close()


async def test_it_answers_and_what_it_prints_is_no_message() -> None:
    async with running() as worker:
        assert worker.ready["pid"] == worker.pid
        assert await worker.request({"op": "hello"}, answer="hello", deadline_s=2) == {"op": "hello"}


async def test_it_gets_none_of_the_servers_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    async with running() as worker:
        assert "OPENAI_API_KEY" not in worker.ready["environment"]


async def test_close_leaves_no_process_descriptor_or_task() -> None:
    async with running():
        pass
    before = open_descriptors()
    worker = await WorkerProcess.start(worker_that("answers"))
    await worker.close()
    await worker.close()
    assert not alive(worker.pid)
    assert open_descriptors() == before
    assert other_tasks() == set()


async def test_one_that_ignores_the_end_is_killed_within_its_grace() -> None:
    worker = await WorkerProcess.start(worker_that("ignores_end"))
    async with asyncio.timeout(2):
        await worker.close(grace_s=0.1)
    assert not alive(worker.pid)


async def test_a_killed_one_raises_a_coded_error_and_stays_unusable() -> None:
    async with running() as worker:
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(WorkerDied) as raised:
            await worker.receive(5)
        assert raised.value.code == "speech.worker_died"
        assert raised.value.retryable
        assert not worker.usable
        with pytest.raises(WorkerDied):
            worker.post({"op": "hello"})


@pytest.mark.parametrize(
    ("operation", "error"), [("garbage", WorkerProtocolError), ("sleep", WorkerStuck), ("die", WorkerDied)]
)
async def test_each_failure_has_its_own_error(operation: str, error: type[ProviderError]) -> None:
    async with running() as worker:
        with pytest.raises(error):
            await worker.request({"op": operation}, answer="never", deadline_s=0.2 if operation == "sleep" else 5)
        assert not worker.usable


@pytest.mark.parametrize(
    "data", [b"\xff" * 64, HEADER.pack(MAX_LENGTH + 1, b"J") + b"x", HEADER.pack(4, b"J") + b"[1]"]
)
async def test_a_worker_that_gets_garbage_says_so_and_ends(data: bytes) -> None:
    async with running() as worker:
        worker.post_bytes(data)
        with pytest.raises(WorkerProtocolError):
            await worker.receive(5)


async def test_too_long_a_message_is_refused_and_the_worker_stays_usable() -> None:
    async with running() as worker:
        with pytest.raises(WorkerProtocolError):
            worker.post(bytes(MAX_LENGTH))
        assert await worker.request({"op": "hello"}, answer="hello", deadline_s=2)


async def test_one_that_does_not_read_is_ended_before_the_backlog_grows() -> None:
    async with running() as worker:
        worker.post({"op": "sleep"})
        with pytest.raises(WorkerStuck):
            for _ in range(2 * BACKLOG_LIMIT // 100_000 + 10):
                worker.post(bytes(100_000))
        assert not worker.usable


async def test_a_reader_that_is_cancelled_in_the_middle_of_a_message_is_followed_by_one_that_goes_on() -> None:
    async with running() as worker:
        worker.post({"op": "half"})
        reader = asyncio.create_task(worker.receive(None))
        await until(lambda: bytes(worker._stdout._buffer) == b'{"op":')  # type: ignore[attr-defined]
        reader.cancel()
        await asyncio.wait([reader])
        worker.post({"op": "go on"})
        assert await worker.receive(2) == {"op": "half"}
        assert await worker.request({"op": "hello"}, answer="hello", deadline_s=2)


async def test_a_killed_server_leaves_no_worker_behind() -> None:
    script = (
        "import asyncio, os, signal, sys; sys.path.insert(0, os.getcwd())\n"
        "from bots.engine.providers.workers.process import WorkerProcess, WorkerSpec\n"
        f"spec = WorkerSpec(name='test', module={MODULE!r}, settings={{'mode': 'answers'}})\n"
        "async def main():\n"
        "    print((await WorkerProcess.start(spec)).pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    said, _ = await server.communicate()
    await until(lambda: not running_still(int(said)))


def running_still(pid: int) -> bool:
    """Say whether a process that is not our child runs: who has nobody to collect its end stays as a zombie."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_one_that_is_not_ready_in_time_is_ended_and_reported() -> None:
    before = open_descriptors()
    with pytest.raises(WorkerStartError):
        await WorkerProcess.start(worker_that("never_ready", start_deadline_s=0.3))
    assert other_tasks() == set()
    assert open_descriptors() <= before + 1  # the loop's own child watcher may have opened one


async def test_a_refusal_becomes_the_error_of_the_spec() -> None:
    class Missing(ProviderError):
        code = "test.missing"

    with pytest.raises(Missing):
        await WorkerProcess.start(worker_that("refuses", refusals={"missing": lambda: Missing("It is not there.")}))
    with pytest.raises(WorkerRefused):
        await WorkerProcess.start(worker_that("refuses"))


async def test_an_unforeseen_error_is_logged_without_its_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "bots.engine.providers.workers")
    with pytest.raises(WorkerStartError):
        await WorkerProcess.start(worker_that("raises"))
    said = "".join(getattr(record, "said", "") for record in caplog.records)
    assert "ValueError" in said
    assert "what somebody said" not in said
