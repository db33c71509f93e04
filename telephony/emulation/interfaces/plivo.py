"""Plivo's REST interface, emulated (its "Call", "Number" and "Application")."""

from __future__ import annotations

import secrets
from typing import Any

from .asked import LEAST_SECRET, Asked, Exchange, Order, Reply

MISSING: Reply = (404, {"error": "resource not found", "api_id": "emulated"})


class PlivoInterface:
    """Version 1: JSON both ways, basic authentication."""

    async def answer(self, asked: Asked, exchange: Exchange) -> Reply:
        user, secret = asked.basic
        version, _, account, *parts = [*asked.parts, "", "", ""]
        parts = [part for part in parts if part]
        if version != "v1" or user != account or len(secret) < LEAST_SECRET:
            return 401, {"error": "authentication failed"}
        if not parts:
            return 200, {"auth_id": account, "name": "Emulated account", "api_id": "emulated"}
        if parts == ["Call"] and asked.method == "POST":
            return await self._place(asked, account, secret, exchange)
        if parts[0] in ("Call", "Request") and len(parts) == 2:
            return self._call(asked, parts[1], exchange)
        if parts[0] == "Application":
            return self._applications(asked, parts[1:], exchange)
        return self._numbers(asked, parts[1:], exchange) if parts[0] == "Number" else MISSING

    async def _place(self, asked: Asked, account: str, secret: str, exchange: Exchange) -> Reply:
        fields = asked.fields
        order = Order(
            "plivo", account, secret, f"+{fields.get('from', '')}", f"+{fields.get('to', '')}",
            fields.get("answer_url", ""), fields.get("hangup_url", ""), float(fields.get("ring_timeout", 30)),
            float(fields.get("time_limit", 600)), "machine_detection" in fields,
        )  # fmt: skip
        placed = await exchange.place(order)
        if placed is None:
            return 400, {"error": "This emulator places no calls."}
        return 201, {"message": "call fired", "request_uuid": placed, "api_id": "emulated"}

    def _call(self, asked: Asked, call_id: str, exchange: Exchange) -> Reply:
        call = exchange.call(call_id)
        if call is None or (asked.method == "DELETE" and call.outcome):
            return MISSING
        if asked.method == "DELETE":
            call.end()
            return 204, {}
        if asked.method == "POST":
            call.redirect(asked.fields.get("aleg_url", ""))
            return 202, {"message": "call transferred", "call_uuids": [call_id]}
        if call.outcome and asked.fields.get("status") == "live":
            return MISSING
        if call.outcome:
            return 200, {"call_uuid": call_id, "call_duration": round(call.now()), "hangup_cause_code": "4000"}
        return 200, {"call_uuid": call_id, "call_status": "in-progress"}

    def _applications(self, asked: Asked, parts: list[str], exchange: Exchange) -> Reply:
        if asked.method == "GET":
            return 200, listed(
                [{"app_id": ref, "resource_uri": uri_of(ref), **facts} for ref, facts in exchange.applications.items()]
            )
        ref = parts[0] if parts else secrets.token_hex(8)
        if parts and ref not in exchange.applications:
            return MISSING
        exchange.applications[ref] = {**exchange.applications.get(ref, {}), **asked.fields}
        return (202 if parts else 201), {"app_id": ref, "message": "changed" if parts else "created"}

    def _numbers(self, asked: Asked, parts: list[str], exchange: Exchange) -> Reply:
        by_number = {number["number"].lstrip("+"): number for number in exchange.numbers.values()}
        if parts:
            if parts[0] not in by_number:
                return MISSING
            by_number[parts[0]]["application"] = asked.fields.get("app_id", "")
            return 202, {"message": "changed"}
        return 200, listed(
            [
                {"number": name, "application": uri_of(number["application"]) if "application" in number else ""}
                for name, number in by_number.items()
            ]
        )


def uri_of(ref: str) -> str:
    """Return an application's address, by which numbers name it."""
    return f"/v1/Account/emulated/Application/{ref}/"


def listed(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a list as Plivo pages it: all on one page."""
    return {"api_id": "emulated", "meta": {"limit": 20, "next": None, "total_count": len(items)}, "objects": items}
