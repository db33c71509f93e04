"""The steps of the attach wizard: what is asked in each, and what is kept between them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.carriers.base import OwnedNumber
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.e164 import e164

MOST_OFFERED = 200
KEPT_AS = "telephony.attach"
STEPS = ("account", "number", "bot", "webhooks", "check")
TITLES = {
    "account": _("Account"), "number": _("Number"), "bot": _("Bot"), "webhooks": _("Webhooks"),
    "check": _("Round trip"),
}  # fmt: skip


@dataclass(slots=True)
class Draft:
    """What was chosen so far; ``offered`` are the carrier's numbers, so that going back asks nobody again."""

    account: int = 0
    number: str = ""
    ref: str = ""
    label: str = ""
    attached: int = 0
    offered: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, session: Mapping[str, Any]) -> Draft:
        """Return what a session keeps; a new one where that cannot be read."""
        try:
            return cls(**session.get(KEPT_AS, {}))
        except TypeError:
            return cls()

    def keep(self, session: Any) -> None:
        """Put it into the session."""
        session[KEPT_AS] = asdict(self)

    @property
    def reached(self) -> str:
        """The furthest step whose earlier answers are there."""
        if self.attached:
            return "check"
        return "bot" if self.number else "number" if self.account else "account"

    def may_open(self, step: str) -> bool:
        """Whether all that a step builds on is there."""
        return STEPS.index(step) <= STEPS.index(self.reached)


class AccountStep(forms.Form):
    """Which account."""

    account = forms.ModelChoiceField(
        queryset=CarrierAccount.objects.none(), empty_label=None, widget=forms.RadioSelect, label=_("Account")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = CarrierAccount.objects.filter(is_enabled=True)  # type: ignore[attr-defined]


class NumberStep(forms.Form):
    """One of the carrier's numbers, or one by hand, which counts if both are given."""

    number = forms.CharField(required=False, max_length=32)
    hand = forms.CharField(
        label=_("Or enter it by hand"), required=False, max_length=32, help_text=_("International, as +49 30 123456."),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "class": "vTextField"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The number as ``e164``."""
        cleaned = super().clean() or {}
        by_hand = cleaned.get("hand", "").strip()
        text = by_hand or cleaned.get("number", "").strip()
        if not text:
            raise forms.ValidationError(_("Choose a number, or enter one."))
        try:
            cleaned["e164"] = e164(text)
        except ActionError as error:
            self.add_error("hand" if by_hand else None, f"{error.message} {error.next_step}")
        return cleaned


class BotChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Bots, those that callers cannot reach yet marked."""

    def label_from_instance(self, obj: Any) -> str:
        """The name, and whether it is published."""
        return str(obj.name if obj.live_version_id else _("%s (not published yet)") % obj.name)


class BotStep(forms.Form):
    """Who answers."""

    bot = BotChoice(queryset=Bot.objects.none(), empty_label=None, widget=forms.RadioSelect, label=_("Bot"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bots = Bot.objects.filter(is_archived=False).defer("draft")
        self.fields["bot"].queryset = bots  # type: ignore[attr-defined]


def may_attach(user: Any) -> bool:
    """Whether the person may use the wizard: it adds numbers and changes what they point at."""
    return all(user.has_perm(f"telephony.{what}_phonenumber") for what in ("add", "change"))


def offered_by(owned: Sequence[OwnedNumber]) -> list[dict[str, str]]:
    """The carrier's numbers as a session keeps them; a name that only repeats the number is none.

    Of very many only the first are offered: any other can be entered by hand.
    """
    return [
        {"e164": item.e164, "ref": item.ref, "label": "" if _digits(item.label) in item.e164 else item.label}
        for item in [item for item in owned if item.e164][:MOST_OFFERED]
    ]


def _digits(label: str) -> str:
    """The digits of a name that is nothing but a number; else a text that is in none."""
    return re.sub(r"\D", "", label) if re.fullmatch(r"[\d ()+./-]*", label) else label


def with_places(offered: list[dict[str, str]], account: CarrierAccount) -> list[dict[str, Any]]:
    """Add to the carrier's numbers where each is attached here already: its bot, or another account."""
    here = {
        number.e164: number
        for number in PhoneNumber.objects.filter(e164__in=[item["e164"] for item in offered])
        .select_related("account", "bot")
    }  # fmt: skip
    found = []
    for item in offered:
        known = here.get(item["e164"])
        elsewhere = known is not None and known.account_id != account.pk
        found.append({**item, "known": known, "is_elsewhere": elsewhere})
    return found
