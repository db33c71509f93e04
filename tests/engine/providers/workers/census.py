"""What this process holds: descriptors, tasks, children."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path


async def until(condition: Callable[[], bool]) -> None:
    """Wait until another process or task has brought the condition about, at most five seconds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 (there is no event to wait for)
            await asyncio.sleep(0.005)


def open_descriptors() -> int:
    """Return how many file descriptors are open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def other_tasks() -> set[str]:
    """Return the names of the tasks beside the present one."""
    return {task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()}


def alive(pid: int) -> bool:
    """Say whether a process exists (also as a zombie)."""
    return Path(f"/proc/{pid}").exists()


def resident_megabytes(pid: int) -> float:
    """Return a process' resident memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
