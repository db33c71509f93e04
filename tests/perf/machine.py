"""The core a measurement runs on, and what the process holds and uses there."""

from __future__ import annotations

import gc
import os
from contextlib import suppress
from pathlib import Path


def pin(core: int | None = None) -> int:
    """Keep this process on one core (default: the last one it may use), before others if allowed; return its number."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, -15)
    allowed = sorted(os.sched_getaffinity(0))
    core = allowed[-1] if core is None else core
    os.sched_setaffinity(0, {core})
    return core


def insist() -> None:
    """Take the core before every ordinary program of the machine; for a machine that is busy with something else."""
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def private_bytes() -> int:
    """Return the memory that belongs to this process alone."""
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def spread() -> None:
    """Use every core again: for servers and clients that share the machine."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


def waited_seconds() -> float:
    """Return how long this process's main thread was ready to run while others had the core."""
    return int(Path("/proc/self/schedstat").read_text(encoding="ascii").split()[1]) / 1e9
