"""The form of a carrier account: every carrier's secrets are asked for, only the chosen carrier's are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bots.engine.errors import EngineError
from bots.models import UnreadableCredential
from telephony.carriers import CARRIERS, carrier_named
from telephony.carriers.base import AccountAccess, CredentialField
from telephony.carriers.carrier import Carrier
from telephony.models import CarrierAccount
from telephony.models.account import new_hook_key

SECRET, FORGET, NEW_KEY = "secret", "forget", "new_hook_key"
_PLAIN = re.compile(r"[\x21-\x7e]{1,2000}")


def secret_name(carrier: str, field: str) -> str:
    """The form field of a secret."""
    return f"{SECRET}__{carrier}__{field}"


def forget_name(carrier: str, field: str) -> str:
    """The form field that takes an optional secret away."""
    return f"{FORGET}__{carrier}__{field}"


def stored_secrets(account: CarrierAccount | None) -> Mapping[str, str]:
    """The secrets of an account as far as they can be opened."""
    try:
        return account.secrets() if account is not None and account.pk else {}
    except UnreadableCredential:
        return {}


def names_of(carrier: Carrier, account: CarrierAccount | None) -> list[str]:
    """The form fields of one carrier, in order; what is stored and not needed can be taken away."""
    names: list[str] = []
    stored = stored_secrets(account) if account is not None and account.carrier == carrier.name else {}
    for field in carrier.fields:
        names.append(secret_name(carrier.name, field.name))
        if not field.required and field.name in stored:
            names.append(forget_name(carrier.name, field.name))
    return [*names, NEW_KEY] if stored and not carrier.signs_webhooks else names


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    """Takes secrets and never shows one; an empty field keeps what is stored (reliability S14)."""

    new_hook_key = forms.BooleanField(
        label=_("Make a new key for the addresses"), required=False,
        help_text=_("The old addresses are refused at once: enter the new ones in the carrier's console."),
    )  # fmt: skip

    class Meta:
        model = CarrierAccount
        fields = ["name", "slug", "carrier", "account_id", "region", "is_enabled"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = stored_secrets(self.instance)
        for carrier, field in _fields():
            kept = carrier.name == self.instance.carrier and field.name in stored
            shown = self.fields[secret_name(carrier.name, field.name)]
            state = _("Stored. Empty: keep it.") if kept else ""
            shown.help_text = " ".join(str(part) for part in (field.help, state) if part)

    def _refuse_odd_texts(self, cleaned: Mapping[str, Any]) -> None:
        names = [name for name in self.fields if name.startswith(SECRET)]
        for name in [*names, "account_id"]:
            value = cleaned.get(name) or ""
            if value and not _PLAIN.fullmatch(value):
                self.add_error(name, _("This has a space, a line break or a letter that keys never have."))

    def clean(self) -> dict[str, Any]:
        """Every secret that the chosen carrier needs is there, new or stored; the region is one that it can have."""
        cleaned = super().clean() or {}
        self._refuse_odd_texts(cleaned)
        chosen = cleaned.get("carrier") or self.instance.carrier
        if chosen not in CARRIERS:
            return cleaned
        carrier = carrier_named(chosen)
        stored = stored_secrets(self.instance) if chosen == self.instance.carrier else {}
        kept: dict[str, str] = {}
        for field in carrier.fields:
            name = secret_name(chosen, field.name)
            forgotten = cleaned.get(forget_name(chosen, field.name))
            value = cleaned.get(name) or ("" if forgotten else stored.get(field.name, ""))
            if value:
                kept[field.name] = value
            elif field.required and name not in self.errors:
                self.add_error(name, _("%(carrier)s needs this.") % {"carrier": carrier.label})
        cleaned["secrets"] = kept
        self._check_region(carrier, cleaned, kept)
        return cleaned

    def _check_region(self, carrier: Carrier, cleaned: Mapping[str, Any], secrets: Mapping[str, str]) -> None:
        access = AccountAccess("", str(cleaned.get("account_id", "")), secrets, str(cleaned.get("region", "")))
        try:
            carrier.api(access)
        except EngineError as error:
            self.add_error("region", error.message)

    def save(self, commit: bool = True) -> CarrierAccount:
        """Encrypt and store; what was found out with other keys counts no more."""
        secrets = self.cleaned_data["secrets"]
        if secrets != stored_secrets(self.instance) or {"account_id", "region", "carrier"} & set(self.changed_data):
            self.instance.set_secrets(secrets)
            self.instance.checked_at = None
            self.instance.check_code = self.instance.check_sentence = ""
        if self.cleaned_data.get(NEW_KEY) and self.instance.pk:
            self.instance.hook_key = new_hook_key()
        found: CarrierAccount = super().save(commit)
        return found


def _fields() -> Iterator[tuple[Carrier, CredentialField]]:
    for name in CARRIERS:
        carrier = carrier_named(name)
        for field in carrier.fields:
            yield carrier, field


def _secret(field: CredentialField) -> forms.Field:
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "class": "vTextField"})
    return forms.CharField(label=field.label, help_text=field.help, required=False, strip=True, widget=widget)


def account_form() -> type[AccountForm]:
    """The form class with a field for every secret of every carrier."""
    fields: dict[str, forms.Field] = {}
    for carrier, field in _fields():
        fields[secret_name(carrier.name, field.name)] = _secret(field)
        if not field.required:
            label = _("Forget: %s") % field.label
            fields[forget_name(carrier.name, field.name)] = forms.BooleanField(label=label, required=False)
    return type("CarrierAccountForm", (AccountForm,), fields)
