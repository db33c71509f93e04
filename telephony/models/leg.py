"""One call as a carrier sees it; beside it, where it came to that, the call as we see it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.models.identity import uuid7

from .account import CarrierAccount
from .carrier import FINAL_LEG, AnsweredBy, LegStatus
from .number import PhoneNumber


class CallLeg(models.Model):
    """Everything about a call that only telephones have. Numbers are E.164, or empty where the caller hid them.

    ``call`` is the leg's present conversation.
    ``token_hash`` opens the media stream once; ``reserved`` is what counts against the day's money: set aside before
    the carrier was asked, and what the call has cost when it is over.
    """

    class Direction(models.TextChoices):
        """Who dialled."""

        INBOUND = "inbound", _("inbound")
        OUTBOUND = "outbound", _("outbound")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    call = models.OneToOneField("bots.Call", null=True, blank=True, on_delete=models.CASCADE, related_name="leg")
    earlier_calls = models.ManyToManyField(
        "bots.Call", blank=True, related_name="+", help_text=_("Conversations of this leg before a transfer came back.")
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="transfers",
        help_text=_("The leg whose caller was to be connected with this one's person."),
    )  # fmt: skip
    account = models.ForeignKey(CarrierAccount, on_delete=models.PROTECT, related_name="legs")
    number = models.ForeignKey(PhoneNumber, null=True, blank=True, on_delete=models.SET_NULL, related_name="legs")
    direction = models.CharField(_("direction"), max_length=16, choices=Direction.choices)
    carrier_call_id = models.CharField(max_length=120, blank=True)
    from_number = models.CharField(_("from"), max_length=64, blank=True)
    to_number = models.CharField(_("to"), max_length=330, blank=True, help_text=_("A number, or a SIP address."))
    country = models.CharField(_("country"), max_length=2, blank=True)
    custom = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)

    status = models.CharField(_("status"), max_length=16, choices=LegStatus.choices, default=LegStatus.CREATED)
    answered_by = models.CharField(
        _("answered by"), max_length=16, choices=AnsweredBy.choices, default=AnsweredBy.UNKNOWN
    )
    created_at = models.DateTimeField(_("when"))
    ringing_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_s = models.FloatField(null=True, blank=True)
    end_cause = models.CharField(max_length=80, blank=True, help_text=_("The carrier's own code."))
    refusal_code = models.CharField(max_length=80, blank=True)
    refusal_sentence = models.CharField(max_length=300, blank=True)
    hung_up_at = models.DateTimeField(null=True, blank=True, help_text=_("When we asked the carrier to hang up."))
    checked_at = models.DateTimeField(null=True, blank=True, help_text=_("When the carrier was last asked."))
    silent_since = models.DateTimeField(
        null=True, blank=True, help_text=_("The first of the questions that the carrier has not answered.")
    )

    stream_id = models.CharField(max_length=120, blank=True)
    token_hash = models.CharField(max_length=64, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)
    token_used_at = models.DateTimeField(null=True, blank=True)

    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL,
                                  related_name="+")  # fmt: skip
    request_key = models.CharField(max_length=64, blank=True, help_text=_("Hash of who asked and their request's key."))
    max_duration_s = models.PositiveIntegerField(default=0)
    minute_price = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True, help_text=_("What a minute was said to cost.")
    )
    reserved = models.DecimalField(max_digits=10, decimal_places=4, default=0)
    cost = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True, help_text=_("Empty: unknown."))
    currency = models.CharField(max_length=3, blank=True)
    cost_is_estimated = models.BooleanField(
        default=False, help_text=_("Minutes times price: the carrier said nothing.")
    )

    class Meta:
        verbose_name = _("telephone call")
        verbose_name_plural = _("telephone calls")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("place_call", _("Can place telephone calls")),
            ("view_numbers", _("Can see whole telephone numbers of callers")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "carrier_call_id"], name="leg_carrier_call", condition=~models.Q(carrier_call_id="")
            ),
            models.UniqueConstraint(fields=["token_hash"], name="leg_token", condition=~models.Q(token_hash="")),
            models.UniqueConstraint(fields=["request_key"], name="leg_request", condition=~models.Q(request_key="")),
        ]
        indexes = [
            models.Index(fields=["status", "-created_at"], name="leg_status_recent"),
            models.Index(fields=["to_number", "-created_at"], name="leg_to_recent"),
            models.Index(fields=["number", "-created_at"], name="leg_number_recent"),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_final(self) -> bool:
        """Whether the carrier, or we, said that it is over."""
        return self.status in FINAL_LEG


class WebhookReceipt(models.Model):
    """A verified message of a carrier, once; copies of it are counted (reliability T2, T3)."""

    account = models.ForeignKey(CarrierAccount, on_delete=models.CASCADE, related_name="receipts")
    leg = models.ForeignKey(CallLeg, null=True, blank=True, on_delete=models.CASCADE, related_name="receipts")
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    copies = models.PositiveIntegerField(default=0, help_text=_("How often it came again."))
    received_at = models.DateTimeField()
    summary = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("carrier message")
        verbose_name_plural = _("carrier messages")
        ordering = ["received_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="receipt_once")]
        indexes = [models.Index(fields=["received_at"], name="receipt_recent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
