"""Circuits, resting keys, buckets and probes (LK-16; P1, P3, P15, P18)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

import pytest

from bots.engine.clock import SystemClock
from bots.engine.errors import EngineError, ProviderError
from bots.engine.services.llm_failures import (
    CertificateRefused,
    ChatBusy,
    ChatKeyRefused,
    ChatQuotaUsedUp,
    ChatUnreachable,
    CompletionTimeout,
    EmptyCompletion,
    RateLimited,
)
from bots.engine.services.resilience.failures import Treatment, treatment_of
from bots.engine.services.resilience.filler import Filler
from bots.engine.services.resilience.health import BUCKET, HealthBook
from bots.engine.services.resilience.lineup import Lineup
from bots.engine.testing.loop import run_virtual
from tests.engine.services.resilience.stage import Model, Stage, member, staged, words


def with_book(play: Callable[[HealthBook], Awaitable[None]]) -> None:
    """Run with a fresh book in virtual time."""

    async def main() -> None:
        await play(HealthBook(SystemClock(seed=3)))

    run_virtual(main())


@pytest.mark.parametrize(
    ("error", "midway", "expected"),
    [
        (RateLimited("x", retry_after_s=7.0), False, Treatment(down=True, key_rests_s=7.0)),
        (RateLimited("x"), False, Treatment(down=True, key_rests_s=30.0)),
        (ChatKeyRefused("x"), False, Treatment(down=True, key_rests_s=300.0)),
        (ChatQuotaUsedUp("x"), False, Treatment(down=True, key_rests_s=300.0)),
        (ChatBusy("x"), False, Treatment(again=True)),
        (ChatUnreachable("x"), False, Treatment(down=True)),
        (CertificateRefused("x"), False, Treatment(down=True)),
        (ChatUnreachable("x"), True, Treatment()),
        (CompletionTimeout("x"), False, Treatment()),
        (EmptyCompletion("x"), False, Treatment(blameless=True)),
        (ProviderError("x"), False, Treatment()),
    ],
)  # fmt: skip
def test_every_failure_has_its_treatment(error: EngineError, midway: bool, expected: Treatment) -> None:  # P1…P8, P15
    assert treatment_of(error, midway=midway) == expected


def test_two_failures_in_a_row_open_a_circuit_and_a_success_between_them_does_not_count() -> None:  # LK-16
    async def play(book: HealthBook) -> None:
        slow = CompletionTimeout("slow")
        book.failed("m", "k", slow)
        book.succeeded("m")
        book.failed("m", "k", slow)
        assert book.is_available("m", "k")
        book.failed("m", "k", slow)
        assert not book.is_available("m", "k")
        assert book.is_available("other", "k")

    with_book(play)


def test_an_operator_reads_of_a_model_that_is_put_aside_and_of_its_return(caplog: pytest.LogCaptureFixture) -> None:
    async def play(book: HealthBook) -> None:
        for _ in range(3):
            book.failed("openai big", "k", ChatUnreachable("gone"))
        book.succeeded("openai big")
        book.succeeded("openai big")

    with caplog.at_level("INFO", logger="bots.engine.services.resilience.health"):
        with_book(play)
    told = [(record.levelname, record.__dict__["endpoint"]) for record in caplog.records]
    assert told == [("WARNING", "openai big"), ("INFO", "openai big")]


def test_a_rate_limit_rests_the_key_with_every_model_for_as_long_as_it_says() -> None:  # P1
    async def play(book: HealthBook) -> None:
        book.failed("big", "key", RateLimited("full", retry_after_s=10.0))
        assert not book.is_available("big", "key")
        assert not book.is_available("small", "key")
        assert book.is_available("small", "another key")
        await asyncio.sleep(9.9)
        assert book.is_resting("key")
        await asyncio.sleep(2.2)
        assert not book.is_resting("key")
        assert book.is_available("small", "key")

    with_book(play)


def test_a_probe_is_due_after_a_rest_one_at_a_time_and_rests_grow_when_it_fails() -> None:  # LK-16, P18
    async def play(book: HealthBook) -> None:
        book.failed("m", "", ChatUnreachable("gone"))
        assert not book.begin_probe("m")
        await asyncio.sleep(6.1)
        assert book.begin_probe("m")
        assert not book.begin_probe("m")
        book.end_probe("m")
        book.failed("m", "", ChatUnreachable("gone"), probe=True)
        await asyncio.sleep(9.9)
        assert not book.begin_probe("m")
        await asyncio.sleep(2.2)
        assert book.begin_probe("m")
        assert book.succeeded("m") is True
        assert book.is_available("m")

    with_book(play)


def test_rests_are_not_of_one_length() -> None:  # P18: jitter
    async def play(book: HealthBook) -> None:
        for name in range(20):
            book.failed(str(name), "", ChatUnreachable("gone"))
        untils = [book.circuit(str(name)).until for name in range(20)]
        assert len(set(untils)) == 20
        assert all(5.0 <= until <= 6.0 for until in untils)

    with_book(play)


def test_requests_beyond_first_tries_are_limited_and_earned_back() -> None:  # P18
    async def play(book: HealthBook) -> None:
        taken = 0
        while book.take_extra("m"):
            taken += 1
        assert taken == BUCKET
        for _ in range(5):
            book.first_try("m")
        assert book.take_extra("m")
        assert not book.take_extra("m")
        await asyncio.sleep(1000.0)
        assert sum(book.take_extra("m") for _ in range(50)) == BUCKET

    with_book(play)


def test_models_that_are_down_are_asked_last_and_resting_keys_not_at_all() -> None:  # LK-16, P1
    async def play(book: HealthBook) -> None:
        one, two, three = (member(Model(name)) for name in ("one", "two", "three"))
        book.failed("one", one.account, ChatUnreachable("gone"))
        book.failed("three", three.account, RateLimited("full"))
        line = Lineup([one, two, three], book)
        found = line.next()
        assert found == (two, "fallback")
        line.note(two)
        found = line.next()
        assert found == (one, "last_resort")
        line.note(one)
        assert line.next() is None
        assert line.again(two)
        line.note(two)
        assert not line.again(two)

    with_book(play)


def test_the_book_tells_what_it_knows_without_secrets() -> None:  # LK-18
    async def play(book: HealthBook) -> None:
        for seconds in (0.2, 0.4):
            book.succeeded("openai big", seconds)
        book.failed("openai big", "openai key", CompletionTimeout("slow"))
        assert book.snapshot() == {
            "openai big": {
                "available": True,
                "failures": 1,
                "ttft": {"count": 2, "p50": 0.2, "p90": 0.4, "p95": 0.4, "p99": 0.4},
            }
        }

    with_book(play)


def test_a_model_that_is_well_again_is_found_beside_the_conversation_and_used_from_then_on() -> None:  # LK-16
    one = Model("one", [ChatUnreachable("gone")], [ChatUnreachable("gone")], words("Back"))
    two = Model("two", words("Here"))

    async def play(stage: Stage) -> None:
        for _ in range(6):
            await stage.ask(wait=7.0)

    stage = staged(one, two, play=play)
    probes = stage.noted("probe")
    assert [(data["well"], data["code"]) for data in probes] == [(False, "llm.unreachable"), (True, None)]
    answers = [model for model, _, outcome in stage.outcomes() if outcome == "won"]
    assert answers[0] == "two"
    assert answers[-1] == "one"
    assert stage.errors() == []


def test_a_silent_probe_is_given_up_and_an_empty_one_does_not_count_as_well() -> None:  # LK-16
    one = Model("one", [ChatUnreachable("gone")], [60.0], words(""), words("Back"))

    async def play(stage: Stage) -> None:
        for _ in range(9):
            await stage.ask(wait=7.0)

    stage = staged(one, Model("two", words("Here")), play=play)
    assert [data["code"] for data in stage.noted("probe")][:2] == ["llm.timeout", "llm.empty"]


def test_fillers_rest_between_each_other() -> None:
    filler = Filler(["Hm.", "Well."])
    assert filler.next(Random(1), 0.0) is not None
    assert filler.next(Random(1), 3.0) is None
    assert filler.next(Random(1), 4.0) is not None
    assert Filler([]).next(Random(1), 0.0) is None
    only = Filler(["Hm."])
    assert [only.next(Random(1), at) for at in (0.0, 10.0)] == ["Hm.", "Hm."]
