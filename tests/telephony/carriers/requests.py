"""Requests as carriers would send them, signed by code that shares nothing with what checks them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import string
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from telephony.carriers.base import AccountAccess, WebhookRequest

NOW = 1_780_000_000.0
FORM = "application/x-www-form-urlencoded"
CANARY = "c4n4ry-7ab91f"
KEYS = [Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32) for seed in range(1, 9)]


def public_half(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return base64.b64encode(raw).decode()


@dataclass
class Sent:
    """What a carrier sends, before it is signed."""

    carrier: str
    url: str
    pairs: list[tuple[str, str]]
    secret: str
    method: str = "POST"
    nonce: str = "5"
    stamp: int = int(NOW)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return urlencode(self.pairs).encode() if self.method == "POST" else b""

    def sign(self) -> Sent:
        self.headers = SIGNERS[self.carrier](self)
        return self

    def request(self) -> WebhookRequest:
        form: dict[str, list[str]] = {}
        for name, value in self.pairs if self.method == "POST" else ():
            form.setdefault(name, []).append(value)
        query = parse_qs(urlsplit(self.url).query, keep_blank_values=True)
        return WebhookRequest(
            self.method, self.url, {"content-type": FORM, **self.headers}, self.body, form, query
        )  # fmt: skip

    def account(self) -> AccountAccess:
        secrets = {"auth_token": self.secret, "api_key": self.secret}
        if self.carrier == "telnyx":
            secrets["public_key"] = public_half(KEYS[int(self.secret)])
        return AccountAccess("main", "AC1", secrets, hook_key=self.secret)


def _twilio(sent: Sent) -> dict[str, str]:
    text = sent.url + "".join(name + value for name, value in sorted(set(sent.pairs)) if sent.method == "POST")
    digest = hmac.new(sent.secret.encode(), text.encode(), hashlib.sha1).digest()
    return {"x-twilio-signature": base64.b64encode(digest).decode()}


def _telnyx(sent: Sent) -> dict[str, str]:
    signature = KEYS[int(sent.secret)].sign(b"%d|" % sent.stamp + sent.body)
    return {
        "telnyx-signature-ed25519": base64.b64encode(signature).decode(), "telnyx-timestamp": str(sent.stamp),
    }  # fmt: skip


def _plivo(sent: Sent) -> dict[str, str]:
    parts = urlsplit(sent.url)
    text = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = "&".join("=".join(pair) for pair in sorted(parse_qsl(parts.query, keep_blank_values=True)))
    body = "".join(name + value for name, value in sorted(sent.pairs)) if sent.method == "POST" else ""
    if query or body:
        text += "?" + ".".join(part for part in (query, body) if part)
    digest = hmac.new(sent.secret.encode(), f"{text}.{sent.nonce}".encode(), hashlib.sha256).digest()
    return {
        "x-plivo-signature-v3": base64.b64encode(digest).decode(), "x-plivo-signature-v3-nonce": sent.nonce
    }  # fmt: skip


SIGNERS = {"twilio": _twilio, "telnyx": _telnyx, "plivo": _plivo, "exotel": lambda sent: {}}


def some_text(chance: random.Random, most: int = 12) -> str:
    letters = string.ascii_letters + string.digits + " +&=%.äß漢🙂\"'<>"
    return "".join(chance.choices(letters, k=chance.randint(1, most)))


def some_request(carrier: str, chance: random.Random) -> Sent:
    """A genuine request: an address of ours with or without fields, some fields, a secret."""
    secret = str(chance.randrange(len(KEYS))) if carrier == "telnyx" else some_text(chance, 40)
    fields: list[tuple[str, str]] = [(some_text(chance), some_text(chance)) for _ in range(chance.randrange(3))]
    if carrier == "exotel":
        fields.append(("key", secret))
    query = urlencode(fields)
    url = f"https://voice.example/telephony/{chance.randrange(99)}/voice" + (f"?{query}" if query else "")
    names = ["CallSid", "From", "To", "CallStatus", "Direction", some_text(chance)]
    pairs = [(name, some_text(chance, 30)) for name in chance.sample(names, chance.randint(1, len(names)))]
    method = "POST" if carrier == "telnyx" else chance.choice(["POST", "POST", "GET"])
    stamp = int(NOW) + chance.randint(-299, 299)
    return Sent(carrier, url, pairs, secret, method, str(chance.randrange(10**12)), stamp).sign()
