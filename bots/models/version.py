"""A bot as callers meet it: numbered and never changed."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImmutableRow(Exception):
    """Somebody tried to change or remove a published version."""

    code = "version.immutable"


class BotVersionQuerySet(models.QuerySet["BotVersion"]):
    """Versions may be read and created, nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ImmutableRow("A published version never changes; publish a new one.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ImmutableRow("A published version never changes; publish a new one.")

    def delete(self) -> NoReturn:
        """Refuse."""
        raise ImmutableRow("A published version is kept; archive the bot instead.")


class BotVersion(models.Model):
    """One published state of a bot."""

    bot = models.ForeignKey("bots.Bot", verbose_name=_("bot"), on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    spec = models.JSONField(_("configuration"), encoder=DjangoJSONEncoder)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        verbose_name=_("published by"),
    )  # fmt: skip
    published_at = models.DateTimeField(_("published"), auto_now_add=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    objects = BotVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["bot", "number"], name="version_number_per_bot"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="version_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store a new version; an existing one is refused."""
        if not self._state.adding:
            raise ImmutableRow("A published version never changes; publish a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise ImmutableRow("A published version is kept; archive the bot instead.")
