"""The house's own record of a call that a carrier knows, as a terminal shows it."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.selectors.conversation import conversations_of, lines_of
from tests.bots.factories import make_bot, make_finished_call
from tests.telephony.rows import make_account, make_leg

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(settings: Any, tmp_path: Any) -> Any:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path}
    return make_finished_call(make_bot(), None)


def test_parts_before_a_transfer_come_first_and_strangers_have_none(finished: Any) -> None:
    account = make_account()
    leg = make_leg(account, make_bot("other"))
    leg.earlier_calls.add(finished)
    assert conversations_of(account, "CA1") == [finished, leg.call]
    assert conversations_of(account, "CA2") == []
    assert conversations_of(make_account("telnyx"), "CA1") == []


def test_a_line_says_when_who_and_what_was_heard(finished: Any) -> None:
    lines = lines_of(finished)
    assert lines[1:4] == [
        "   5.00  user: I would like to move my appointment.",
        "   7.90  tool find_slots: finished",
        "   8.36  bot: I have Tuesday at nine fifteen, or at ten, (interrupted)",
    ]
    assert len(lines) == 7
