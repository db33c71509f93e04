"""The script a worker process runs: ``python -I -S child.py <module> <engine root> <site folder> …``.

It makes the named module importable without running any package's ``__init__`` on the way (neither the Django app nor
the provider registry is loaded), keeps the pipe for messages alone, reads the first message (the module's settings) and
calls the module's ``serve(port, settings)``.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from pathlib import Path
from types import ModuleType, TracebackType


def bare_packages(root: str, module: str) -> None:
    """Register every parent package of ``module`` as an empty package below ``root``."""
    parts = module.split(".")[:-1]
    for depth in range(1, len(parts) + 1):
        name = ".".join(parts[:depth])
        if name not in sys.modules:
            package = ModuleType(name)
            package.__path__ = [str(Path(root, *parts[:depth]))]
            sys.modules[name] = package


def private_pipe() -> tuple[int, int]:
    """Move the message pipe away from descriptors 0 and 1, so that a library that prints cannot write into it."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def complain(kind: type[BaseException], _error: BaseException, place: TracebackType | None) -> None:
    """Write an unforeseen error's type and place to stderr, never its text: that could quote what somebody said."""
    sys.stderr.write(f"{kind.__name__}\n")
    traceback.print_tb(place)


def main(module: str, root: str, sites: list[str]) -> int:
    """Serve until the server closes the pipe; exit code 0 then, 2 after unreadable bytes."""
    sys.path.extend(sites)
    wire_module = "bots.engine.providers.workers.wire"
    bare_packages(root, wire_module)
    bare_packages(root, module)
    from bots.engine.providers.workers.port import Port
    from bots.engine.providers.workers.wire import WireError

    sys.excepthook = complain
    port = Port(*private_pipe())
    try:
        settings = port.read()
        if isinstance(settings, dict):
            importlib.import_module(module).serve(port, settings)
    except WireError:
        port.send({"op": "error", "reason": "protocol"})
        return 2
    except BrokenPipeError:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
