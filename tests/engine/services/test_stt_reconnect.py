"""When a line is made again, and when people hear of it."""

import asyncio

import pytest

from bots.engine.clock import SystemClock
from bots.engine.services.failures import HOPELESS, RETRYABLE, Failure, failure_of_status
from bots.engine.services.stt_reconnect import Backoff
from bots.engine.testing.loop import run_virtual


def rows(*ends: tuple[Failure, float, bool, float], seed: int = 1) -> list[tuple[bool, float]]:
    """Note ends of connections, each (failure, seconds it stood, heard from, seconds until then)."""

    async def main() -> list[tuple[bool, float]]:
        backoff = Backoff(SystemClock(seed=seed))
        found = []
        for failure, up_s, heard, wait in ends:
            await asyncio.sleep(wait)
            found.append((backoff.note(failure, up_s, heard), backoff.pause()))
        return found

    return run_virtual(main())


def test_one_drop_is_mended_quietly_and_soon() -> None:  # P10
    (told, pause), *_ = rows((Failure.LOST, 60.0, True, 60.0))
    assert not told
    assert pause <= 0.125


def test_pauses_double_up_to_eight_seconds_and_differ_between_calls() -> None:  # P18
    refused = (Failure.UNREACHABLE, 0.0, False, 0.1)
    pauses = [[pause for _, pause in rows(*[refused] * 9, seed=seed)] for seed in (1, 2)]
    assert pauses[0] != pauses[1]
    for series in pauses:
        for number, pause in enumerate(series[1:]):
            most = min(8.0, 0.25 * 2**number)
            assert most / 2 <= pause <= most


def test_what_lasts_is_told_once_until_it_worked_again() -> None:  # P3
    refused, works = (Failure.UNREACHABLE, 0.0, False, 0.1), (Failure.LOST, 9.0, True, 9.0)
    told = [told for told, _ in rows(refused, refused, refused, works, refused, refused)]
    assert told == [False, True, False, False, True, False]


def test_a_black_hole_is_told_after_its_first_connect() -> None:  # P3
    assert [told for told, _ in rows((Failure.LOST, 9.0, True, 9.0), (Failure.UNREACHABLE, 0.0, False, 2.0))] == [
        False,
        True,
    ]


@pytest.mark.parametrize("failure", sorted(HOPELESS, key=lambda failure: failure.value))
def test_what_no_retry_mends_is_told_at_once(failure: Failure) -> None:  # P15, P17
    assert rows((failure, 0.0, False, 0.0))[0][0]
    assert failure not in RETRYABLE


def test_a_deaf_line_that_stood_for_long_does_not_count_as_mended() -> None:  # P11
    deaf = (Failure.SILENT, 9.0, False, 9.0)
    assert [told for told, _ in rows(deaf, deaf)] == [False, True]


@pytest.mark.parametrize(
    ("status", "failure"),
    [(401, Failure.KEY), (403, Failure.KEY), (429, Failure.BUSY), (400, Failure.REFUSED), (404, Failure.REFUSED),
     (408, Failure.DOWN), (500, Failure.DOWN), (503, Failure.DOWN)],
)  # fmt: skip
def test_a_status_says_what_is_wrong(status: int, failure: Failure) -> None:  # P1, P2, P15
    assert failure_of_status(status) is failure
