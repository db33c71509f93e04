"""The form of the dialling policy: whether, where, when, how often and for how much."""

from __future__ import annotations

from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from telephony.actions.save_dial_policy import policy_problems
from telephony.admin.hours import DAYS
from telephony.admin.price_rows import PriceRowsField, rows_of
from telephony.models import DialPolicy
from telephony.selectors.dial_policy import countries_of, days_of
from telephony.selectors.spend import LONGEST

SHOWN_UNDER = {"countries": "prices", "minute_prices": "prices"}


class PolicyForm(forms.Form):
    """One row of rules; prices hold both the countries and what a minute costs there."""

    is_enabled = forms.BooleanField(
        label=_("Dialling out is allowed"), required=False,
        help_text=_("Off: nobody and nothing places a call, whatever else stands here."),
    )  # fmt: skip
    prices = PriceRowsField(
        label=_("Countries and prices a minute"),
        help_text=_("A country that has no price is never called. Prices are your carrier's, a little above is safer: "
                    "they count until the carrier tells the true cost."),
    )  # fmt: skip
    begins = forms.TimeField(label=_("Calls from"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("Calls until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days"), choices=list(enumerate(DAYS)), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Of the hours and of the day. Calls abroad follow it too.")
    )
    max_calls = forms.IntegerField(label=_("Calls at once"), min_value=0, max_value=10_000)
    calls_per_day = forms.IntegerField(label=_("Calls a day"), min_value=0, max_value=1_000_000)
    calls_per_destination = forms.IntegerField(label=_("Calls a day to one number"), min_value=0, max_value=1000)
    minutes_per_call = forms.IntegerField(
        label=_("Minutes a call"), min_value=1, max_value=LONGEST,
        help_text=_("The call is ended then. So many minutes are paid for before it is placed."),
    )  # fmt: skip
    spend_per_day = forms.DecimalField(
        label=_("Money a day"), min_value=0, max_digits=8, decimal_places=2,
        help_text=_("What all calls of a day may cost together. A call that could go beyond is not placed."),
    )  # fmt: skip
    currency = forms.CharField(label=_("Currency"), max_length=3, min_length=3, help_text=_("As USD."))

    def __init__(self, data: Any = None, *, policy: DialPolicy, may_change: bool = True) -> None:
        self.policy = policy
        super().__init__(data, initial=_initial(policy))
        zones = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")
        known = policy.time_zone
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]
            (zone, zone.replace("_", " ")) for zone in (zones if known in zones else [known, *zones])
        ]
        if not may_change:
            for field in self.fields.values():
                field.disabled = True

    def clean_currency(self) -> str:
        """Three letters, large."""
        return str(self.cleaned_data["currency"]).upper()

    def clean(self) -> dict[str, Any]:
        """The rules as a whole must make sense."""
        super().clean()
        if not self.errors:
            for name, sentence in policy_problems(self.changed_policy()).items():
                self.add_error(SHOWN_UNDER.get(name, name), sentence)
        return self.cleaned_data

    def values(self) -> dict[str, Any]:
        """What is stored, by the model's names."""
        found = {name: value for name, value in self.cleaned_data.items() if name != "prices"}
        rows = self.cleaned_data["prices"]
        found["countries"] = [row["country"] for row in rows if row["allowed"]]
        found["minute_prices"] = {row["country"]: row["price"] for row in rows}
        if len(found["weekdays"]) == len(DAYS):
            found["weekdays"] = []
        return found

    def changed_policy(self) -> DialPolicy:
        """The policy as it would be; not stored."""
        stored = {field.attname: getattr(self.policy, field.attname) for field in DialPolicy._meta.concrete_fields}
        return DialPolicy(**{**stored, **self.values()})


def _initial(policy: DialPolicy) -> dict[str, Any]:
    plain = ("is_enabled", "max_calls", "calls_per_day", "calls_per_destination", "minutes_per_call", "spend_per_day",
             "currency", "time_zone")  # fmt: skip
    prices = policy.minute_prices if isinstance(policy.minute_prices, dict) else {}
    return {
        **{name: getattr(policy, name) for name in plain},
        "begins": policy.begins, "ends": min(policy.ends, time(23, 59)), "weekdays": list(days_of(policy)),
        "prices": rows_of(countries_of(policy), prices),
    }  # fmt: skip
