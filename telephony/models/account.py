"""An account with a carrier; its secrets are stored encrypted and never shown (reliability S14)."""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import InvalidToken
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.models import UnreadableCredential
from bots.models.credential import cipher

from .carrier import CarrierName


def new_hook_key() -> str:
    """A secret for the addresses of carriers that sign nothing."""
    return secrets.token_urlsafe(24)


class CarrierAccount(models.Model):
    """Access to one carrier: its account id, its secrets (names as the carrier's package lists them), its state."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=40, unique=True, help_text=_("Part of the webhook addresses."))
    carrier = models.CharField(_("carrier"), max_length=16, choices=CarrierName.choices)
    account_id = models.CharField(_("account id"), max_length=80)
    region = models.CharField(
        _("region"), max_length=40, blank=True, help_text=_("Only where the carrier gave you one; see its console.")
    )
    encrypted = models.BinaryField(editable=False, default=b"")
    hook_key = models.CharField(max_length=48, default=new_hook_key, editable=False)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    checked_at = models.DateTimeField(_("checked"), null=True, blank=True, editable=False)
    check_code = models.CharField(max_length=80, blank=True, editable=False, help_text=_("Empty: the check went well."))
    check_sentence = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("carrier account")
        verbose_name_plural = _("carrier accounts")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_carrier_display()})"

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "encrypted": b"", "hook_key": ""}

    def set_secrets(self, values: Mapping[str, str]) -> None:
        """Replace the secrets."""
        self.encrypted = cipher().encrypt(json.dumps(dict(values)).encode())

    def secrets(self) -> dict[str, str]:
        """The secrets in clear. Raises UnreadableCredential when no configured key opens them."""
        if not self.encrypted:
            return {}
        try:
            found: dict[str, str] = json.loads(cipher().decrypt(bytes(self.encrypted)))
        except InvalidToken:
            raise UnreadableCredential(
                f"The secrets of {self.slug} cannot be opened with the configured keys."
            ) from None
        return found
