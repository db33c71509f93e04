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


def _verdict(owner: str) -> bool | None:
    """True: it lives; False: it is gone; None: nobody here can tell."""
    host, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    if host != socket.gethostname() or not pid.isdigit():
        return None
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return None
    return _start_of(int(pid)) == started


def process_is_gone(owner: str) -> bool:
    """Whether the owner certainly runs no more; processes of other hosts are never judged."""
    return _verdict(owner) is False


def process_lives(owner: str) -> bool:
    """Whether the owner certainly runs, on this host."""
    return _verdict(owner) is True
