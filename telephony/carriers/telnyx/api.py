"""Telnyx's REST interface, version 2 (TEL-13, TEL-23; Telnyx's "TeXML REST Commands", "TeXML Applications").

A number rings where its TeXML application points. Ours is found by its name or made, unless the account names one.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from telephony.carriers import progress
from telephony.carriers.base import AccountAccess, OwnedNumber, Placement, StatusReport
from telephony.carriers.errors import CarrierError, CarrierRefused
from telephony.carriers.reading import Form, number_in
from telephony.carriers.rest import (
    MAX_PAGES,
    NotThere,
    Rest,
    Sender,
    base_address,
    call_named,
    items_of,
    part_of,
    stands,
    text_of,
    too_many,
)

ADDRESS = "https://api.telnyx.com"
PAGE = 100
OVER = "90018"
"""Telnyx's code for a call that has ended already."""
EVENTS = "initiated ringing answered completed"


class TelnyxAPI:
    """One account; ``sender`` is the seam to the network."""

    def __init__(self, account: AccountAccess, sender: Sender | None = None) -> None:
        self._name = f"voiceapp-{account.slug}"
        self._application = account.secrets.get("application_id", "").strip()
        self._calls = f"/texml/Accounts/{quote(account.account_id, safe='')}/Calls"
        key = account.secrets.get("api_key", "").strip()
        self._rest = Rest(f"{base_address('telnyx', ADDRESS)}/v2", f"Bearer {key}", sender=sender)

    async def check(self) -> str:
        currency = text_of(part_of(await self._rest.get("/balance"), "data"), "currency")
        return f"Telnyx {currency}".strip()

    async def numbers(self) -> list[OwnedNumber]:
        applications = {text_of(item, "id"): item for item in await self._list("/texml_applications")}
        return [
            OwnedNumber(
                e164=number_in(text_of(item, "phone_number")),
                ref=text_of(item, "id"),
                label=text_of(item, "customer_reference"),
                voice_url=text_of(applications.get(text_of(item, "connection_id"), {}), "voice_url"),
                status_url=text_of(applications.get(text_of(item, "connection_id"), {}), "status_callback"),
            )
            for item in await self._list("/phone_numbers")
        ]

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        fields = {
            "voice_url": voice_url, "voice_method": "post",
            "status_callback": status_url, "status_callback_method": "post",
        }  # fmt: skip
        application = self._application or await self._own_application()
        if application:
            await self._rest.patch(f"/texml_applications/{quote(application, safe='')}", fields)
        else:
            made = await self._rest.post("/texml_applications", data={"friendly_name": self._name, **fields})
            application = text_of(part_of(made, "data"), "id")
        if not application:
            raise CarrierError("The carrier's answer names no application.")
        await self._rest.patch(f"/phone_numbers/{quote(ref, safe='')}", {"connection_id": application})

    async def place_call(self, placement: Placement) -> str:
        application = self._application or await self._own_application()
        if not application:
            raise CarrierRefused("The account has no TeXML application yet: attach one of its numbers first.")
        data: dict[str, Any] = {
            "ApplicationSid": application, "From": placement.from_number, "To": placement.to_number,
            "Url": placement.answer_url, "UrlMethod": "POST",
            "StatusCallback": placement.status_url, "StatusCallbackMethod": "POST", "StatusCallbackEvent": EVENTS,
            "Timeout": placement.ring_s, "TimeLimit": placement.max_duration_s,
        }  # fmt: skip
        if placement.detect_machine:
            data |= {
                "MachineDetection": "Enable", "AsyncAmd": True, "AsyncAmdStatusCallback": placement.status_url,
                "AsyncAmdStatusCallbackMethod": "POST",
            }  # fmt: skip
        made = await self._rest.post(self._calls, data=data)
        return call_named({**part_of(made, "data"), **made}, "sid", "call_sid", "CallSid", "call_control_id")

    async def status(self, carrier_call_id: str) -> StatusReport:
        found = await self._rest.get(self._call(carrier_call_id))
        fields = {"CallStatus": "status", "CallDuration": "duration", "AnsweredBy": "answered_by", "Price": "price",
                  "PriceUnit": "price_unit", "Timestamp": "end_time"}  # fmt: skip
        form: Form = {name: [text_of(found, key)] for name, key in fields.items()}
        return stands(lambda: progress.report(form, carrier_call_id))

    async def hang_up(self, carrier_call_id: str) -> None:
        try:
            await self._rest.post(f"/calls/{quote(carrier_call_id, safe='')}/actions/hangup", data={})
        except NotThere:
            return
        except CarrierRefused as error:
            if error.told != OVER:
                raise

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        await self._rest.post(self._call(carrier_call_id), {"Url": url, "Method": "POST"})

    async def aclose(self) -> None:
        await self._rest.aclose()

    async def _own_application(self) -> str:
        for item in await self._list("/texml_applications"):
            if text_of(item, "friendly_name") == self._name:
                return text_of(item, "id")
        return ""

    async def _list(self, path: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in range(1, MAX_PAGES + 1):
            page = await self._rest.get(path, {"page[number]": str(number), "page[size]": str(PAGE)})
            found += items_of(page, "data")
            pages = text_of(part_of(page, "meta"), "total_pages")
            if not pages.isdecimal() or number >= int(pages):
                break
        else:
            raise too_many()
        return found

    def _call(self, carrier_call_id: str) -> str:
        return f"{self._calls}/{quote(carrier_call_id, safe='')}"
