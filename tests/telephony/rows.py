"""Rows for tests: an account of each carrier whose secrets the tests' signers know, numbers, legs."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from bots.actions.publish_bot import publish_bot
from bots.models import Bot
from telephony.models import CallLeg, CarrierAccount, LegStatus, PhoneNumber
from tests.bots.factories import make_bot, make_call
from tests.telephony.carriers.requests import KEYS, public_half

PUBLIC = "https://voice.example"
NUMBER, CALLER = "+4930123456", "+4915112345678"
SECRET = "s3cret-of-the-account"
TELNYX_KEY = "2"
"""Which of the tests' key pairs Telnyx signs with."""


def secrets_of(carrier: str) -> dict[str, str]:
    """What the account's form was filled in with."""
    if carrier == "telnyx":
        return {"api_key": SECRET, "public_key": public_half(KEYS[int(TELNYX_KEY)])}
    return {"auth_token": SECRET} if carrier in ("twilio", "plivo") else {"api_key": SECRET, "api_token": SECRET}


def make_account(carrier: str = "twilio", slug: str = "", **values: Any) -> CarrierAccount:
    """An account that is ready for calls; its address is the carrier's name unless told otherwise."""
    fields = {"name": "Main", "account_id": "AC1", "hook_key": f"hook-{slug or carrier}", **values}
    account = CarrierAccount(slug=slug or carrier, carrier=carrier, **fields)
    account.set_secrets(secrets_of(carrier))
    account.save()
    return account


def make_number(account: CarrierAccount, bot: Bot | None, **values: Any) -> PhoneNumber:
    """A number that its bot answers at any time."""
    return PhoneNumber.objects.create(account=account, bot=bot, **{"e164": NUMBER, **values})


def make_leg(account: CarrierAccount, bot: Bot, **values: Any) -> CallLeg:
    """A ringing inbound leg with a call that nobody runs."""
    call = make_call(bot, None, direction="inbound", transport="phone", status="created", started_at=None)
    fields: dict[str, Any] = {
        "direction": "inbound", "carrier_call_id": "CA1", "from_number": CALLER, "to_number": NUMBER,
        "status": LegStatus.RINGING, "created_at": timezone.now(), "call": call, **values,
    }  # fmt: skip
    return CallLeg.objects.create(account=account, **fields)


QUICK = {"vad": {"confidence": 0.7, "start_secs": 0.1, "stop_secs": 0.2, "min_volume": 0.3}}


def quick_bot(slug: str = "desk", **changes: Any) -> Bot:
    """A published bot that knows soon when somebody has spoken, and can say goodbye."""
    made = make_bot(slug, published=False)
    bye = {"name": "bye", "kind": "call.end", "description": "End the call.", "properties": {}}
    made.draft = {**made.draft, **QUICK, "tools": [bye], **changes}
    made.save()
    publish_bot(bot=made, by=None)
    return Bot.objects.get(pk=made.pk)
