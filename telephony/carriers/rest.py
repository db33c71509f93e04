"""A carrier's REST interface: one guarded way out, short waits, failures with codes (reliability A11, S14)."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from bots.engine.errors import ToolError
from bots.engine.tools.egress.client import EgressClient, EgressRequest, EgressResponse
from bots.engine.tools.egress.errors import EgressUnreachable
from bots.engine.tools.egress.policy import EgressPolicy
from bots.models.voice_settings import voice_setting

from .base import StatusReport
from .errors import (
    CarrierBusy,
    CarrierCannot,
    CarrierError,
    CarrierKeysWrong,
    CarrierRefused,
    CarrierUnreachable,
    WebhookMalformed,
)

TIMEOUT_S = 5.0
MAX_ANSWER = 1 << 20
TRIES_OF_READS = 2
MAX_PAGES = 100
_REGION = re.compile(r"[a-z0-9-]{1,30}(\.[a-z0-9-]{1,30})?")

Fields = Mapping[str, str | Sequence[str]]


class Sender(Protocol):
    """What sends requests: the egress client, or whatever stands for it."""

    async def send(self, request: EgressRequest) -> EgressResponse:
        """Send one."""

    async def aclose(self) -> None:
        """Close connections."""


class NotThere(CarrierRefused):
    """The carrier does not know what was asked for: a call that is over, a number that is gone."""

    code = "carrier.not_there"


def too_many() -> CarrierCannot:
    """Make the error of a list that goes on after so many pages: what stands behind them is not missing."""
    return CarrierCannot(f"The account's list is longer than {MAX_PAGES} pages: some of it was not read.")


def base_address(carrier: str, public: str) -> str:
    """Return where a carrier's interface is: its own address, or the emulator's where one is configured."""
    emulator = str(voice_setting("CARRIER_EMULATOR"))
    return f"{emulator}/{carrier}" if emulator else public


def client_for(base: str) -> EgressClient:
    """Return a client that reaches a carrier; inside a network it reaches the configured emulator and nothing else."""
    emulator = str(voice_setting("CARRIER_EMULATOR"))
    allowed = [urlsplit(base).netloc] if emulator and base.startswith(emulator) else []
    return EgressClient(EgressPolicy.of(allowed))


_make_sender: Callable[[str], Sender] | None = None


def install_sender(make: Callable[[str], Sender] | None) -> None:
    """Let every interface from now on send through what ``make(base address)`` returns; None: through the network."""
    global _make_sender  # noqa: PLW0603 (one a process)
    _make_sender = make


def region_host(template: str, region: str) -> str:
    """Return the host of an account's region; one that could lead the keys elsewhere is refused."""
    found = region.strip().lower()
    if not _REGION.fullmatch(found):
        raise CarrierCannot("The account's region is none that this carrier can have.")
    return template.format(region=found)


