"""Whether a carrier sent a request (reliability T1, T2, T8): genuine ones pass, everything else does not."""

from __future__ import annotations

import base64
import dataclasses
import random
from collections.abc import Callable

import pytest

from telephony.carriers import CARRIERS, carrier_named
from telephony.carriers.base import AccountAccess, WebhookRequest
from telephony.carriers.errors import WebhookRefused

from .requests import FORM, KEYS, NOW, Sent, some_request, some_text

SIGNING = ("twilio", "telnyx", "plivo")
HOW_MANY = 2000


def passes(carrier: str, request: WebhookRequest, account: AccountAccess, now: float = NOW) -> bool:
    try:
        carrier_named(carrier).verify(request, account, now)
    except WebhookRefused as error:
        assert error.code == "webhook.unsigned"
        return False
    return True


def other_value(sent: Sent, chance: random.Random) -> None:
    place = chance.randrange(len(sent.pairs))
    sent.pairs[place] = (sent.pairs[place][0], sent.pairs[place][1] + "x")


def extra_field(sent: Sent, chance: random.Random) -> None:
    sent.pairs.append(("Extra", some_text(chance)))


def missing_field(sent: Sent, chance: random.Random) -> None:
    sent.pairs.pop(chance.randrange(len(sent.pairs)))


def other_key(sent: Sent, chance: random.Random) -> None:
    sent.secret = str((int(sent.secret) + 1) % len(KEYS)) if sent.carrier == "telnyx" else sent.secret + "x"


def missing_header(sent: Sent, chance: random.Random) -> None:
    sent.headers.pop(chance.choice(sorted(sent.headers)))


def broken_header(sent: Sent, chance: random.Random) -> None:
    name = min(sent.headers)
    value = sent.headers[name]
    place = chance.randrange(len(value) - 4)
    sent.headers[name] = value[:place] + ("A" if value[place] != "A" else "B") + value[place + 1 :]


def nonsense_header(sent: Sent, chance: random.Random) -> None:
    for name in sent.headers:
        sent.headers[name] = some_text(chance, 60)


def other_address(sent: Sent, chance: random.Random) -> None:
    sent.url = sent.url.replace("/voice", "/status")


def other_host(sent: Sent, chance: random.Random) -> None:
    sent.url = sent.url.replace("voice.example", "evil.example")


def other_scheme(sent: Sent, chance: random.Random) -> None:
    sent.url = sent.url.replace("https:", "http:")


def extra_query(sent: Sent, chance: random.Random) -> None:
    sent.url += ("&" if "?" in sent.url else "?") + "more=1"


def other_nonce(sent: Sent, chance: random.Random) -> None:
    name = {"plivo": "x-plivo-signature-v3-nonce", "telnyx": "telnyx-timestamp"}.get(sent.carrier)
    if name is None:
        broken_header(sent, chance)
    else:
        sent.headers[name] = str(int(sent.headers[name]) + 1)


def too_old(sent: Sent, chance: random.Random) -> None:
    sent.stamp = int(NOW) + chance.choice([-1, 1]) * chance.randint(301, 10**8)
    sent.sign()


ANYWHERE: list[Callable[[Sent, random.Random], None]] = [
    other_key, missing_header, broken_header, nonsense_header, other_nonce,
]  # fmt: skip
OF_THE_FORM = [other_value, extra_field, missing_field]
OF_THE_ADDRESS = [other_address, other_host, other_scheme, extra_query]


def forge(sent: Sent, chance: random.Random) -> None:
    """Change a genuine request in one way that its carrier's signature covers."""
    ways = list(ANYWHERE)
    if sent.method == "POST":
        ways += OF_THE_FORM
    ways += [too_old] if sent.carrier == "telnyx" else OF_THE_ADDRESS
    chance.choice(ways)(sent, chance)


