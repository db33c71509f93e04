"""A second try, and which answer counts."""

import asyncio

import pytest

from bots.engine.errors import ProviderError
from bots.engine.services.retries import second_chance
from bots.engine.testing.loop import run_virtual


def tried(*plans: tuple[float, str | ProviderError]) -> tuple[str, int, float]:
    """Run with tries that last so long and end so; return the answer, the number of tries, the seconds."""
    tries = 0

    async def attempt() -> str:
        nonlocal tries
        seconds, end = plans[tries]
        tries += 1
        await asyncio.sleep(seconds)
        if isinstance(end, ProviderError):
            raise end
        return end

    async def main() -> tuple[str, int, float]:
        answer = await second_chance(attempt, patience=2.0, limit=4.0)
        assert len(asyncio.all_tasks()) == 1
        return answer, tries, asyncio.get_running_loop().time()

    return run_virtual(main())


PASSING, LASTING = ProviderError("down", retryable=True), ProviderError("no")


def test_a_good_answer_needs_one_try() -> None:
    assert tried((1.0, "yes")) == ("yes", 1, 1.0)


def test_a_failure_that_may_pass_is_tried_once_more_at_once() -> None:  # P2
    assert tried((0.1, PASSING), (0.2, "yes")) == ("yes", 2, pytest.approx(0.3))


def test_a_slow_try_gets_a_rival_and_the_faster_answer_counts() -> None:  # P11
    assert tried((9.0, "late"), (0.5, "yes")) == ("yes", 2, 2.5)
    assert tried((2.5, "first"), (9.0, "late")) == ("first", 2, 2.5)
    assert tried((3.0, PASSING), (1.5, "yes")) == ("yes", 2, 3.5)


@pytest.mark.parametrize(
    "plans", [[(0.1, LASTING)], [(0.1, PASSING), (0.1, PASSING)], [(0.1, PASSING), (0.1, LASTING)]]
)
def test_what_goes_wrong_for_good_is_raised(plans: list[tuple[float, ProviderError]]) -> None:  # P1
    with pytest.raises(ProviderError):
        tried(*plans)


def test_two_slow_tries_end_at_the_limit() -> None:  # P11
    with pytest.raises(TimeoutError):
        tried((9.0, "late"), (9.0, "late"))
