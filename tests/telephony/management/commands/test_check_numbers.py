"""The command that asks carriers whether they still call this house, and what the doctor knows without asking."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command

from bots.selectors.health_findings import health_findings
from telephony.models import CarrierAccount
from telephony.selectors.number_findings import SUBJECT, number_findings
from tests.bots.factories import make_bot
from tests.telephony.exchanges import running_exchange
from tests.telephony.rows import NUMBER, PUBLIC, SECRET, make_account, make_number

pytestmark = pytest.mark.django_db


def told() -> list[tuple[str, str]]:
    return [(found.level, found.sentence) for found in number_findings()]


@pytest.mark.network
def test_every_number_gets_a_line_and_drift_an_exit_code(voice: Callable[..., None]) -> None:
    account = make_account()
    make_number(account, None, carrier_ref="PN1")
    make_number(account, None, e164="+4930123457")
    with running_exchange() as exchange:
        voice(CARRIER_EMULATOR=f"http://127.0.0.1:{exchange.port}")
        ours = f"{PUBLIC}/telephony/twilio/"
        exchange.numbers["PN1"] = {"number": NUMBER, "voice": f"{ours}voice", "status": f"{ours}status"}
        out = io.StringIO()
        call_command("check_numbers", "--number", NUMBER, stdout=out)
        assert out.getvalue().startswith(f"✓ {NUMBER}")
        with pytest.raises(CommandError) as caught:
            call_command("check_numbers", stdout=out)
    assert caught.value.returncode == 1
    assert "✕ +4930123457" in out.getvalue()
    assert "does not list this number" in out.getvalue()
    assert SECRET not in out.getvalue()


def test_nothing_to_check_and_no_address_are_told(voice: Callable[..., None]) -> None:
    with pytest.raises(CommandError, match="no numbers yet"):
        call_command("check_numbers")
    make_number(make_account(), None)
    with pytest.raises(CommandError, match="no such number"):
        call_command("check_numbers", "--number", "+491")
    voice(PUBLIC_URL="")
    with pytest.raises(CommandError, match="VOICE_PUBLIC_URL"):
        call_command("check_numbers")


def test_the_doctor_knows_what_is_known_to_be_wrong(voice: Callable[..., None]) -> None:
    assert told() == [("ok", "0 numbers are attached, none is known to be wrong.")]
    bot = make_bot()
    make_number(make_account(), bot)
    assert told() == [("ok", "1 numbers are attached, none is known to be wrong.")]
    failing = make_account("plivo", name="Second line", check_code="carrier.keys")
    make_number(failing, make_bot("draft", published=False), e164="+4930123457", webhook_state="drifted", label="Shop")
    closed = make_account("telnyx", name="Third line")
    CarrierAccount.objects.filter(pk=closed.pk).update(encrypted=b"nonsense")
    voice(PUBLIC_URL="")
    found = told()
    assert ("error", "This server does not know under which address carriers reach it.") in found
    assert ("error", "The account Second line failed when it was last asked (carrier.keys).") in found
    assert ("error", "The secrets of the account Third line cannot be opened.") in found
    assert ("error", "Shop +4930123457: changed at the carrier.") in found
    assert ("warning", "Shop +4930123457 has no bot that is published.") in found
    assert any(finding.subject == SUBJECT for finding in health_findings())
