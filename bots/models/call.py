"""One conversation, from before its first media to after its last."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.models.identity import uuid7


class CallStatus(models.TextChoices):
    """Where a call is in its life (PROD-04)."""

    CREATED = "created", _("waiting for media")
    CONNECTING = "connecting", _("connecting")
    ACTIVE = "active", _("live")
    ENDING = "ending", _("ending")
    ENDED = "ended", _("completed")
    FAILED = "failed", _("failed")
    REFUSED = "refused", _("refused")


FINAL_STATUSES = (CallStatus.ENDED, CallStatus.FAILED, CallStatus.REFUSED)
OPEN_STATUSES = (CallStatus.CREATED, CallStatus.CONNECTING, CallStatus.ACTIVE, CallStatus.ENDING)


class Direction(models.TextChoices):
    """Who reached whom."""

    BROWSER = "browser", _("browser")
    INBOUND = "inbound", _("inbound")
    OUTBOUND = "outbound", _("outbound")


class Call(models.Model):
    """One call: what it ran with, who owns it, how it ended, and what a list wants to know about it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    bot = models.ForeignKey("bots.Bot", verbose_name=_("bot"), on_delete=models.PROTECT, related_name="calls")
    version = models.ForeignKey(
        "bots.BotVersion", verbose_name=_("version"), null=True, blank=True, on_delete=models.PROTECT,
        related_name="calls", help_text=_("Empty: a test of the draft."),
    )  # fmt: skip
    spec = models.JSONField(_("configuration"), default=dict, encoder=DjangoJSONEncoder)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("caller"), null=True, blank=True, on_delete=models.SET_NULL,
        related_name="voice_calls",
    )  # fmt: skip
    direction = models.CharField(max_length=16, choices=Direction.choices, default=Direction.BROWSER)
    transport = models.CharField(max_length=16, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    status = models.CharField(_("status"), max_length=16, choices=CallStatus.choices, default=CallStatus.CREATED)
    end_reason = models.CharField(_("end reason"), max_length=40, blank=True)
    end_owner = models.CharField(max_length=16, blank=True)
    end_sentence = models.CharField(max_length=400, blank=True)
    error_code = models.CharField(max_length=80, blank=True)

    created_at = models.DateTimeField(_("when"))
    started_at = models.DateTimeField(null=True, blank=True, help_text=_("Wall time of media second zero."))
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_s = models.FloatField(_("duration"), null=True, blank=True)

    owner = models.CharField(max_length=120, blank=True, help_text=_("The process that runs the call."))
    epoch = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    resume_hash = models.CharField(max_length=64, blank=True)
    continued_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="continuations"
    )

    context = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    journal_seq = models.BigIntegerField(default=-1, help_text=_("The last journal event in the rows."))
    turn_count = models.PositiveIntegerField(default=0)
    interruption_count = models.PositiveIntegerField(default=0)
    tool_count = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    latency_p50_ms = models.PositiveIntegerField(null=True, blank=True)
    latency_p95_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-created_at", "-id"]
        permissions = [
            ("view_transcript", _("Can read the transcripts of other people's calls")),
            ("listen_recording", _("Can listen to the recordings of other people's calls")),
        ]
        constraints = [
            models.CheckConstraint(
                name="call_end_fields_agree",
                condition=(
                    models.Q(status__in=FINAL_STATUSES, ended_at__isnull=False) & ~models.Q(end_reason="")
                )
                | models.Q(status__in=OPEN_STATUSES, ended_at__isnull=True, end_reason=""),
            ),
            models.CheckConstraint(
                name="call_duration_not_negative",
                condition=models.Q(duration_s__isnull=True) | models.Q(duration_s__gte=0),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="call_recent"),
            models.Index(fields=["user", "-created_at"], name="call_user_recent"),
            models.Index(fields=["bot", "-created_at"], name="call_bot_recent"),
            models.Index(fields=["status", "-created_at"], name="call_status_recent"),
            models.Index(
                fields=["lease_until"], name="call_open_lease", condition=models.Q(status__in=OPEN_STATUSES)
            ),
            models.Index(fields=["resume_hash"], name="call_resume", condition=~models.Q(resume_hash="")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_final(self) -> bool:
        """Whether nothing about the call's end can change any more."""
        return self.status in FINAL_STATUSES
