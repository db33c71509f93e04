"""The form of a phone number: who answers, when, and what happens otherwise."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.admin.hours import HoursField
from telephony.models import PhoneNumber
from telephony.selectors.e164 import e164

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.IGNORECASE)
MOST_CALLS = 1000


class NumberForm(forms.ModelForm):  # type: ignore[type-arg]
    """Everything of a number that people set; what the carrier knows of it is found out."""

    e164 = forms.CharField(label=_("Number"), max_length=32, help_text=_("International, as +49 30 123456."))
    hours = HoursField(
        label=_("Hours"), help_text=_("When the bot answers, in this time zone. No rows: always. 00:00 is midnight.")
    )  # fmt: skip
    time_zone = forms.ChoiceField(label=_("Time zone"))

    class Meta:
        model = PhoneNumber
        fields = ["e164", "label", "account", "bot", "language", "is_enabled", "time_zone", "hours", "overflow_bot",
                  "overflow_message", "recording", "max_calls", "may_dial_out"]  # fmt: skip
        widgets = {"overflow_message": forms.TextInput(attrs={"class": "vTextField wide-text"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["e164"]  # another number is another row
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        known = self.instance.time_zone
        choices = zones if known in zones else [known, *zones]
        self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in choices]  # type: ignore[attr-defined]
        for name in {"bot", "overflow_bot"} & set(self.fields):
            chosen = getattr(self.instance, f"{name}_id")
            # A bot that was archived since stays visible where it is chosen.
            offered = Bot.objects.filter(Q(is_archived=False) | Q(pk=chosen)).defer("draft")
            self.fields[name].queryset = offered  # type: ignore[attr-defined]
        if "max_calls" in self.fields:
            self.fields["max_calls"].widget.attrs.update({"min": "1", "max": str(MOST_CALLS)})

    def clean_e164(self) -> str:
        """The number as telephones write it, whatever spaces it came with."""
        try:
            written = e164(self.cleaned_data["e164"])
        except ActionError as error:
            raise forms.ValidationError(f"{error.message} {error.next_step}") from None
        if PhoneNumber.objects.filter(e164=written).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This number is here already."))
        return written

    def clean_language(self) -> str:
        """A language tag such as de or en-GB."""
        language: str = self.cleaned_data["language"].strip()
        if language and not _LANGUAGE.fullmatch(language):
            raise forms.ValidationError(_("Write a language as de or en-GB."))
        return language

    def clean_max_calls(self) -> int:
        """At least one call; a number that takes none is switched off."""
        calls: int = self.cleaned_data["max_calls"]
        if not 1 <= calls <= MOST_CALLS:
            raise forms.ValidationError(_("Between 1 and %d.") % MOST_CALLS)
        return calls

    def save(self, commit: bool = True) -> PhoneNumber:
        """Store; what another account's carrier said of the number counts no more."""
        if self.instance.pk and "account" in self.changed_data:
            self.instance.carrier_ref = self.instance.webhook_seen = ""
            self.instance.webhook_state = PhoneNumber.WebhookState.UNKNOWN
            self.instance.webhook_checked_at = self.instance.verified_at = None
        found: PhoneNumber = super().save(commit)
        return found
