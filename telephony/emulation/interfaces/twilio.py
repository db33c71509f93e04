"""Twilio's REST interface, emulated (its "Calls" and "IncomingPhoneNumbers")."""

from __future__ import annotations

from typing import Any

from .asked import LEAST_SECRET, Asked, Exchange, Order, Reply


class TwilioInterface:
    """Version 2010-04-01: forms in, JSON out."""

    async def answer(self, asked: Asked, exchange: Exchange) -> Reply:
        user, secret = asked.basic
        version, _, account, *parts = [*asked.parts, "", "", ""]
        parts = [part for part in parts if part]
        if version != "2010-04-01" or user != account or len(secret) < LEAST_SECRET:
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        if not parts:
            return 200, {"sid": account, "friendly_name": "Emulated account", "status": "active"}
        if parts[0] == "IncomingPhoneNumbers":
            return self._numbers(asked, parts, exchange)
        if parts == ["Calls"] and asked.method == "POST":
            return await self._place(asked, account, secret, exchange)
        call = exchange.call(parts[1]) if parts[0] == "Calls" and len(parts) == 2 else None
        if call is None:
            return 404, {"code": 20404, "message": "not found", "status": 404}
        if asked.method == "POST" and call.outcome:
            return 400, {"code": 21220, "message": "Call is not in-progress", "status": 400}
        if asked.fields.get("Status") == "completed":
            call.end()
        elif asked.fields.get("Url"):
            call.redirect(asked.fields["Url"])
        return 200, {"sid": parts[1], "status": call.outcome or "in-progress", "duration": str(round(call.now()))}

    async def _place(self, asked: Asked, account: str, secret: str, exchange: Exchange) -> Reply:
        fields = asked.fields
        order = Order(
            "twilio", account, secret, fields.get("From", ""), fields.get("To", ""), fields.get("Url", ""),
            fields.get("StatusCallback", ""), float(fields.get("Timeout", 30)), float(fields.get("TimeLimit", 600)),
            fields.get("MachineDetection") == "Enable",
        )  # fmt: skip
        placed = await exchange.place(order)
        if placed is None:
            return 400, {"code": 21210, "message": "This emulator places no calls.", "status": 400}
        return 201, {"sid": placed, "status": "queued"}

    def _numbers(self, asked: Asked, parts: list[str], exchange: Exchange) -> Reply:
        if len(parts) == 2:
            if parts[1] not in exchange.numbers:
                return 404, {"code": 20404, "message": "not found", "status": 404}
            told = {"voice": asked.fields.get("VoiceUrl", ""), "status": asked.fields.get("StatusCallback", "")}
            exchange.numbers[parts[1]] |= told
            return 200, shown(parts[1], exchange.numbers[parts[1]])
        return 200, {"incoming_phone_numbers": [shown(ref, number) for ref, number in exchange.numbers.items()]}


def shown(ref: str, number: dict[str, str]) -> dict[str, Any]:
    """Return a number as Twilio lists it."""
    return {
        "sid": ref, "phone_number": number["number"], "friendly_name": number["number"],
        "voice_url": number.get("voice", ""), "status_callback": number.get("status", ""),
    }  # fmt: skip
