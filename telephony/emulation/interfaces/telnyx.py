"""Telnyx's REST interface, emulated (its "TeXML REST Commands", "TeXML Applications", "Phone Numbers")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from .asked import LEAST_SECRET, Asked, Exchange, Order, Reply

MISSING: Reply = (404, {"errors": [{"code": "10005", "title": "Resource not found"}]})


class TelnyxInterface:
    """Version 2: JSON both ways, a bearer's key."""

    async def answer(self, asked: Asked, exchange: Exchange) -> Reply:
        if len(asked.bearer) < LEAST_SECRET:
            return 401, {"errors": [{"code": "10009", "title": "Authentication failed"}]}
        version, kind, *parts = [*asked.parts, "", ""]
        parts = [part for part in parts if part]
        if version != "v2":
            return MISSING
        if kind == "balance":
            return 200, {"data": {"balance": "10.00", "currency": "USD", "record_type": "balance"}}
        if kind == "texml_applications":
            return self._applications(asked, parts, exchange)
        if kind == "phone_numbers":
            return self._numbers(asked, parts, exchange)
        if kind == "calls" and len(parts) == 3 and parts[1:] == ["actions", "hangup"]:
            return self._hang_up(parts[0], exchange)
        if kind == "texml" and parts[:1] == ["Accounts"] and parts[2:3] == ["Calls"]:
            return await self._calls(asked, parts, exchange)
        return MISSING

    async def _calls(self, asked: Asked, parts: list[str], exchange: Exchange) -> Reply:
        if len(parts) == 3 and asked.method == "POST":
            fields = asked.fields
            order = Order(
                "telnyx", parts[1], asked.bearer, fields.get("From", ""), fields.get("To", ""), fields.get("Url", ""),
                fields.get("StatusCallback", ""), float(fields.get("Timeout", 30)), float(fields.get("TimeLimit", 600)),
                fields.get("MachineDetection") == "Enable",
            )  # fmt: skip
            placed = await exchange.place(order)
            if fields.get("ApplicationSid") not in exchange.applications or placed is None:
                return 422, {"errors": [{"code": "10015", "title": "This emulator places no such call"}]}
            return 200, {"sid": placed, "from": order.from_number, "to": order.to_number, "status": "queued"}
        call = exchange.call(parts[3]) if len(parts) == 4 else None
        if call is None:
            return MISSING
        if asked.method == "POST" and asked.fields.get("Url"):
            call.redirect(asked.fields["Url"])
        return 200, {"sid": parts[3], "status": call.outcome or "in-progress", "duration": str(round(call.now()))}

    def _hang_up(self, call_id: str, exchange: Exchange) -> Reply:
        call = exchange.call(call_id)
        if call is None:
            return MISSING
        if call.outcome:
            return 422, {"errors": [{"code": "90018", "title": "Call has already ended"}]}
        call.end()
        return 200, {"data": {"result": "ok"}}

    def _applications(self, asked: Asked, parts: list[str], exchange: Exchange) -> Reply:
        if not parts and asked.method == "POST":
            parts = [secrets.token_hex(8)]
            exchange.applications[parts[0]] = {}
        if parts:
            if parts[0] not in exchange.applications:
                return MISSING
            exchange.applications[parts[0]] |= dict(asked.fields)
            return 200, {"data": {"id": parts[0], **exchange.applications[parts[0]]}}
        return 200, listed([{"id": ref, **facts} for ref, facts in exchange.applications.items()])

    def _numbers(self, asked: Asked, parts: list[str], exchange: Exchange) -> Reply:
        if parts:
            if parts[0] not in exchange.numbers:
                return MISSING
            exchange.numbers[parts[0]] |= {"application": asked.fields.get("connection_id", "")}
        numbers = [
            {"id": ref, "phone_number": number["number"], "connection_id": number.get("application", "")}
            for ref, number in exchange.numbers.items()
        ]
        return 200, {"data": next(item for item in numbers if item["id"] == parts[0])} if parts else listed(numbers)


def listed(items: list[Mapping[str, Any]] | list[dict[str, str]]) -> dict[str, Any]:
    """Return a list as Telnyx pages it: all on one page."""
    return {"data": list(items), "meta": {"total_pages": 1, "page_number": 1, "total_results": len(items)}}
