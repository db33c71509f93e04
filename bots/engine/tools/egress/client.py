"""The HTTP client of tools: no redirects, no proxies, limits of size and time (reliability A11, S3)."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .errors import EgressRedirected, EgressRefused, EgressTimeout, EgressTooLarge, EgressUnreachable
from .guard import EgressGuard, Resolver, system_resolver
from .policy import EgressPolicy

if TYPE_CHECKING:
    import httpx

CONNECT_S = 3.0
USER_AGENT = "voiceapp"


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """One request: ``timeout_s`` seconds from connecting to the last byte, at most ``max_bytes`` of answer."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    timeout_s: float = 5.0
    max_bytes: int = 32_768


@dataclass(frozen=True, slots=True)
class EgressResponse:
    """A complete answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class EgressClient:
    """Sends requests of tools and webhooks; connections are kept until :meth:`aclose`.

    ``resolver`` and ``transport`` are the seams to the network.
    """

    def __init__(
        self,
        policy: EgressPolicy | None = None,
        *,
        resolver: Resolver = system_resolver,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.guard = EgressGuard(policy or EgressPolicy(), resolver)
        self._inner = transport
        self._client: httpx.AsyncClient | None = None

    async def send(self, request: EgressRequest) -> EgressResponse:
        """Send a request and return the whole answer, whatever its status, unless that is a redirect.

        Errors: ``tool.egress_refused``, ``tool.unreachable``, ``tool.timeout``, ``tool.response_too_large``,
        ``tool.redirected``.
        """
        if self._client is None:
            await asyncio.to_thread(load)
        import httpx

        try:
            async with asyncio.timeout(request.timeout_s):
                return await self._exchange(request)
        except (TimeoutError, httpx.TimeoutException):
            raise EgressTimeout("The tool's server did not answer in time.", retryable=True) from None
        except httpx.InvalidURL:
            raise EgressRefused("The tool's address cannot be read.") from None
        except httpx.TransportError:
            raise EgressUnreachable("The tool's server cannot be reached.", retryable=True) from None

    async def _exchange(self, request: EgressRequest) -> EgressResponse:
        import httpx

        given = {"User-Agent": USER_AGENT, **request.headers, "Accept-Encoding": "identity"}
        headers = {name.encode("ascii"): value.encode() for name, value in given.items()}
        url = httpx.URL(request.url)
        if url.userinfo:
            raise EgressRefused("The tool's address must not hold a password.")
        client = self._open()
        made = client.build_request(request.method, url, headers=headers, content=request.content)
        response = await client.send(made, stream=True, follow_redirects=False)
        try:
            if response.is_redirect:
                raise EgressRedirected("The tool's server redirects, which is not followed.")
            return EgressResponse(response.status_code, dict(response.headers), await _body_of(response, request))
        finally:
            await response.aclose()

    def _open(self) -> httpx.AsyncClient:
        import httpx

        from .transport import GuardedTransport

        if self._client is None:
            timeout = httpx.Timeout(None, connect=CONNECT_S)
            transport = GuardedTransport(self.guard, self._inner)
            self._client = httpx.AsyncClient(transport=transport, timeout=timeout, trust_env=False)
        return self._client

    async def aclose(self) -> None:
        """Close all connections; a later request opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def load() -> None:
    """Load the HTTP client and the certificates: a third of a second, once, off the loop."""
    importlib.import_module("bots.engine.tools.egress.transport").trust()


async def _body_of(response: httpx.Response, request: EgressRequest) -> bytes:
    """Read at most the bytes that are allowed; nothing is unpacked, so nothing can swell."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise EgressTooLarge("The tool's server sends packed data, which it was asked not to.")
    announced = response.headers.get("Content-Length", "")
    if announced.isdecimal() and int(announced[:20]) > request.max_bytes:
        raise EgressTooLarge(f"The tool's server answers more than {request.max_bytes} bytes.")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > request.max_bytes:
            raise EgressTooLarge(f"The tool's server answers more than {request.max_bytes} bytes.")
    return bytes(body)
