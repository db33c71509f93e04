"""Private PostgreSQL and Redis servers for the tests that need the real thing.

Each runs on a free loopback port in its own temporary folder, and is gone when its context ends. Missing programs are
an error that says what to type: a test that silently did not run proves nothing.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import redis

REDIS_DEADLINE_S = 10.0


class MissingProgramError(RuntimeError):
    """A program the tests drive is not installed."""


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str, *folders: Path) -> str:
    """The path of an installed program."""
    found = shutil.which(name) or next((str(folder / name) for folder in folders if (folder / name).exists()), None)
    if found is None:
        raise MissingProgramError(f"{name} is not installed; `make test` installs it, or type: apt install {name}")
    return found


@contextlib.contextmanager
def private_redis() -> Iterator[str]:
    """A Redis that keeps nothing; yields its URL."""
    server = program("redis-server")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="voiceapp-redis-") as folder:
        command = [
            server,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            folder,
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for_redis(port, process)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(timeout=REDIS_DEADLINE_S)


def wait_for_redis(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when the server answers; raise when it has died or takes too long."""
    deadline = time.monotonic() + REDIS_DEADLINE_S
    with contextlib.closing(redis.Redis(port=port)) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError as error:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("redis-server did not start") from error
                time.sleep(0.01)
            else:
                return


@contextlib.contextmanager
def private_postgres() -> Iterator[str]:
    """A PostgreSQL cluster without durability; yields the URL of an empty database in it."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    initdb, pg_ctl = program("initdb", *folders), program("pg_ctl", *folders)
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="voiceapp-pg-"))
    run_as = postgres_account(folder)
    options = (
        f"-p {port} -h 127.0.0.1 -k {folder} -c fsync=off -c synchronous_commit=off -c full_page_writes=off "
        "-c shared_buffers=32MB -c max_connections=60"
    )
    data = str(folder / "data")
    try:
        quiet(
            run_as, initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"
        )
        quiet(run_as, pg_ctl, "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgres://postgres@127.0.0.1:{port}/postgres"
        finally:
            quiet(run_as, pg_ctl, "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def postgres_account(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as its own account, which must own the folder."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError as error:
        raise MissingProgramError("there is no `postgres` account; type: apt install postgresql") from error
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def quiet(run_as: dict[str, Any], *command: str) -> None:
    """Run a PostgreSQL tool with a clean environment; its output is shown only when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {
        "LC_ALL": "C.UTF-8"
    }
    with tempfile.TemporaryFile() as output:
        # A file, not a pipe: the server that pg_ctl starts keeps the handle open.
        done = subprocess.run(
            command,
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            check=False,
            **run_as,
        )
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} failed: {output.read().decode(errors='replace')}")
