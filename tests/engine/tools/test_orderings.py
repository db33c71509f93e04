"""A function call is never stuck and never runs twice, whatever comes first (FUNC-09…17, lessons T3, idea 10)."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

import pytest

from bots.engine.testing.loop import run_virtual
from tests.engine.tools.world import World, play

pytestmark = pytest.mark.property

ACTIONS = ("start", "progress", "result", "cancel", "interrupt", "timeout")
# What comes before the request finds nothing to act on.
ORDERS = [("request", *order) for order in itertools.permutations(ACTIONS)]


def play_all(orders: Iterable[Sequence[str]], cancellable: bool | None = None, stubborn: bool | None = None) -> int:
    """Play every order, the variants of the world taking turns."""

    async def main() -> int:
        number = 0
        for number, order in enumerate(orders, 1):
            world = World(
                cancellable=number % 4 < 2 if cancellable is None else cancellable,
                in_parallel=number % 2 == 0,
                slow=(0.0, 0.02, 0.3)[number % 3],
                stubborn=number % 5 == 0 if stubborn is None else stubborn,
            )
            try:
                await play(world, order)
            except AssertionError as error:
                raise AssertionError(f"{order}: {error}") from error
        return number

    return run_virtual(main())


@pytest.mark.parametrize("stubborn", [False, True], ids=["obedient", "stubborn"])
@pytest.mark.parametrize("cancellable", [True, False], ids=["cancellable", "kept"])
def test_every_order_of_events_ends_in_one_final_state(cancellable: bool, stubborn: bool) -> None:
    assert play_all(ORDERS, cancellable, stubborn) == 720


def test_every_order_with_the_request_anywhere_ends_in_one_final_state() -> None:
    assert play_all(itertools.permutations(("request", *ACTIONS))) == 5040


def orders_with_two(action: str) -> Iterator[tuple[str, ...]]:
    """Yield each order of all events in which one comes twice, after a first request."""
    for order in itertools.permutations(ACTIONS):
        places = range(order.index(action) + 1, len(order) + 1) if action in order else range(len(order) + 1)
        for place in places:
            yield ("request", *order[:place], action, *order[place:])


@pytest.mark.parametrize("action", ["request", *ACTIONS])
def test_every_order_with_an_event_that_comes_twice_ends_in_one_final_state(action: str) -> None:
    assert play_all(orders_with_two(action)) == (5040 if action == "request" else 2520)


def test_an_interruption_in_every_single_step_of_a_call_leaves_nothing_behind() -> None:  # FUNC-14
    """Not the order alone: the interruption comes after each number of the loop's steps."""

    async def main() -> None:
        for steps in range(60):
            for cancellable, in_parallel in itertools.product((True, False), repeat=2):
                world = World(cancellable=cancellable, in_parallel=in_parallel, slow=0.0, stubborn=False)
                world.steps = steps
                await play(world, ("request", "steps", "interrupt", "progress", "result"))

    run_virtual(main())
