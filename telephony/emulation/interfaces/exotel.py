"""Exotel's REST interface, emulated (its "Connect Voice AI with Flow", "Call Details", "ExoPhones")."""

from __future__ import annotations

from .asked import LEAST_SECRET, Asked, Exchange, Order, Reply

MISSING: Reply = (404, {"RestException": {"Status": 404, "Message": "Not found"}})


class ExotelInterface:
    """Version 1: forms in, JSON out. The flow that a call is sent through is the guide's: Voicebot, Connect, Hangup."""

    async def answer(self, asked: Asked, exchange: Exchange) -> Reply:
        _, secret = asked.basic
        if len(secret) < LEAST_SECRET:
            return 401, {"RestException": {"Status": 401, "Message": "Unauthorized"}}
        _, _, account, *parts = [*asked.parts, "", "", ""]
        parts = [part for part in parts if part]
        if parts == ["IncomingPhoneNumbers"]:
            numbers = [
                {"sid": ref, "phone_number": number["number"], "friendly_name": number["number"],
                 "voice_url": number.get("voice", "")}
                for ref, number in exchange.numbers.items()
            ]  # fmt: skip
            return 200, {"incoming_phone_numbers": numbers}
        if parts == ["Calls", "connect"]:
            return await self._place(asked, account, secret, exchange)
        if parts == ["Calls"]:
            return 200, {"Calls": [], "Metadata": {"Total": 0}}
        call = exchange.call(parts[1]) if parts[:1] == ["Calls"] and len(parts) == 2 else None
        if call is None:
            return MISSING
        return 200, {"Call": {"Sid": parts[1], "Status": call.outcome or "in-progress", "Duration": round(call.now())}}

    async def _place(self, asked: Asked, account: str, secret: str, exchange: Exchange) -> Reply:
        """Call somebody; the flow's Voicebot applet asks the voice address beside the status address."""
        fields = asked.fields
        status_url = fields.get("StatusCallback", "")
        order = Order(
            "exotel", account, secret, fields.get("CallerId", ""), fields.get("From", ""),
            status_url.replace("/status", "/voice", 1), status_url, float(fields.get("TimeOut", 30)),
            float(fields.get("TimeLimit", 600)),
        )  # fmt: skip
        placed = await exchange.place(order)
        if placed is None:
            return 400, {"RestException": {"Status": 400, "Message": "This emulator places no calls."}}
        return 200, {"Call": {"Sid": placed, "Status": "in-progress"}}
