"""The host's tools as the model calls them."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.utils import timezone

from bots.engine.errors import ToolError
from bots.engine.tools.registry import FunctionCallParams
from bots.hosting.database import in_database
from bots.hosting.tools import MOST_OFFERED, host_tools
from bots.models import Appointment, Bot
from tests.bots.factories import make_call

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def call(bot: Bot, ann: Any) -> Any:
    return make_call(bot, ann)


def monday() -> str:
    today = timezone.localdate()
    return (today + timedelta(days=7 + (7 - today.weekday()) % 7)).isoformat()


async def ask(bot: Bot, call: Any, kind: str, **arguments: Any) -> Any:
    """Call a tool as the model would, and return its result."""
    results: list[Any] = []

    async def note(result: Any, **_: Any) -> None:
        results.append(result)

    params = SimpleNamespace(arguments=arguments, result_callback=note)
    await host_tools(bot.pk, call.pk)[kind](cast(FunctionCallParams, params))
    assert len(results) == 1
    return results[0]


async def test_a_found_time_can_be_booked_once_and_belongs_to_the_call(bot: Bot, call: Any) -> None:
    found = await ask(bot, call, "appointments.find", day=monday(), part_of_day="afternoon")
    assert found["day"] == monday()
    assert 0 < len(found["slots"]) <= MOST_OFFERED
    wanted = {"day": monday(), "time": found["slots"][0], "name": "Ann"}
    booked = await ask(bot, call, "appointments.book", **wanted)
    row = await in_database(Appointment.objects.get)
    assert booked == {"booked": True, "reference": f"A{row.pk}"}
    assert (row.call_id, row.name) == (call.pk, "Ann")
    again = await ask(bot, call, "appointments.book", **wanted)
    assert again["booked"] is False
    assert again["error"].endswith(".")
    later = await ask(bot, call, "appointments.find", day=monday(), part_of_day="afternoon")
    assert wanted["time"] not in later["slots"]


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("appointments.find", {}),
        ("appointments.find", {"day": "next monday"}),
        ("appointments.find", {"day": None}),
        ("appointments.find", {"day": ["2026-01-01"]}),
        ("appointments.book", {"day": "2026-01-05"}),
        ("appointments.book", {"day": "2026-01-05", "time": "half past nine"}),
    ],
)
async def test_arguments_that_cannot_be_read_are_the_tools_error(
    bot: Bot, call: Any, kind: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ToolError) as caught:
        await ask(bot, call, kind, **arguments)
    assert caught.value.code == "tool.arguments"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-28"])
async def test_days_out_of_reach_have_no_free_times(bot: Bot, call: Any, day: str) -> None:
    assert await ask(bot, call, "appointments.find", day=day) == {"day": day, "slots": []}
    refused = await ask(bot, call, "appointments.book", day=day, time="09:00", name="Ann")
    assert refused["booked"] is False
