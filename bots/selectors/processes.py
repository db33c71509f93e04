"""Names the process that owns a call, and says whether an owner still lives."""

import functools
import os
import socket
from pathlib import Path


def _start_of(pid: int) -> str:
    """When the kernel started the process, in its own ticks; ``-`` where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "-"
    return stat.rpartition(")")[2].split()[19]


@functools.cache
def _identity(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_start_of(pid)}"


def this_process() -> str:
    """``host:pid:start`` of the running process; a reused pid gives another name."""
    return _identity(os.getpid())


def process_is_gone(owner: str) -> bool:
    """Whether the owner certainly runs no more; processes of other hosts are never judged."""
    host, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _start_of(int(pid)) != started
