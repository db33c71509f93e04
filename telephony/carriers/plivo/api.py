"""Plivo's REST interface, version 1 (TEL-12, TEL-23; Plivo's "Call", "Number" and "Application").

A number rings where its application points: ours is found by its name, or made, and the number is moved to it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from telephony.carriers.base import AccountAccess, OwnedNumber, Placement, StatusReport
from telephony.carriers.errors import CarrierError
from telephony.carriers.reading import moment_in, money_in, number_in, seconds_in, status_in
from telephony.carriers.rest import (
    MAX_PAGES,
    NotThere,
    Rest,
    Sender,
    base_address,
    basic,
    call_named,
    items_of,
    part_of,
    stands,
    text_of,
    too_many,
)
from telephony.models.carrier import LegStatus

from .webhooks import CURRENCY, STATUSES

ADDRESS = "https://api.plivo.com"
PAGE = 20
CAUSES = {"1000": LegStatus.CANCELLED, "3000": LegStatus.NO_ANSWER, "3010": LegStatus.BUSY}
"""Why a call was never answered, by Plivo's code ("Hangup causes"); every other one is a failure."""


class PlivoAPI:
    """One account; ``sender`` is the seam to the network."""

    def __init__(self, account: AccountAccess, sender: Sender | None = None) -> None:
        self._name = f"voiceapp-{account.slug}"
        base = f"{base_address('plivo', ADDRESS)}/v1/Account/{quote(account.account_id, safe='')}"
        self._rest = Rest(base, basic(account.account_id, account.secrets.get("auth_token", "")), sender=sender)

    async def check(self) -> str:
        return text_of(await self._rest.get("/"), "name", "auth_id")

    async def numbers(self) -> list[OwnedNumber]:
        applications = {text_of(item, "resource_uri"): item for item in await self._list("/Application/")}
        return [
            OwnedNumber(
                e164=number_in(text_of(item, "number")),
                ref=text_of(item, "number"),
                label=text_of(item, "alias"),
                voice_url=text_of(applications.get(text_of(item, "application"), {}), "answer_url"),
                status_url=text_of(applications.get(text_of(item, "application"), {}), "hangup_url"),
            )
            for item in await self._list("/Number/")
        ]

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        fields = {
            "answer_url": voice_url, "answer_method": "POST", "hangup_url": status_url, "hangup_method": "POST",
        }  # fmt: skip
        application = ""
        for item in await self._list("/Application/"):
            if text_of(item, "app_name") == self._name:
                application = text_of(item, "app_id")
        if application:
            await self._rest.post(f"/Application/{quote(application, safe='')}/", data=fields)
        else:
            application = text_of(
                await self._rest.post("/Application/", data={"app_name": self._name, **fields}), "app_id"
            )
        if not application:
            raise CarrierError("The carrier's answer names no application.")
        await self._rest.post(f"/Number/{quote(ref, safe='')}/", data={"app_id": application})

    async def place_call(self, placement: Placement) -> str:
        data: dict[str, Any] = {
            "from": placement.from_number.lstrip("+"), "to": placement.to_number.lstrip("+"),
            "answer_url": placement.answer_url, "answer_method": "POST",
            "ring_url": placement.status_url, "ring_method": "POST",
            "hangup_url": placement.status_url, "hangup_method": "POST",
            "ring_timeout": placement.ring_s, "time_limit": placement.max_duration_s,
        }  # fmt: skip
        if placement.detect_machine:
            data |= {
                "machine_detection": "true", "machine_detection_url": placement.status_url,
                "machine_detection_method": "POST",
            }  # fmt: skip
        return call_named(await self._rest.post("/Call/", data=data), "request_uuid")

    async def status(self, carrier_call_id: str) -> StatusReport:
        try:
            live = await self._rest.get(self._call(carrier_call_id), {"status": "live"})
        except NotThere:
            return _recorded(await self._rest.get(self._call(carrier_call_id)), carrier_call_id)
        return stands(
            lambda: StatusReport(carrier_call_id, status=status_in(STATUSES, text_of(live, "call_status")))
        )  # fmt: skip

    async def hang_up(self, carrier_call_id: str) -> None:
        for path in (self._call(carrier_call_id), f"/Request/{quote(carrier_call_id, safe='')}/"):
            try:
                await self._rest.delete(path)
            except NotThere:
                continue
            return

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        await self._rest.post(
            self._call(carrier_call_id), data={"legs": "aleg", "aleg_url": url, "aleg_method": "POST"}
        )  # fmt: skip

    async def aclose(self) -> None:
        await self._rest.aclose()

    async def _list(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for page_number in range(MAX_PAGES):
            page = await self._rest.get(path, {"limit": str(PAGE), "offset": str(page_number * PAGE)})
            found += items_of(page, "objects")
            if not text_of(part_of(page, "meta"), "next"):
                break
        else:
            raise too_many()
        return found

    @staticmethod
    def _call(carrier_call_id: str) -> str:
        return f"/Call/{quote(carrier_call_id, safe='')}/"


def _recorded(found: dict[str, Any], carrier_call_id: str) -> StatusReport:
    """Read the record of a call that is over: it tells how long it was and why it ended, in no single word."""
    cost = money_in(text_of(found, "total_amount"))
    duration = seconds_in(text_of(found, "call_duration"))
    code = text_of(found, "hangup_cause_code")
    answered = bool(text_of(found, "answer_time")) or bool(duration)
    return StatusReport(
        carrier_call_id=carrier_call_id,
        status=LegStatus.COMPLETED if answered else CAUSES.get(code, LegStatus.FAILED),
        at=moment_in(text_of(found, "end_time")),
        duration_s=duration,
        cause=(code or text_of(found, "hangup_cause_name"))[:80],
        cost=cost,
        currency="" if cost is None else CURRENCY,
    )