@pytest.mark.parametrize("carrier", SIGNING)
def test_genuine_requests_pass_and_forged_ones_do_not(carrier: str) -> None:
    """Reliability T1: of 2,000 each none is refused wrongly and none accepted wrongly."""
    chance = random.Random(f"signatures of {carrier}")
    refused, accepted = [], []
    for _ in range(HOW_MANY):
        sent = some_request(carrier, chance)
        if not passes(carrier, sent.request(), sent.account()):
            refused.append(sent)
        forge(sent, chance)
        if passes(carrier, sent.request(), sent.account()):
            accepted.append(sent)
    assert refused == []
    assert accepted == []


def test_a_key_in_the_address_passes_and_nothing_else_does() -> None:
    """Reliability T1 for Exotel, which signs nothing."""
    chance = random.Random("keys of exotel")
    for _ in range(HOW_MANY):
        sent = some_request("exotel", chance)
        assert passes("exotel", sent.request(), sent.account())
        chance.choice([other_key, other_scheme, _no_key, _two_keys, _longer_key])(sent, chance)
        account = dataclasses.replace(sent.account(), hook_key=sent.secret)
        assert not passes("exotel", sent.request(), account)


def _no_key(sent: Sent, chance: random.Random) -> None:
    sent.url = sent.url.replace("key=", chance.choice(["Key=", "keys=", "k="]))


def _two_keys(sent: Sent, chance: random.Random) -> None:
    sent.url += "&key=" + some_text(chance).replace("&", "").replace("#", "")


def _longer_key(sent: Sent, chance: random.Random) -> None:
    sent.url += "0"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_an_account_without_secrets_accepts_nothing(carrier: str) -> None:
    sent = some_request(carrier, random.Random(1))
    assert not passes(carrier, sent.request(), AccountAccess("main", "AC1"))
    empty = AccountAccess("main", "AC1", {"auth_token": "", "public_key": ""})
    assert not passes(carrier, sent.request(), empty)


