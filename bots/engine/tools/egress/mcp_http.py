"""The guard for the HTTP client that the `mcp` package uses (reliability A11, S3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2

from .errors import EgressTooLarge
from .guard import EgressGuard
from .transport import trust

MAX_ANSWER = 4 * 1024 * 1024
STREAM = "text/event-stream"


class _Counted(httpx2.AsyncByteStream):
    """An answer that ends with an error when it grows too large."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for chunk in self._inner:
            seen += len(chunk)
            if seen > MAX_ANSWER:
                raise EgressTooLarge(f"The MCP server answers more than {MAX_ANSWER} bytes.")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


class GuardedMCPTransport(httpx2.AsyncBaseTransport):
    """Connects to the addresses the guard gives; TLS is still checked against the name."""

    def __init__(self, guard: EgressGuard) -> None:
        self._guard = guard
        self._inner = httpx2.AsyncHTTPTransport(verify=trust(), trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; raises ``tool.egress_refused``."""
        url = request.url
        address, *_ = await self._guard.addresses(url.scheme, url.host, url.port)
        pinned = httpx2.Request(
            request.method,
            url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": url.host},
        )
        response = await self._inner.handle_async_request(pinned)
        if not response.headers.get("content-type", "").startswith(STREAM):
            response.stream = _Counted(response.stream)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


def mcp_http_client(guard: EgressGuard, headers: Mapping[str, str], timeout: Any = None) -> httpx2.AsyncClient:
    """Return a client for one connection; whoever takes it closes it."""
    return httpx2.AsyncClient(
        transport=GuardedMCPTransport(guard),
        headers={"Accept-Encoding": "identity", **headers},
        timeout=timeout or httpx2.Timeout(10.0, read=300.0),
        follow_redirects=False,
        trust_env=False,
    )
