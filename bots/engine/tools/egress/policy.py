"""Where tools may connect to: public addresses, and what the deployment names (reliability S3)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from .errors import EgressRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = {"http": 80, "https": 443}
# Public by registration, but a way into other networks: compatible, NAT64, Teredo, 6to4, and documentation ranges.
_DENIED = [
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    )
]  # fmt: skip
_NAME = re.compile(
    r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def address_of(text: str) -> IPAddress | None:
    """Return an address that is written as one; None for a name. Error: a zone, which no server has."""
    if "%" in text:
        raise EgressRefused("The address names a network interface.")
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def is_public(address: IPAddress) -> bool:
    """Whether an address belongs to the public network, and to nothing else by another name."""
    mapped = getattr(address, "ipv4_mapped", None)
    if mapped is not None:
        return is_public(mapped)
    return address.is_global and not address.is_multicast and not any(address in network for network in _DENIED)


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """What the deployment allows beside public addresses on the ports 80 and 443.

    ``allowed`` are hosts as ``crm.internal``, ``crm.internal:8080`` or ``10.0.0.7:8080``; without a port the usual ones
    are meant. A name that is allowed may resolve to any address.
    """

    allowed: frozenset[str] = frozenset()
    ports: frozenset[int] = frozenset(PORTS.values())

    @classmethod
    def of(cls, hosts: Iterable[str]) -> EgressPolicy:
        """Make a policy from a deployment's list."""
        return cls(frozenset(host.strip().lower() for host in hosts if host.strip()))

    def allows(self, host: str, port: int) -> bool:
        """Whether the deployment names this host and port."""
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{port}" in self.allowed or (shown in self.allowed and port in self.ports)

    def check(self, scheme: str, host: str, port: int | None) -> int:
        """Return the port to connect to; raises ``tool.egress_refused`` for what may never be connected to."""
        if scheme not in PORTS:
            raise EgressRefused("Tools use http and https only.")
        port = port or PORTS[scheme]
        address = address_of(host)
        if self.allows(host, port):
            return port
        if port not in self.ports:
            raise EgressRefused(f"Tools may use the ports {' and '.join(map(str, sorted(self.ports)))} only.")
        if address is None:
            _check_name(host)
        elif not is_public(address):
            raise EgressRefused("Tools may not reach addresses inside a network.")
        return port

    def check_resolved(self, host: str, port: int, addresses: Iterable[str]) -> list[str]:
        """Return the addresses of a name; if only one of them is inside a network, the name is refused."""
        found = list(addresses)
        if not self.allows(host, port):
            for text in found:
                address = address_of(text)
                if address is None or not is_public(address):
                    raise EgressRefused("The host's name leads to an address inside a network.")
        return found


def _check_name(host: str) -> None:
    """Refuse names that another parser may read as an address, and those that never leave a network."""
    last = host.rpartition(".")[2]
    if not _NAME.fullmatch(host) or _NUMBER.fullmatch(last):
        raise EgressRefused("The host is neither a plain name nor a plain address.")
    if "." not in host or last in ("localhost", "local", "internal", "localdomain", "home", "lan", "arpa"):
        raise EgressRefused("The host is a name inside a network.")
