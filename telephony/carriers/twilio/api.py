"""Twilio's REST interface, version 2010-04-01 (TEL-07, TEL-23; Twilio's "Calls" and "IncomingPhoneNumbers")."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, urlsplit

from telephony.carriers import progress
from telephony.carriers.base import AccountAccess, OwnedNumber, Placement, StatusReport
from telephony.carriers.errors import CarrierRefused
from telephony.carriers.reading import Form
from telephony.carriers.rest import (
    MAX_PAGES,
    NotThere,
    Rest,
    Sender,
    base_address,
    basic,
    call_named,
    items_of,
    region_host,
    stands,
    text_of,
    too_many,
)

ADDRESS = "https://api.twilio.com"
PAGE = {"PageSize": "100"}
OVER = "21220"
"""Twilio's code for a call that is not in progress any more."""
EVENTS = ("initiated", "ringing", "answered", "completed")


class TwilioAPI:
    """One account; ``sender`` is the seam to the network."""

    def __init__(self, account: AccountAccess, sender: Sender | None = None) -> None:
        host = region_host("https://api.{region}.twilio.com", account.region) if account.region else ADDRESS
        base = f"{base_address('twilio', host)}/2010-04-01/Accounts/{quote(account.account_id, safe='')}"
        self._rest = Rest(base, basic(account.account_id, account.secrets.get("auth_token", "")), sender=sender)

    async def check(self) -> str:
        return text_of(await self._rest.get(".json"), "friendly_name")

    async def numbers(self) -> list[OwnedNumber]:
        found: list[OwnedNumber] = []
        query = PAGE
        for _ in range(MAX_PAGES):
            page = await self._rest.get("/IncomingPhoneNumbers.json", query)
            found += [
                OwnedNumber(
                    e164=text_of(item, "phone_number"),
                    ref=text_of(item, "sid"),
                    label=text_of(item, "friendly_name"),
                    voice_url=text_of(item, "voice_url"),
                    status_url=text_of(item, "status_callback"),
                )
                for item in items_of(page, "incoming_phone_numbers")
            ]
            query = dict(parse_qsl(urlsplit(text_of(page, "next_page_uri")).query))
            if not query:
                break
        else:
            raise too_many()
        return found

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        form = {
            "VoiceUrl": voice_url, "VoiceMethod": "POST", "StatusCallback": status_url, "StatusCallbackMethod": "POST",
        }  # fmt: skip
        await self._rest.post(f"/IncomingPhoneNumbers/{quote(ref, safe='')}.json", form)

    async def place_call(self, placement: Placement) -> str:
        form: dict[str, str | tuple[str, ...]] = {
            "From": placement.from_number, "To": placement.to_number, "Url": placement.answer_url, "Method": "POST",
            "StatusCallback": placement.status_url, "StatusCallbackMethod": "POST", "StatusCallbackEvent": EVENTS,
            "Timeout": str(placement.ring_s), "TimeLimit": str(placement.max_duration_s),
        }  # fmt: skip
        if placement.detect_machine:
            form |= {
                "MachineDetection": "Enable", "AsyncAmd": "true", "AsyncAmdStatusCallback": placement.status_url,
                "AsyncAmdStatusCallbackMethod": "POST",
            }  # fmt: skip
        return call_named(await self._rest.post("/Calls.json", form), "sid")

    async def status(self, carrier_call_id: str) -> StatusReport:
        found = await self._rest.get(self._call(carrier_call_id))
        fields = {"CallStatus": "status", "CallDuration": "duration", "AnsweredBy": "answered_by", "Price": "price",
                  "PriceUnit": "price_unit", "Timestamp": "end_time"}  # fmt: skip
        form: Form = {name: [text_of(found, key)] for name, key in fields.items()}
        return stands(lambda: progress.report(form, carrier_call_id))

    async def hang_up(self, carrier_call_id: str) -> None:
        try:
            await self._rest.post(self._call(carrier_call_id), {"Status": "completed"})
        except NotThere:
            return
        except CarrierRefused as error:
            if error.told != OVER:
                raise

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        await self._rest.post(self._call(carrier_call_id), {"Url": url, "Method": "POST"})

    async def aclose(self) -> None:
        await self._rest.aclose()

    @staticmethod
    def _call(carrier_call_id: str) -> str:
        return f"/Calls/{quote(carrier_call_id, safe='')}.json"
