"""Whether, whom and for how much this house may dial (reliability S2); off until somebody switches it on."""

from datetime import time

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DialPolicy(models.Model):
    """The one row of rules for outbound calls. Money is in ``currency``, times are of ``time_zone``."""

    is_enabled = models.BooleanField(_("dialling out is allowed"), default=False)
    countries = models.JSONField(
        _("countries"), default=list, blank=True, help_text=_('Where calls may go: ["DE", "AT"]. Empty: nowhere.')
    )
    max_calls = models.PositiveIntegerField(_("calls at once"), default=2)
    calls_per_day = models.PositiveIntegerField(_("calls a day"), default=50)
    calls_per_destination = models.PositiveIntegerField(_("calls a day to one number"), default=3)
    minutes_per_call = models.PositiveIntegerField(_("minutes a call"), default=10)
    spend_per_day = models.DecimalField(_("money a day"), max_digits=10, decimal_places=2, default=10)
    currency = models.CharField(_("currency"), max_length=3, default="USD")
    minute_prices = models.JSONField(
        _("prices a minute"), default=dict, blank=True,
        help_text=_('By country, as {"DE": 0.02}. A country without a price is not dialled.'),
    )  # fmt: skip
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    begins = models.TimeField(_("calls from"), default=time(9))
    ends = models.TimeField(_("calls until"), default=time(20))
    weekdays = models.JSONField(_("days"), default=list, blank=True, help_text=_("Monday is 0. Empty: every day."))
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("dialling policy")
        verbose_name_plural = _("dialling policy")
        constraints = [models.CheckConstraint(name="one_dial_policy", condition=models.Q(pk=1))]

    def __str__(self) -> str:
        return str(_("dialling policy"))


class BlockedNumber(models.Model):
    """A number that must never be called: its owner asked for that, or a list did."""

    e164 = models.CharField(_("number"), max_length=16, unique=True)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("do-not-call number")
        verbose_name_plural = _("do-not-call numbers")
        ordering = ["e164"]

    def __str__(self) -> str:
        """Not the number itself: this stands in histories."""
        return f"{self.e164[:3]}…{self.e164[-3:]}"
