"""Where tools may not go, in every way it can be written (reliability S3, G10)."""

import pytest

from bots.engine.tools.egress.errors import EgressRefused, EgressUnreachable
from bots.engine.tools.egress.guard import EgressGuard
from bots.engine.tools.egress.policy import EgressPolicy, address_of, is_public

INSIDE = [
    "0.0.0.0", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.5.4", "192.168.1.1",  # noqa: S104 (refused)
    "169.254.169.254", "100.100.100.200",
    "0.1.2.3", "255.255.255.255", "224.0.0.1", "240.0.0.1", "192.0.0.192", "198.18.0.1", "192.88.99.1",
    "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1",
    "100::1", "5f00::1",
]  # fmt: skip
DISGUISED = [
    "2130706433", "0x7f000001", "0x7f.1", "127.1", "127.0.1", "0177.0.0.1", "010.0.0.1", "127.0.0.1.", "017700000001",
    "127.0.0.0x1", "1.2.3.4.5", "256.1.1.1", "localhost", "LOCALHOST", "api.localhost", "printer.local", "metadata",
    "metadata.google.internal", "a.internal", "router.lan", "1.0.0.127.in-addr.arpa", "-a.example.com",
    "a..example.com",
    "example.com.", "exa mple.com", "ex%61mple.com", "fe80::1%eth0", "①②⑦.⓪.⓪.①", "example.com\\@127.0.0.1", "",
]  # fmt: skip


async def nowhere(host: str, port: int) -> list[str]:
    raise AssertionError(f"{host} was resolved")


@pytest.mark.parametrize("host", [*INSIDE, *DISGUISED])
async def test_what_leads_inside_is_refused_before_anything_is_looked_up(host: str) -> None:
    with pytest.raises(EgressRefused) as caught:
        await EgressGuard(EgressPolicy(), nowhere).addresses("http", host, None)
    assert caught.value.code == "tool.egress_refused"
    assert host not in caught.value.message or not host


@pytest.mark.parametrize("address", INSIDE)
async def test_a_name_that_leads_inside_is_refused_even_beside_a_public_address(address: str) -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["93.184.215.14", address]

    with pytest.raises(EgressRefused):
        await EgressGuard(EgressPolicy(), mixed).addresses("https", "example.com", None)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    found = address_of(address)
    assert found is not None and is_public(found)


@pytest.mark.parametrize(
    ("scheme", "port"), [("ftp", None), ("file", None), ("gopher", 80), ("http", 22), ("https", 8080)]
)
async def test_only_the_web_on_its_ports(scheme: str, port: int | None) -> None:
    with pytest.raises(EgressRefused):
        await EgressGuard(EgressPolicy(), nowhere).addresses(scheme, "example.com", port)


async def test_the_deployment_may_allow_hosts_by_name_and_port() -> None:
    async def inside(host: str, port: int) -> list[str]:
        return ["10.1.2.3"]

    guard = EgressGuard(EgressPolicy.of(["CRM.internal:8080", "10.0.0.7", "[::1]:9000", " "]), inside)
    assert await guard.addresses("http", "crm.internal", 8080) == ["10.1.2.3"]
    assert await guard.addresses("http", "10.0.0.7", None) == ["10.0.0.7"]
    assert await guard.addresses("http", "::1", 9000) == ["::1"]
    for host, port in (("crm.internal", 8081), ("crm.internal", None), ("10.0.0.7", 8080), ("10.0.0.8", None)):
        with pytest.raises(EgressRefused):
            await guard.addresses("http", host, port)


async def test_a_name_that_nobody_knows_is_unreachable() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError

    async def empty(host: str, port: int) -> list[str]:
        return []

    for resolver in (unknown, empty):
        with pytest.raises(EgressUnreachable):
            await EgressGuard(EgressPolicy(), resolver).addresses("https", "example.com", None)


async def test_a_name_is_looked_up_once_for_each_request_and_only_its_first_addresses_are_tried() -> None:
    asked = []

    async def resolver(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return [f"8.8.8.{number}" for number in range(9)]

    found = await EgressGuard(EgressPolicy(), resolver).addresses("https", "Example.COM", None)
    assert asked == [("example.com", 443)]
    assert found == ["8.8.8.0", "8.8.8.1", "8.8.8.2", "8.8.8.3"]
