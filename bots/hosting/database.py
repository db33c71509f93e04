"""The way from the serving loop to the database: threads of its own, so that media never waits (DESIGN section 6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from django.db import close_old_connections

T = TypeVar("T")
THREADS = 4

_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="voice-database")


async def in_database(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Run a function that uses the ORM beside the loop and return its result."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(_run, work, args, kwargs))


def _run(work: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()
