"""Resolves a host once and says which addresses to connect to, so that nothing can change its mind in between."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from .errors import EgressUnreachable
from .policy import EgressPolicy, address_of

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a name; raises ``OSError`` when there is none."""
MOST_ADDRESSES = 4


async def system_resolver(host: str, port: int) -> list[str]:
    """Ask the system for a host's addresses."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class EgressGuard:
    """Turns an address of the web into addresses that may be connected to (DNS rebinding has no second look)."""

    def __init__(self, policy: EgressPolicy, resolver: Resolver = system_resolver) -> None:
        self._policy, self._resolver = policy, resolver

    async def addresses(self, scheme: str, host: str, port: int | None) -> list[str]:
        """Return the addresses to try, in order. Errors: ``tool.egress_refused``, ``tool.unreachable``."""
        host = host.lower()
        wanted = self._policy.check(scheme, host, port)
        address = address_of(host)
        if address is not None:
            return [str(address)]
        try:
            found = await self._resolver(host, wanted)
        except (OSError, UnicodeError):
            raise EgressUnreachable("The tool's host cannot be found.") from None
        if not found:
            raise EgressUnreachable("The tool's host cannot be found.")
        return self._policy.check_resolved(host, wanted, found)[:MOST_ADDRESSES]
