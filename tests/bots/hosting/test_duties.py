"""What apps above have a serving process do: begun with it, tried again, ended with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.db import OperationalError

from bots.hosting import duties as duties_module
from bots.hosting.duties import Duty, add_duty, duties
from bots.hosting.presence import Presence
from tests.bots.hosting.stage import until

pytestmark = pytest.mark.django_db(transaction=True)
done: list[int] = []


class Counting:
    """Counts how often it is called; the database is away at the second time."""

    async def __call__(self) -> None:
        done.append(len(done))
        if len(done) == 2:
            raise OperationalError("The database is away.")


@pytest.fixture
def no_others(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(duties_module, "_duties", {})
    done.clear()
    yield


async def test_a_duty_is_done_again_and_again_also_after_the_database_was_away(no_others: None) -> None:
    add_duty(Duty("counting", "nowhere.at.all", every_s=60.0))
    add_duty(Duty("counting", f"{__name__}.Counting", every_s=0.01))
    assert [duty.every_s for duty in duties()] == [0.01]
    presence = Presence()
    presence.start()
    await until(lambda: len(done) >= 4)
    await presence.stop()
    before = len(done)
    await asyncio.sleep(0.05)
    assert len(done) == before
