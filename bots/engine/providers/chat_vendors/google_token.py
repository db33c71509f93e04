"""Access tokens of a Google service account: signed here, fetched over HTTPS, kept until shortly before their end."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bots.engine.providers.connections import trusted_certificates
from bots.engine.services.llm_failures import BadLLMSetting, ChatKeyRefused, ChatUnreachable, CompletionTimeout

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
GRANTING_SERVER = "https://oauth2.googleapis.com/token"
LIFE_SECS = 3600
EARLY_SECS = 300.0
"""A token is renewed this long before its end."""
FETCH_SECS = 5.0


def read_account(credentials: str | None = None, credentials_path: str | None = None) -> dict[str, Any]:
    """Return the service account: given as JSON text, as a file, or as the file the environment names.

    Raises ``llm.setting`` where none is given, ``llm.key_refused`` where it is not one.
    """
    text = credentials
    if not text:
        path = credentials_path or os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
        if not path:
            raise BadLLMSetting("credentials or credentials_path of the service account is missing.")
        try:
            text = Path(path).read_text("utf-8")
        except OSError as error:
            raise BadLLMSetting("credentials_path cannot be read.") from error
    try:
        account = json.loads(text)
    except ValueError as error:
        raise ChatKeyRefused("The service account is not valid JSON.") from error
    if not isinstance(account, dict) or not all(
        isinstance(account.get(n), str) for n in ("client_email", "private_key")
    ):
        raise ChatKeyRefused("The service account lacks client_email or private_key.")
    return account


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed_claim(account: Mapping[str, Any], now: int) -> str:
    """Return the signed request for a token (RS256), valid for one hour from ``now``, Unix seconds."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    try:
        key = serialization.load_pem_private_key(account["private_key"].encode(), password=None)
    except (ValueError, TypeError) as error:
        raise ChatKeyRefused("The service account's private key cannot be read.") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ChatKeyRefused("The service account's private key is not an RSA key.")
    claim = {
        "iss": account["client_email"], "scope": SCOPE, "aud": account.get("token_uri") or GRANTING_SERVER,
        "iat": now, "exp": now + LIFE_SECS,
    }  # fmt: skip
    head = {"alg": "RS256", "typ": "JWT", "kid": account.get("private_key_id") or ""}
    text = f"{_part(json.dumps(head).encode())}.{_part(json.dumps(claim).encode())}"
    return f"{text}.{_part(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class GoogleToken:
    """Gives a valid token whenever it is asked; fetches a new one only when the old one is about to end.

    ``now`` returns Unix seconds. Errors: ``llm.key_refused``, ``llm.unreachable``, ``llm.timeout``.
    """

    def __init__(self, account: Mapping[str, Any], now: Callable[[], float]) -> None:
        self._account, self._now = account, now
        self._token, self._until = "", 0.0
        self._fetching = asyncio.Lock()

    async def __call__(self) -> str:
        """Return a token."""
        async with self._fetching:
            if not self._token or self._now() >= self._until - EARLY_SECS:
                self._token, self._until = await self._fetch()
            return self._token

    async def _fetch(self) -> tuple[str, float]:
        import httpx2

        now = self._now()
        claim = await asyncio.to_thread(signed_claim, self._account, int(now))
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": claim}
        try:
            async with httpx2.AsyncClient(verify=trusted_certificates(), timeout=FETCH_SECS) as client:
                answer = await client.post(self._account.get("token_uri") or GRANTING_SERVER, data=form)
                told = answer.json() if answer.status_code == 200 else {}
        except httpx2.TimeoutException as error:
            raise CompletionTimeout("Google gave no access token in time.", retryable=True) from error
        except httpx2.HTTPError as error:
            raise ChatUnreachable("Google's server for access tokens cannot be reached.", retryable=True) from error
        except ValueError as error:
            raise ChatUnreachable("Google's server for access tokens cannot be understood.", retryable=True) from error
        token, life = told.get("access_token"), told.get("expires_in", LIFE_SECS)
        if not isinstance(token, str) or not token:
            raise ChatKeyRefused("Google does not accept the service account.")
        return token, now + (float(life) if isinstance(life, int | float) else LIFE_SECS)
