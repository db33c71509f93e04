"""Identifiers sort as they were made."""

from __future__ import annotations

import threading
import time

from bots.models import uuid7


def test_identifiers_are_version_seven_unique_and_in_order() -> None:
    made = [uuid7() for _ in range(20_000)]
    assert made == sorted(set(made))
    assert {(value.version, value.variant) for value in made} == {(7, "specified in RFC 4122")}
    assert abs((made[-1].int >> 80) / 1000 - time.time()) < 10


def test_threads_never_share_an_identifier() -> None:
    found: list[object] = []

    def make() -> None:
        found.extend([uuid7() for _ in range(5_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 20_000
