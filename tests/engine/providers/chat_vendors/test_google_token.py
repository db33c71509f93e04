"""Access tokens of a service account: signed here, fetched, kept, renewed early."""

from __future__ import annotations

import base64
import json
import urllib.parse
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from bots.engine.errors import EngineError
from bots.engine.providers.chat_vendors.google_token import SCOPE, GoogleToken, read_account, signed_claim
from bots.engine.providers.chat_vendors.services import GoogleVertexLLMService
from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.testing.servers.chat import ChatFake
from bots.engine.testing.servers.loopback import Exchange, loopback
from bots.engine.testing.servers.reply import ModelReply
from tests.engine.providers.calls import in_a_call

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def account(token_uri: str = "", **more: Any) -> dict[str, Any]:
    return {
        "client_email": "bot@project",
        "private_key": pem(RSA),
        "private_key_id": "k1",
        "token_uri": token_uri,
        **more,
    }


def part(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def test_the_claim_is_signed_and_says_who_asks_for_what() -> None:
    head, claim, signature = signed_claim(account("https://token.example"), 1000).split(".")
    assert part(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    assert part(claim) == {
        "iss": "bot@project", "scope": SCOPE, "aud": "https://token.example", "iat": 1000, "exp": 4600,
    }  # fmt: skip
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    RSA.public_key().verify(raw, f"{head}.{claim}".encode(), padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize("key", ["no key", pem(ec.generate_private_key(ec.SECP256R1()))])
def test_a_key_that_is_none_is_refused_without_telling_it(key: str) -> None:
    with pytest.raises(EngineError) as caught:
        signed_claim(account(private_key=key), 0)
    assert caught.value.code == "llm.key_refused"
    assert key[:20] not in caught.value.message


def test_an_account_is_read_from_text_file_or_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "account.json"
    path.write_text(json.dumps(account()))
    assert read_account(json.dumps(account()))["client_email"] == "bot@project"
    assert read_account(None, str(path))["client_email"] == "bot@project"
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    assert read_account()["client_email"] == "bot@project"
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    with pytest.raises(BadLLMSetting, match="credentials"):
        read_account()
    with pytest.raises(BadLLMSetting, match="credentials_path"):
        read_account(None, str(tmp_path / "none.json"))
    for text in ("{", "[]", '{"client_email": "a"}'):
        with pytest.raises(EngineError) as caught:
            read_account(text)
        assert caught.value.code == "llm.key_refused"


@pytest.mark.network
async def test_a_token_is_fetched_once_and_renewed_before_its_end() -> None:
    now = [1000.0]

    async def grant(exchange: Exchange) -> None:
        form = urllib.parse.parse_qs(exchange.data.decode())
        assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        asked = part(form["assertion"][0].split(".")[1])["iat"]
        await exchange.answer(200, {"access_token": f"token-of-{asked}", "expires_in": 3600})

    async with loopback(grant, path="/token") as server:
        token = GoogleToken(account(server.url), lambda: now[0])
        assert [await token(), await token()] == ["token-of-1000", "token-of-1000"]
        now[0] += 3400
        assert await token() == "token-of-4400"
    assert len(server.exchanges) == 2


@pytest.mark.network
@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "invalid_grant"}, "llm.key_refused"),
        (200, {}, "llm.key_refused"),
        (200, None, "llm.key_refused"),
    ],
)
async def test_a_refused_account_is_told(status: int, body: Any, code: str) -> None:  # P15
    async def refuse(exchange: Exchange) -> None:
        await exchange.answer(status, body if body is not None else {"access_token": 5})

    async with loopback(refuse, path="/token") as server:
        with pytest.raises(EngineError) as caught:
            await GoogleToken(account(server.url), lambda: 0.0)()
    assert caught.value.code == code
    with pytest.raises(EngineError) as unreachable:
        await GoogleToken(account(server.url), lambda: 0.0)()
    assert unreachable.value.code == "llm.unreachable"


@pytest.mark.network
async def test_vertex_speaks_with_its_token_and_says_when_it_gets_none() -> None:
    async def grant(exchange: Exchange) -> None:
        await exchange.answer(200, {"access_token": "ya29.fake", "expires_in": 3600})

    async def refuse(exchange: Exchange) -> None:
        await exchange.answer(403, {})

    for play, said, codes in ((grant, "Lima.", []), (refuse, "Sorry.", ["llm.key_refused"])):
        async with (
            loopback(play, path="/token") as granting,
            ChatFake([ModelReply(text="Lima.")], preset=PRESETS["vertex"], key="ya29.fake").running() as fake,
        ):
            service = GoogleVertexLLMService(
                credentials=json.dumps(account(granting.url)), project_id="p", base_url=fake.url, apology="Sorry."
            )
            call = await in_a_call(service)
        assert (call.said, call.codes, fake.problems) == (said, codes, [])
