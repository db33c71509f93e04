"""Short-lived call tokens and long-lived API keys; only their hashes are stored."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class CallToken(models.Model):
    """A right to do one thing once, soon, as one user with one bot."""

    class Purpose(models.TextChoices):
        """What the token opens."""

        CONNECT = "connect", _("open the media connection")

    hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=16, choices=Purpose.choices, default=Purpose.CONNECT)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE,
                             related_name="+")  # fmt: skip
    bot = models.ForeignKey("bots.Bot", on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey("bots.Call", null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("call token")
        verbose_name_plural = _("call tokens")
        indexes = [models.Index(fields=["expires_at"], name="token_expiry")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class ApiKey(models.Model):
    """Lets a program start calls with one bot, as the person who made the key."""

    bot = models.ForeignKey("bots.Bot", on_delete=models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="voice_api_keys")
    name = models.CharField(_("name"), max_length=120)
    prefix = models.CharField(_("starts with"), max_length=16)
    hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
