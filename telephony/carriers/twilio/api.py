"""Twilio's REST interface, version 2010-04-01 (TEL-07, TEL-23; Twilio's "Calls" and "IncomingPhoneNumbers")."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from telephony.carriers.base import AccountAccess, OwnedNumber, Placement, StatusReport
from telephony.carriers.errors import CarrierError
from telephony.carriers.reading import Form
from telephony.carriers.rest import NotThere, Rest, Sender, base_address, basic

from .webhooks import report

ADDRESS = "https://api.twilio.com"
PAGE = "100"


class TwilioAPI:
    """One account; ``sender`` is the seam to the network."""

    def __init__(self, account: AccountAccess, sender: Sender | None = None) -> None:
        host = f"https://api.{account.region}.twilio.com" if account.region else ADDRESS
        base = f"{base_address('twilio', host)}/2010-04-01/Accounts/{quote(account.account_id, safe='')}"
        self._rest = Rest(base, basic(account.account_id, account.secrets.get("auth_token", "")), sender=sender)

    async def check(self) -> str:
        return str((await self._rest.get(".json")).get("friendly_name") or "")

    async def numbers(self) -> list[OwnedNumber]:
        found = await self._rest.get("/IncomingPhoneNumbers.json", {"PageSize": PAGE})
        return [
            OwnedNumber(
                e164=str(item.get("phone_number") or ""),
                ref=str(item.get("sid") or ""),
                label=str(item.get("friendly_name") or ""),
                voice_url=str(item.get("voice_url") or ""),
                status_url=str(item.get("status_callback") or ""),
            )
            for item in _items(found, "incoming_phone_numbers")
        ]

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        form = {
            "VoiceUrl": voice_url, "VoiceMethod": "POST", "StatusCallback": status_url, "StatusCallbackMethod": "POST",
        }  # fmt: skip
        await self._rest.post(f"/IncomingPhoneNumbers/{quote(ref, safe='')}.json", form)

    async def place_call(self, placement: Placement) -> str:
        form = {
            "From": placement.from_number, "To": placement.to_number, "Url": placement.answer_url, "Method": "POST",
            "StatusCallback": placement.status_url, "StatusCallbackMethod": "POST",
            "Timeout": str(placement.ring_s), "TimeLimit": str(placement.max_duration_s),
        }  # fmt: skip
        if placement.detect_machine:
            form |= {"MachineDetection": "Enable", "AsyncAmd": "true", "AsyncAmdStatusCallback": placement.status_url}
        made = await self._rest.post("/Calls.json", form)
        sid = str(made.get("sid") or "")
        if not sid:
            raise CarrierError("The carrier names no call.")
        return sid

    async def status(self, carrier_call_id: str) -> StatusReport:
        found = await self._rest.get(self._call(carrier_call_id))
        fields = {"CallStatus": "status", "CallDuration": "duration", "AnsweredBy": "answered_by", "Price": "price",
                  "PriceUnit": "price_unit", "Timestamp": "end_time"}  # fmt: skip
        form: Form = {name: [str(found[key])] for name, key in fields.items() if found.get(key)}
        return report(form, carrier_call_id)

    async def hang_up(self, carrier_call_id: str) -> None:
        try:
            await self._rest.post(self._call(carrier_call_id), {"Status": "completed"})
        except NotThere:
            return

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        await self._rest.post(self._call(carrier_call_id), {"Url": url, "Method": "POST"})

    async def aclose(self) -> None:
        await self._rest.aclose()

    @staticmethod
    def _call(carrier_call_id: str) -> str:
        return f"/Calls/{quote(carrier_call_id, safe='')}.json"


def _items(found: dict[str, Any], name: str) -> list[dict[str, Any]]:
    items = found.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
