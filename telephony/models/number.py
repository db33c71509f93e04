"""A telephone number and what happens when it is called."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .account import CarrierAccount


class PhoneNumber(models.Model):
    """A number of a carrier account: its bot, its hours, what happens beyond them, and what the carrier knows of it."""

    class RecordingPolicy(models.TextChoices):
        """Whose word counts about recording."""

        BOT = "bot", _("as the bot says")
        ALWAYS = "always", _("always")
        NEVER = "never", _("never")

    class WebhookState(models.TextChoices):
        """Whether the carrier calls us for this number."""

        UNKNOWN = "unknown", _("not checked yet")
        ATTACHED = "attached", _("attached")
        DRIFTED = "drifted", _("changed at the carrier")
        MISSING = "missing", _("not among the account's numbers")
        UNREACHABLE = "unreachable", _("the carrier could not be asked")

    e164 = models.CharField(_("number"), max_length=16, unique=True, help_text=_("International, as +4930123456."))
    label = models.CharField(_("name"), max_length=80, blank=True)
    account = models.ForeignKey(
        CarrierAccount, verbose_name=_("carrier account"), on_delete=models.PROTECT, related_name="numbers"
    )
    carrier_ref = models.CharField(max_length=120, blank=True, editable=False)
    bot = models.ForeignKey("bots.Bot", verbose_name=_("bot"), null=True, blank=True, on_delete=models.PROTECT,
                            related_name="phone_numbers")  # fmt: skip
    language = models.CharField(_("language"), max_length=16, blank=True, help_text=_("Empty: the bot's own."))
    is_enabled = models.BooleanField(_("takes calls"), default=True)
    may_dial_out = models.BooleanField(_("may dial out"), default=False)
    max_calls = models.PositiveIntegerField(_("calls at once"), default=10)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    hours = models.JSONField(
        _("hours"), default=list, blank=True,
        help_text=_('When the bot answers: [{"days": [0, 1, 2, 3, 4], "from": "09:00", "to": "17:00"}], Monday is 0. '
                    "Empty: always."),
    )  # fmt: skip
    overflow_bot = models.ForeignKey(
        "bots.Bot", verbose_name=_("bot outside of hours or when busy"), null=True, blank=True,
        on_delete=models.PROTECT, related_name="+",
    )  # fmt: skip
    overflow_message = models.CharField(
        _("message outside of hours or when busy"), max_length=300, blank=True,
        help_text=_("Spoken by the carrier, then it hangs up. Empty and no bot: a busy tone."),
    )  # fmt: skip
    recording = models.CharField(
        _("recording"), max_length=8, choices=RecordingPolicy.choices, default=RecordingPolicy.BOT
    )
    webhook_state = models.CharField(
        max_length=16, choices=WebhookState.choices, default=WebhookState.UNKNOWN, editable=False
    )
    webhook_seen = models.CharField(max_length=400, blank=True, editable=False)
    webhook_checked_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_at = models.DateTimeField(_("round trip"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("phone number")
        verbose_name_plural = _("phone numbers")
        ordering = ["e164"]

    def __str__(self) -> str:
        return f"{self.label} {self.e164}".strip()
