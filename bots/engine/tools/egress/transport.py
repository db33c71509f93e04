"""The guard as a transport of the HTTP client: a request goes to a checked address, under the name it was made for."""

from __future__ import annotations

import functools
import ssl

import httpx

from .guard import EgressGuard


@functools.cache
def trust() -> ssl.SSLContext:
    """Return the certificates this process trusts; reading them takes long enough to do it once and off the loop."""
    context = httpx.create_ssl_context(trust_env=False)
    httpx.AsyncHTTPTransport(verify=context, trust_env=False)  # loads what the first one loads
    return context


class GuardedTransport(httpx.AsyncBaseTransport):
    """Connects to the addresses the guard gives, first that answers; TLS is still checked against the name."""

    def __init__(self, guard: EgressGuard, inner: httpx.AsyncBaseTransport | None = None) -> None:
        self._guard = guard
        self._inner = inner or httpx.AsyncHTTPTransport(verify=trust(), trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises ``tool.egress_refused``."""
        url = request.url
        addresses = await self._guard.addresses(url.scheme, url.host, url.port)
        failure: httpx.TransportError | None = None
        for address in addresses:
            pinned = httpx.Request(
                request.method,
                url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": url.host},
            )
            try:
                return await self._inner.handle_async_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        assert failure is not None  # noqa: S101 (there is at least one address)
        raise failure

    async def aclose(self) -> None:
        await self._inner.aclose()
