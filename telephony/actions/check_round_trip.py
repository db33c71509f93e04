"""Proves that the public address leads to this house: a request of our own goes out and has to come back in."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.engine.errors import ToolError
from bots.engine.tools.egress.client import EgressClient, EgressRequest, EgressResponse
from bots.engine.tools.egress.errors import EgressRedirected
from bots.engine.tools.egress.policy import EgressPolicy
from telephony.carriers.rest import Sender
from telephony.models import PhoneNumber
from telephony.selectors.addresses import public_url, webhook_path
from telephony.selectors.round_trip import new_nonce, proof_of

TRIP_S = 8.0
BAD_GATEWAY = 502


def check_round_trip(number: PhoneNumber, *, sender: Sender | None = None) -> None:
    """Ask our own public address; ``sender`` is the seam to the network.

    Raises ActionError ``public_url.missing``, ``.host``, ``.unreachable``, ``.redirected`` or ``.other_server``; a
    failure takes an earlier proof away.
    """
    number.verified_at = None
    try:
        _travel(number, sender)
        number.verified_at = timezone.now()
    finally:
        number.save(update_fields=["verified_at"])


def reach_of_public_url() -> str:
    """Who can reach the public address by its looks: ``everybody``, ``network`` or ``machine``."""
    host = urlsplit(public_url()).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "machine" if host == "localhost" else "everybody" if "." in host else "network"
    return "machine" if address.is_loopback else "everybody" if address.is_global else "network"


def _travel(number: PhoneNumber, sender: Sender | None) -> None:
    base, slug, nonce = public_url(), number.account.slug, new_nonce()
    parts = urlsplit(base)
    host = parts.hostname or ""
    if not validate_host(f"[{host}]" if ":" in host else host, settings.ALLOWED_HOSTS):
        raise _failure(
            "host", "This server does not accept requests for the host of its public address.",
            "Add the host to VOICE_ALLOWED_HOSTS and restart.",
        )  # fmt: skip
    request = EgressRequest(
        "POST", f"{base}{webhook_path(number.account, 'check', nonce)}", content=b"", timeout_s=TRIP_S
    )
    # Exactly this host and port, which in development may be inside a network.
    response = asyncio.run(_send(sender or EgressClient(EgressPolicy.of([parts.netloc])), request))
    told = response.body.decode("ascii", "replace").strip()
    if response.status != 200 or not hmac.compare_digest(told.encode(), proof_of(slug, nonce).encode()):
        raise _failure(
            "other_server", f"Something answered at the public address ({response.status}), but not this server.",
            "Look where VOICE_PUBLIC_URL and its proxy lead; /telephony/ must arrive here with its path unchanged.",
        )  # fmt: skip


async def _send(sender: Sender, request: EgressRequest) -> EgressResponse:
    try:
        return await sender.send(request)
    except EgressRedirected:
        raise _failure(
            "redirected", "The public address leads on to another one, which carriers do not follow safely.",
            "Set VOICE_PUBLIC_URL to the address at the end, usually the one with https.",
        ) from None  # fmt: skip
    except ToolError as error:
        raise _failure(
            "unreachable", f"The public address cannot be reached from here ({error.code}).",
            "Look at its name, its port, its certificate and the proxy; then try again.",
        ) from None  # fmt: skip
    finally:
        await sender.aclose()


def _failure(name: str, sentence: str, step: str) -> ActionError:
    return ActionError(f"public_url.{name}", sentence, owner="us", next_step=step, http_status=BAD_GATEWAY)
