"""Secrets go to whom they are for, and to nobody else (S5)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.models import Credential
from bots.selectors.credentials import secrets_for, tool_secrets_for

pytestmark = pytest.mark.django_db


def uses(credential: str, url: str) -> dict[str, Any]:
    return {"kind": "http.request", "settings": {"credential": credential, "url": url}}


def test_a_tools_secret_is_loaded_for_its_own_host_only() -> None:
    for name, provider in (("crm", "API.example.com"), ("chat", "openai")):
        row = Credential(name=name, provider=provider)
        row.set_secret(f"secret of {name}")
        row.save()
    own = uses("crm", "https://api.example.com/x")
    assert tool_secrets_for({"tools": [own]}) == {"crm": "secret of crm"}
    for stolen in (
        uses("crm", "https://evil.example/x"),
        uses("crm", "https://api.example.com@evil.example/x"),
        uses("crm", "https://api.example.com.evil.example/"),
        uses("crm", "http://[broken"),
        uses("crm", ""),
        uses("chat", "https://evil.example/openai"),
    ):
        assert tool_secrets_for({"tools": [stolen]}) == {}
        assert tool_secrets_for({"tools": [own, stolen]}).get("crm", "") in ("", "secret of crm")
    assert tool_secrets_for({"tools": [own, uses("crm", "https://evil.example/")]}) == {}
    assert tool_secrets_for({"tools": [{}, "x", {"settings": None}]}) == {}
    assert tool_secrets_for({}) == {}


def test_a_tools_secret_is_not_among_those_of_the_services() -> None:
    assert secrets_for({"tools": [uses("crm", "https://api.example.com/x")]}) == {}
