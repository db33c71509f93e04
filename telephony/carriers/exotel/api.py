"""Exotel's REST interface, version 1 (services 11; Exotel's "Connect Voice AI with Flow", "Call Details", "ExoPhones").

Its calls are steered by flows in its own console: what cannot be done from here says what to do there.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from telephony.carriers.base import AccountAccess, OwnedNumber, Placement, StatusReport
from telephony.carriers.errors import CarrierCannot
from telephony.carriers.reading import money_in, seconds_in, status_in
from telephony.carriers.rest import (
    Rest,
    Sender,
    base_address,
    basic,
    call_named,
    items_of,
    part_of,
    region_host,
    stands,
    text_of,
)
from telephony.models.carrier import AnsweredBy

from .webhooks import STATUSES, number_of

ADDRESS = "https://api.exotel.com"
FLOWS = "http://my.exotel.com"
MAX_RING_S, MAX_CALL_S = 60, 14_400
ANSWERED_BY = {"human": AnsweredBy.HUMAN, "machine": AnsweredBy.MACHINE}


class ExotelAPI:
    """One account; ``sender`` is the seam to the network.

    A region is ``in`` for Mumbai and empty for Singapore; the host's whole name, as the console shows it, is
    understood too.
    """

    def __init__(self, account: AccountAccess, sender: Sender | None = None) -> None:
        region = account.region.removeprefix("api.").removesuffix("exotel.com").removesuffix(".")
        host = region_host("https://api.{region}.exotel.com", region) if region else ADDRESS
        base = base_address("exotel", host)
        self._account = account.account_id
        self._flow = account.secrets.get("flow_id", "").strip()
        self._calls = f"/v1/Accounts/{quote(account.account_id, safe='')}/Calls"
        self._numbers = f"/v2_beta/Accounts/{quote(account.account_id, safe='')}/IncomingPhoneNumbers"
        keys = basic(account.secrets.get("api_key", ""), account.secrets.get("api_token", ""))
        self._rest = Rest(base, keys, sender=sender)

    async def check(self) -> str:
        await self._rest.get(f"{self._calls}.json", {"PageSize": "1"})
        return self._account

    async def numbers(self) -> list[OwnedNumber]:
        return [
            OwnedNumber(
                e164=number_of(text_of(item, "phone_number")),
                ref=text_of(item, "sid"),
                label=text_of(item, "friendly_name"),
                voice_url=text_of(item, "voice_url"),
            )
            for item in items_of(await self._rest.get(self._numbers), "incoming_phone_numbers")
        ]

    async def set_webhooks(self, ref: str, voice_url: str, status_url: str) -> None:
        raise CarrierCannot("Exotel has no setting for this: enter the voice address in the Voicebot applet of a flow.")

    async def place_call(self, placement: Placement) -> str:
        """Call somebody and let the account's flow, whose Voicebot applet asks our voice address, take the call.

        ``answer_url`` cannot be told: its last part, by which we know the call, goes along as the custom field.
        Machines are not detected.
        """
        if not self._flow:
            raise CarrierCannot("Exotel calls through a flow: enter the id of the flow with the Voicebot applet.")
        form = {
            "From": placement.to_number, "CallerId": placement.from_number, "CallType": "trans",
            "Url": f"{FLOWS}/{quote(self._account, safe='')}/exoml/start_voice/{quote(self._flow, safe='')}",
            "TimeLimit": str(min(placement.max_duration_s, MAX_CALL_S)),
            "TimeOut": str(min(placement.ring_s, MAX_RING_S)),
            "CustomField": urlsplit(placement.answer_url).path.rpartition("/")[2],
            "StatusCallback": placement.status_url, "StatusCallbackContentType": "application/json",
            "StatusCallbackEvents[0]": "terminal", "StatusCallbackEvents[1]": "answered",
        }  # fmt: skip
        made = await self._rest.post(f"{self._calls}/connect.json", form)
        return call_named(part_of(made, "Call"), "Sid")

    async def status(self, carrier_call_id: str) -> StatusReport:
        answer = await self._rest.get(f"{self._calls}/{quote(carrier_call_id, safe='')}.json")
        found = part_of(answer, "Call")
        return stands(
            lambda: StatusReport(
                carrier_call_id=carrier_call_id,
                status=status_in(STATUSES, text_of(found, "Status")),
                duration_s=seconds_in(text_of(found, "Duration")),
                answered_by=ANSWERED_BY.get(text_of(found, "AnsweredBy").lower()),
                cost=money_in(text_of(found, "Price")),
            )
        )

    async def hang_up(self, carrier_call_id: str) -> None:
        """Do nothing: a call goes on in its flow when its socket closes, and the flow ends with a Hangup applet."""

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        """Raise ``carrier.cannot``: the stream ends, and the flow's Connect applet asks whom to dial."""
        raise CarrierCannot("Exotel cannot move a running call: put a Connect applet behind the Voicebot applet.")

    async def aclose(self) -> None:
        await self._rest.aclose()