def basic(user: str, password: str) -> str:
    """Return the value of an ``Authorization`` header."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class Rest:
    """Requests to one account's interface. ``authorization`` is a header's value; answers are JSON objects."""

    def __init__(self, base: str, authorization: str, *, sender: Sender | None = None) -> None:
        self._base, self._authorization = base, authorization
        self._sender = sender or (_make_sender or client_for)(base)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Read; tried twice where the first failure may pass."""
        for left in range(TRIES_OF_READS - 1, -1, -1):
            try:
                return await self._exchange("GET", path, query=query)
            except CarrierError as error:
                if not (error.retryable and left):
                    raise
        raise CarrierUnreachable("The carrier could not be asked.", retryable=True)

    async def post(
        self, path: str, form: Fields | None = None, data: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Change something, once: with a form, or with JSON ``data``."""
        return await self._exchange("POST", path, form=form, data=data)

    async def delete(self, path: str) -> dict[str, Any]:
        """Take something away, once."""
        return await self._exchange("DELETE", path)

    async def patch(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """Change fields, once."""
        return await self._exchange("PATCH", path, data=data)

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Fields | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        headers = {"Authorization": self._authorization, "Accept": "application/json"}
        content = None
        if form is not None:
            headers["Content-Type"], content = "application/x-www-form-urlencoded", urlencode(form, doseq=True).encode()
        elif data is not None:
            headers["Content-Type"], content = "application/json", json.dumps(data).encode()
        url = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        request = EgressRequest(method, url, headers, content, timeout_s=TIMEOUT_S, max_bytes=MAX_ANSWER)
        try:
            response = await self._sender.send(request)
        except ToolError as error:
            if error.retryable or isinstance(error, EgressUnreachable):
                raise CarrierUnreachable("The carrier could not be reached.", retryable=error.retryable) from None
            raise CarrierError(f"The carrier could not be asked ({error.code}).") from None
        refuse(response)
        return object_of(response)

    async def aclose(self) -> None:
        """Close connections."""
        await self._sender.aclose()


def refuse(response: EgressResponse) -> None:
    """Raise what a status means; the sentence tells the carrier's own code, never what was sent."""
    status = response.status
    if status < 400:
        return
    told = own_code(response)
    if status in (401, 403) and not told:
        raise CarrierKeysWrong("The carrier does not know these keys.")
    if status == 401:
        raise CarrierKeysWrong(f"The carrier does not accept these keys ({told}).")
    if status == 404:
        raise NotThere("The carrier does not know what was asked for.")
    if status == 429:
        raise CarrierBusy("The carrier takes no more requests right now.", retryable=True)
    if status >= 500:
        raise CarrierUnreachable(f"The carrier failed ({status}).", retryable=True)
    raise CarrierRefused(f"The carrier refused ({told or status}).", told=told)


def own_code(response: EgressResponse) -> str:
    """Return the code that a carrier gives for a refusal, letters and digits only."""
    try:
        found: Any = json.loads(response.body or b"{}")
    except (ValueError, RecursionError):
        return ""
    while isinstance(found, dict):
        for name in ("code", "errors", "error", "RestException", "api_error_code", "Code"):
            if name in found:
                found = found[name]
                break
        else:
            return ""
        if isinstance(found, list):
            found = found[0] if found else ""
    text = str(found)
    return text if text.replace("-", "").replace("_", "").replace(".", "").isalnum() and len(text) <= 40 else ""


def object_of(response: EgressResponse) -> dict[str, Any]:
    """Return the answer's JSON object; an empty answer is an empty one. Raises ``carrier.failed``."""
    if not response.body.strip():
        return {}
    try:
        found = json.loads(response.body)
    except (ValueError, RecursionError):
        raise CarrierError("The carrier's answer cannot be read.") from None
    if not isinstance(found, dict):
        raise CarrierError("The carrier's answer is no object.")
    return found


def items_of(found: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the objects of a list in an answer."""
    items = found.get(name)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def part_of(found: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return an object inside of an answer; empty where there is none."""
    part = found.get(name)
    return part if isinstance(part, dict) else {}


def text_of(found: Mapping[str, Any], *names: str) -> str:
    """Return the first of these fields that holds a text or a number."""
    for name in names:
        value = found.get(name)
        if isinstance(value, (str, int, float)) and not isinstance(value, bool) and value != "":
            return str(value)
    return ""


def call_named(found: Mapping[str, Any], *names: str) -> str:
    """Return the id of a call that was placed; raises ``carrier.failed`` where the answer names none."""
    call = text_of(found, *names)
    if not call:
        raise CarrierError("The carrier's answer names no call.")
    return call


def stands(read: Callable[[], StatusReport]) -> StatusReport:
    """Read how a call stands from an answer; what cannot be understood is the carrier's failure, not a webhook's."""
    try:
        return read()
    except WebhookMalformed as error:
        raise CarrierError(f"The carrier's answer cannot be understood: {error.message}") from None
