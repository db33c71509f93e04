"""Which of several services are well (PAR-05, P3, P18)."""

from bots.engine.services.standing import LONGEST_REST_S, Standing

KEYS = ("a", "b", "c")


class Now:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def standing() -> tuple[Standing, Now]:
    now = Now()
    return Standing(now, rest_s=30), now


def test_the_well_stand_in_order_and_the_ill_behind_them() -> None:  # PAR-05
    found, now = standing()
    assert found.line_up(KEYS) == ["a", "b", "c"]
    found.failed("a")
    now.at = 1.0
    found.failed("b")
    assert found.line_up(KEYS) == ["c", "a", "b"]
    assert [found.is_well(key) for key in KEYS] == [False, False, True]


def test_one_caller_tries_an_ill_service_when_it_has_rested() -> None:  # P18
    found, now = standing()
    found.failed("a")
    assert found.better_than("b", KEYS) is None
    now.at = 30.0
    assert found.better_than("b", KEYS) == "a"
    assert [found.better_than("b", KEYS) for _ in range(50)] == [None] * 50


def test_a_failed_trial_doubles_the_rest_and_a_good_one_ends_it() -> None:
    found, now = standing()
    found.failed("a")
    for rest in (60, 120, 240, LONGEST_REST_S, LONGEST_REST_S):
        now.at += LONGEST_REST_S
        assert found.claim_trial("a")
        found.failed("a")
        now.at += rest - 1
        assert not found.claim_trial("a")
        now.at += 1
    assert found.claim_trial("a")
    found.worked("a")
    assert found.is_well("a") and found.better_than("b", KEYS) == "a"
    found.failed("a")
    now.at += 30
    assert found.claim_trial("a")


def test_failures_of_calls_that_did_not_know_make_the_rest_no_longer() -> None:
    found, now = standing()
    for _ in range(50):
        found.failed("a")
    now.at = 30.0
    assert found.claim_trial("a")


def test_a_service_that_needs_mending_takes_the_longest_rest() -> None:  # P15
    found, now = standing()
    found.failed("a", hopeless=True)
    now.at = LONGEST_REST_S - 1
    assert not found.claim_trial("a")
    now.at = LONGEST_REST_S
    assert found.claim_trial("a")


def test_a_trial_that_nobody_finishes_may_be_repeated() -> None:
    found, now = standing()
    found.failed("a")
    now.at = 30.0
    assert found.claim_trial("a")
    now.at = 40.0
    assert found.claim_trial("a")