def test_twilio_s_own_examples_pass() -> None:
    """From Twilio's "Webhooks Security" and the tests of its libraries: a form, repeated fields, a JSON body."""
    account = AccountAccess("main", "AC1", {"auth_token": "12345"})
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = {
        "CallSid": ["CA1234567890ABCDE"], "Caller": ["+14158675309"], "Digits": ["1234"], "From": ["+14158675309"],
        "To": ["+18005551212"],
    }  # fmt: skip

    def request(form: dict[str, list[str]], signature: str) -> WebhookRequest:
        headers = {"content-type": FORM, "x-twilio-signature": signature}
        return WebhookRequest("POST", url, headers, b"body", form, {"foo": ["1"], "bar": ["2"]})

    assert passes("twilio", request(form, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), account)
    assert not passes("twilio", request(form | {"Digits": ["9"]}, "RSOYDt4T1cUTdK1PDd93/VVr8B8="), account)
    repeated = {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234", "1234"]}
    assert passes("twilio", request(repeated, "IK+Dwps556ElfBT0I3Rgjkr1wJU="), account)


def test_a_json_body_counts_only_with_its_digest_in_the_address() -> None:
    """Twilio's "Webhooks Security": ``bodySHA256`` is in the signed address."""
    import hashlib

    body = b'{"property": "value", "boolean": true}'
    account = AccountAccess("main", "AC1", {"auth_token": "12345"})

    def request(digest: str, body: bytes) -> WebhookRequest:
        url = "https://voice.example/telephony/main/voice" + (f"?bodySHA256={digest}" if digest else "")
        sent = Sent("twilio", url, [], "12345").sign()
        headers = {"content-type": "application/json", **sent.headers}
        query = {"bodySHA256": [digest]} if digest else {}
        return WebhookRequest("POST", url, headers, body, {}, query)

    digest = hashlib.sha256(body).hexdigest()
    assert passes("twilio", request(digest, body), account)
    assert not passes("twilio", request(digest, body + b" "), account)
    assert not passes("twilio", request("", body), account)


PLIVO_FIELDS = {
    "Direction": "outbound", "From": "19792014278", "ALegUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "CallStatus": "in-progress", "BillRate": "0.002", "ParentAuthID": "MANWVLYTK4ZWU1YTY4QA",
    "To": "sip:PlivoSignature382029104058171078704104@phone-qa.voice.plivodev.com",
    "ALegRequestUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36", "CallUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "RequestUUID": "3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "SIP-H-To": "<sip:PlivoSignature382029104058171078704104@52.9.11.55;transport=udp>;tag=1",
    "SessionStart": "2020-04-08 11:34:33.238707", "Event": "StartApp",
}  # fmt: skip


@pytest.mark.parametrize(
    ("method", "query", "signature"),
    [
        ("POST", {"a": ["b"], "c": ["d"]}, "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c="),
        ("GET", {"a": ["b"], "c": ["d"]}, "UBq8jAtd32wR8EK9VgxbBn4n5rpI/l1H9iN4WfSEHFQ="),
        ("POST", {}, "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="),
        ("GET", {}, "i/MQsaQSAd6fiKhOh2qeeeLHZ9faldADSb3/7+Akfbc="),
    ],
)
def test_plivo_s_own_examples_pass(method: str, query: dict[str, list[str]], signature: str) -> None:
    """From the tests of Plivo's Go library; several signatures in one header are several tokens in use."""
    account = AccountAccess("main", "MA1", {"auth_token": "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4"})
    fields = {name: [value] for name, value in PLIVO_FIELDS.items()}
    is_post = method == "POST"

    def request(header: str) -> WebhookRequest:
        return WebhookRequest(
            method,
            "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml" + ("/?a=b&c=d" if query else ""),
            {"x-plivo-signature-v3": header, "x-plivo-signature-v3-nonce": "31627761595286130198"},
            b"body" if is_post else b"",
            fields if is_post else {},
            query if is_post else {**query, **fields},
        )

    assert passes("plivo", request(signature), account)
    assert passes("plivo", request(f"aGVsbG8=, {signature}"), account)
    assert not passes("plivo", request("aGVsbG8="), account)
    assert not passes("plivo", request(",".join(["aGVsbG8="] * 8 + [signature])), account)


def test_telnyx_s_key_may_be_wrong_without_harm() -> None:
    sent = some_request("telnyx", random.Random(3))
    for key in ("", "no base64!", base64.b64encode(b"short").decode(), "ä" * 44):
        assert not passes("telnyx", sent.request(), AccountAccess("main", "1", {"public_key": key}))


@pytest.mark.parametrize("stamp", ["", "x", "-5", "1e9", "９", "9" * 40, " 1780000000"])
def test_a_time_that_cannot_be_read_is_refused(stamp: str) -> None:
    """Reliability T2."""
    sent = some_request("telnyx", random.Random(4))
    sent.headers["telnyx-timestamp"] = stamp
    assert not passes("telnyx", sent.request(), sent.account())


def test_telnyx_is_heard_five_minutes_and_not_longer() -> None:
    """Reliability T2: a genuine message that comes again later is a copy."""
    sent = some_request("telnyx", random.Random(5))
    for age, is_heard in ((0, True), (300, True), (301, False), (-300, True), (-301, False)):
        assert passes("telnyx", sent.request(), sent.account(), sent.stamp + age) is is_heard


def test_a_body_that_no_signature_covers_is_refused() -> None:
    for carrier in ("twilio", "plivo"):
        sent = some_request(carrier, random.Random(6))
        sent.pairs, sent.method = [], "POST"
        bare = sent.sign().request()
        assert passes(carrier, dataclasses.replace(bare, headers=sent.headers), sent.account())
        smuggled = dataclasses.replace(bare, headers={"content-type": "text/plain", **sent.headers}, body=b"CallSid=1")
        assert not passes(carrier, smuggled, sent.account())


def test_without_https_a_key_is_heard_only_where_carriers_are_emulated(settings: object) -> None:
    sent = some_request("exotel", random.Random(7))
    other_scheme(sent, random.Random(7))
    assert not passes("exotel", sent.request(), sent.account())
    settings.VOICE = {**settings.VOICE, "CARRIER_EMULATOR": "http://127.0.0.1:9"}  # type: ignore[attr-defined]
    assert passes("exotel", sent.request(), sent.account())
