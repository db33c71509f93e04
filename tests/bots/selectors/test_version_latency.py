"""How long callers wait, per version, in one query; and the parts of one wait as the page shows them (lessons T5)."""

import pytest
from pytest_django import DjangoAssertNumQueries

from bots.actions.publish_bot import publish_bot
from bots.actions.store_events import store_events
from bots.actions.summarise_call import percentile
from bots.models import Bot
from bots.selectors.version_latency import latency_by_version
from bots.selectors.waiting_time import waiting_parts
from tests.bots.factories import event, make_bot, make_call, make_user

pytestmark = pytest.mark.django_db


def answered(bot: Bot, waits: list[int | None]) -> None:
    """A call of the live version with answers that took so long."""
    call = make_call(bot, None)
    store_events(
        call.pk,
        [
            event(number, float(number), "bot.turn", {"turn": number, "text": "Yes.", "latency_ms": wait})
            for number, wait in enumerate(waits, start=1)
        ],
    )


def test_each_version_has_its_median_and_95th_percentile(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bot, other = make_bot(), make_bot("other")
    first = bot.live_version
    waits = [900, 100, 300, 700, 500, 200, 400, 600, 800, 1000, 5000]
    answered(bot, [*waits[:6], None])
    answered(bot, waits[6:])
    bot.draft["greeting"] = "Changed."
    second = publish_bot(bot=bot, by=None)
    bot.refresh_from_db()
    answered(bot, [250])
    answered(other, [1, 2, 3])
    with django_assert_num_queries(1):
        found = latency_by_version(bot)
    assert set(found) == {first.pk, second.pk}
    assert (found[first.pk].p50, found[first.pk].p95, found[first.pk].answers) == (600, 5000, 11)
    assert (found[second.pk].p50, found[second.pk].p95, found[second.pk].answers) == (250, 250, 1)


@pytest.mark.parametrize("size", [1, 2, 3, 19, 20, 21, 40])
def test_percentiles_are_those_of_the_call_page(size: int) -> None:
    bot = make_bot()
    waits = [10 * number for number in range(1, size + 1)]
    answered(bot, waits)
    (found,) = latency_by_version(bot).values()
    assert (found.p50, found.p95) == (percentile(waits, 0.5), percentile(waits, 0.95))


def test_a_bot_without_answers_has_no_figures() -> None:
    assert latency_by_version(make_bot()) == {}
    bot = make_bot("silent")
    make_call(bot, make_user("ann"))
    assert latency_by_version(bot) == {}


def test_the_parts_of_a_wait_stand_one_after_the_other() -> None:
    parts = waiting_parts(
        [
            {"name": "end_of_turn", "ms": 200, "owner": "setting", "setting": "vad.stop_secs"},
            {"name": "llm", "ms": 300.4, "owner": "provider", "setting": "llm.provider"},
            {"name": "engine", "ms": 100, "owner": "engine", "setting": ""},
            {"name": "gap", "ms": 0, "owner": "x"},
            {"name": "broken", "ms": "soon"},
            {"name": "odd_one", "ms": 399.6, "owner": "nobody", "setting": "no.such"},
            7,
        ]
    )
    assert [(part.kind, part.ms) for part in parts] == [
        ("end_of_turn", 200), ("llm", 300), ("engine", 100), ("other", 400),
    ]  # fmt: skip
    assert [round(part.x) for part in parts] == [0, 20, 50, 60]
    assert sum(part.width for part in parts) == pytest.approx(100, abs=0.1)
    assert (parts[0].field, parts[0].setting) == ("vad__stop_secs", "Speech ends after")
    assert (parts[2].name, parts[2].owner) == ("This server", "")
    assert (parts[3].name, parts[3].field) == ("odd one", "")
