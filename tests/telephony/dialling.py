"""A house that may dial, and carriers that only write down what they are asked."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission

from bots.engine.errors import EngineError
from telephony.carriers.base import OwnedNumber, Placement, StatusReport
from telephony.models import CarrierAccount, DialPolicy, LegStatus, PhoneNumber
from tests.bots.factories import make_bot

OURS = "+4930123456"
THEIRS = "+4989123456"
PUBLIC = "https://voice.example"
SECRET = "c4n4ry-5ecret-of-the-account"


@dataclass
class FakeAPI:
    """Takes calls, or fails as told; safe for several threads."""

    fails: EngineError | None = None
    prefix: str = "CA"
    placed: list[Placement] = field(default_factory=list)
    closed: int = 0
    during: Any = None
    _ids: Any = field(default_factory=itertools.count)
    _lock: Any = field(default_factory=threading.Lock)

    async def check(self) -> str:
        return "fake"

    async def numbers(self) -> list[OwnedNumber]:
        return []

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        """Nothing to set."""

    async def place_call(self, placement: Placement) -> str:
        with self._lock:
            self.placed.append(placement)
            number = next(self._ids)
        if self.during is not None:
            self.during(placement)
        if self.fails is not None:
            raise self.fails
        return f"{self.prefix}{number}"

    async def status(self, carrier_call_id: str) -> StatusReport:
        return StatusReport(carrier_call_id, LegStatus.QUEUED)

    async def hang_up(self, carrier_call_id: str) -> None:
        """Nothing to end."""

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        """Nothing to move."""

    async def aclose(self) -> None:
        self.closed += 1


def may(user: Any, *codenames: str) -> Any:
    """The person with further permissions of the telephony app."""
    for codename in codenames:
        user.user_permissions.add(Permission.objects.get(codename=codename, content_type__app_label="telephony"))
    return get_user_model().objects.get(pk=user.pk)


def make_dialler(name: str = "dora", *more: str, **values: Any) -> Any:
    """A person who may place calls."""
    return may(
        get_user_model().objects.create_user(name, password="a-long-enough-password", **values), "place_call", *more
    )


def make_number(carrier: str = "twilio", e164: str = OURS, **values: Any) -> PhoneNumber:
    """A number that may dial out, of an account with a secret, with a published bot."""
    account = CarrierAccount(name="Main", slug=f"main-{carrier}", carrier=carrier, account_id="AC1")
    account.set_secrets({"auth_token": SECRET, "api_key": SECRET, "api_token": SECRET, "flow_id": "926"})
    account.save()
    fields: dict[str, Any] = {"may_dial_out": True, **values}
    if "bot" not in fields:
        fields["bot"] = make_bot()
    return PhoneNumber.objects.create(account=account, e164=e164, **fields)


def make_policy(**values: Any) -> DialPolicy:
    """Rules that allow calls to Germany at any time, for two cents a minute."""
    fields: dict[str, Any] = {
        "is_enabled": True, "countries": ["DE"], "minute_prices": {"DE": 0.02}, "begins": time(0), "ends": time.max,
        "max_calls": 50, "calls_per_day": 500, "calls_per_destination": 500, "minutes_per_call": 10,
        "spend_per_day": Decimal(100), "currency": "USD", **values,
    }  # fmt: skip
    policy, _made = DialPolicy.objects.update_or_create(pk=1, defaults=fields)
    return policy
