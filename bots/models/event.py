"""A journal line as a row."""

from typing import Any, NoReturn

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class CallEvent(models.Model):
    """One thing that happened in a call; ``at`` is in media seconds since the call began."""

    call = models.ForeignKey("bots.Call", on_delete=models.CASCADE, related_name="events")
    seq = models.BigIntegerField()
    at = models.FloatField()
    kind = models.CharField(max_length=48)
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    cause = models.BigIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["call", "seq"]
        constraints = [models.UniqueConstraint(fields=["call", "seq"], name="event_seq_per_call")]
        indexes = [models.Index(fields=["call", "kind"], name="event_kind_per_call")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new event; an existing one is refused."""
        if not self._state.adding:
            raise ValueError("A call's events never change.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: events go only with their call or when rows are rebuilt from the journal."""
        raise ValueError("A call's events are not deleted one by one.")
