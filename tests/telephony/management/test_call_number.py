"""The command says beforehand what is against a call, places it, waits for it, and ends with a code for scripts."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from telephony.actions import place_call
from telephony.actions.record_status import record_status
from telephony.carriers.base import StatusReport
from telephony.carriers.errors import CarrierRefused
from telephony.management.commands import call_number
from telephony.models import CallLeg, LegStatus, PhoneNumber
from tests.bots.factories import make_bot
from tests.telephony.dialling import OURS, PUBLIC, THEIRS, FakeAPI, make_dialler, make_number, make_policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> FakeAPI:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": PUBLIC}
    make_policy()
    make_number()
    make_dialler()
    found = FakeAPI()
    monkeypatch.setattr(place_call, "api_of", lambda account: found)
    return found


def run(*options: str, **more: str) -> tuple[int, str]:
    """The command's exit code, and what it said."""
    out = StringIO()
    given = {"--from": OURS, "--to": THEIRS, "--as": "dora", **more}
    words = [word for pair in given.items() for word in pair]
    try:
        call_command("call_number", *words, *options, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_a_dry_run_shows_every_rule_and_what_would_be_set_aside(api: FakeAPI) -> None:
    code, said = run("--dry-run")
    assert (code, "NO" in said, said.count("ok ")) == (0, False, 14)
    assert "0.2000 USD set aside for 10 minutes" in said
    make_policy(calls_per_day=0, countries=["AT"])
    PhoneNumber.objects.update(may_dial_out=False)
    code, said = run("--dry-run")
    assert (code, said.count("NO  ")) == (2, 3)
    assert "NO  Calls to the country are allowed: Calls to DE are not allowed." in said
    assert (api.placed, CallLeg.objects.count()) == ([], 0)


def test_a_dry_run_knows_also_what_is_no_number_and_who_may_not(api: FakeAPI, settings: Any) -> None:
    settings.VOICE = {**settings.VOICE, "PUBLIC_URL": ""}
    make_dialler("eve").user_permissions.clear()
    code, said = run("--dry-run", **{"--to": "+19002345678", "--as": "eve"})
    assert (code, said.count("NO  ")) == (2, 3)


def test_a_call_is_placed_with_its_own_values(api: FakeAPI) -> None:
    make_bot("survey")
    code, said = run("--bot", "survey", "--custom", "name=Ada", "--custom", "visit=a=b")
    leg = CallLeg.objects.get()
    assert (code, str(leg.pk) in said) == (0, True)
    assert leg.custom == {"name": "Ada", "visit": "a=b"}
    assert leg.call is not None
    assert leg.call.bot.slug == "survey"


def test_refusals_of_rules_and_of_carriers_have_codes_of_their_own(api: FakeAPI) -> None:
    assert run(**{"--to": "112"})[0] == 2
    assert run("--custom", "a b=c")[0] == 2
    api.fails = CarrierRefused("The carrier refused (21215).", told="21215")
    code, said = run()
    assert (code, "carrier.refused" in said) == (3, True)


@pytest.mark.parametrize(
    "more",
    [{"--from": "+4930999999"}, {"--from": "nobody"}, {"--as": "nobody"}, {"--bot": "nobody"}, {"--custom": "x"}],
)
def test_wrong_options_are_named(api: FakeAPI, more: dict[str, str]) -> None:
    code, said = run(**more)
    assert code == 1
    assert said
    assert api.placed == []


@pytest.mark.parametrize(
    ("ends", "code", "word"),
    [(LegStatus.COMPLETED, 0, "Talked 61 s, cost 0.0400 USD (estimated)"), (LegStatus.BUSY, 4, "busy"),
     (LegStatus.NO_ANSWER, 4, "no answer")],
)  # fmt: skip
def test_it_waits_until_the_call_is_over(
    api: FakeAPI, monkeypatch: pytest.MonkeyPatch, ends: LegStatus, code: int, word: str
) -> None:
    """Each look at the call finds it a step further."""
    steps = [LegStatus.RINGING, LegStatus.ANSWERED, ends] if code == 0 else [LegStatus.RINGING, ends]

    def further(_seconds: float) -> None:
        leg = CallLeg.objects.get()
        duration = 61.0 if ends == LegStatus.COMPLETED else None
        record_status(leg.pk, StatusReport("CA0", steps.pop(0), at=timezone.now(), duration_s=duration))

    monkeypatch.setattr(call_number.time, "sleep", further)
    found, said = run("--wait")
    assert found == code
    assert word in said
    assert "ringing" in said
