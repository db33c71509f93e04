"""What was said and what of it was heard."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class TranscriptTurn(models.Model):
    """One speaker's turn; times are media seconds, ``index`` is the journal event that closed the turn."""

    class Role(models.TextChoices):
        """Who spoke."""

        USER = "user", _("Caller")
        BOT = "bot", _("Bot")

    call = models.ForeignKey("bots.Call", on_delete=models.CASCADE, related_name="turns")
    index = models.BigIntegerField()
    number = models.PositiveIntegerField(default=0, help_text=_("The exchange this turn belongs to."))
    role = models.CharField(max_length=8, choices=Role.choices)
    text = models.TextField(blank=True, help_text=_("What was said, or heard of it."))
    planned_text = models.TextField(blank=True)
    at = models.FloatField()
    end = models.FloatField()
    interrupted = models.BooleanField(default=False)
    source = models.CharField(max_length=12, default="voice")
    disposition = models.CharField(max_length=12, default="turn")
    latency_ms = models.PositiveIntegerField(null=True, blank=True)
    latency_why = models.CharField(max_length=200, blank=True)
    segments = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("turn")
        verbose_name_plural = _("turns")
        ordering = ["call", "at", "index"]
        constraints = [
            models.UniqueConstraint(fields=["call", "index"], name="turn_index_per_call"),
            models.CheckConstraint(condition=models.Q(end__gte=models.F("at")), name="turn_ends_after_start"),
        ]
        indexes = [models.Index(fields=["call", "at"], name="turn_by_time")]

    def __str__(self) -> str:
        return f"{self.role} {self.index}"


class TranscriptWord(models.Model):
    """One word of a turn; ``estimated`` marks times that nobody measured."""

    call = models.ForeignKey("bots.Call", on_delete=models.CASCADE, related_name="words")
    turn = models.ForeignKey(TranscriptTurn, on_delete=models.CASCADE, related_name="words")
    index = models.PositiveIntegerField()
    text = models.CharField(max_length=200)
    folded = models.CharField(max_length=200, help_text=_("Lower case without punctuation, for searching."))
    at = models.FloatField()
    end = models.FloatField()
    heard = models.BooleanField(default=True)
    estimated = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("word")
        verbose_name_plural = _("words")
        ordering = ["turn", "index"]
        constraints = [models.UniqueConstraint(fields=["turn", "index"], name="word_index_per_turn")]
        indexes = [models.Index(fields=["folded", "call"], name="word_search")]

    def __str__(self) -> str:
        return f"{self.turn_id}/{self.index}"
