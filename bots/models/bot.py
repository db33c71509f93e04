"""A voice bot as people edit it."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

from bots.models.draft import default_draft


class Bot(models.Model):
    """A bot: a name, an editable draft, and at most one published version that callers meet."""

    slug = models.SlugField(_("address"), max_length=64, unique=True, help_text=_("Part of the console's URL."))
    name = models.CharField(_("name"), max_length=120)
    description = models.CharField(_("description"), max_length=300, blank=True)
    draft = models.JSONField(_("draft"), default=default_draft, encoder=DjangoJSONEncoder)
    live_version = models.ForeignKey(
        "bots.BotVersion",
        verbose_name=_("live version"),
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    updated_at = models.DateTimeField(_("edited"), auto_now=True)
    is_archived = models.BooleanField(_("archived"), default=False)
    is_demo = models.BooleanField(_("demo"), default=False, editable=False)

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def next_number(self) -> int:
        """The number that the next published version gets."""
        highest = self.versions.aggregate(highest=models.Max("number"))["highest"]
        return int(highest or 0) + 1
