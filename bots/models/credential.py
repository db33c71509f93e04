"""Secrets of outside services, readable only by the code that calls those services (DEP-12)."""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class UnreadableCredential(Exception):
    """The stored secret cannot be opened with any configured key."""

    code = "credential.unreadable"


def cipher() -> MultiFernet:
    """The cipher over ``VOICE["ENCRYPTION_KEYS"]`` (newest first), or over a key derived from ``SECRET_KEY``."""
    keys: list[str] = list(settings.VOICE.get("ENCRYPTION_KEYS") or [])
    if not keys:
        digest = hashlib.sha256(b"voice credentials" + settings.SECRET_KEY.encode()).digest()
        keys = [base64.urlsafe_b64encode(digest).decode()]
    return MultiFernet([Fernet(key) for key in keys])


class Credential(models.Model):
    """A named secret of one provider, stored encrypted; forms write it and never show it."""

    name = models.SlugField(_("name"), max_length=64, unique=True, help_text=_("Bots refer to the secret by it."))
    provider = models.CharField(_("provider"), max_length=64)
    encrypted = models.BinaryField(editable=False)
    last4 = models.CharField(_("ends with"), max_length=4, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("credential")
        verbose_name_plural = _("credentials")
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} (…{self.last4})" if self.last4 else self.name

    def __repr__(self) -> str:
        return f"<Credential {self.name}>"

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "encrypted": b""}

    def set_secret(self, secret: str) -> None:
        """Replace the secret; short secrets show no ending."""
        self.encrypted = cipher().encrypt(secret.encode())
        self.last4 = secret[-4:] if len(secret) >= 12 else ""

    def secret(self) -> str:
        """The secret in clear. Raises UnreadableCredential when no key opens it."""
        try:
            return cipher().decrypt(bytes(self.encrypted)).decode()
        except InvalidToken:
            raise UnreadableCredential(f"Credential {self.name} cannot be opened with the configured keys.") from None
