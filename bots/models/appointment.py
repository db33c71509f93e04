"""What the appointment desk's tool books."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Appointment(models.Model):
    """One booked slot; a bot cannot book the same time twice."""

    bot = models.ForeignKey("bots.Bot", on_delete=models.CASCADE, related_name="appointments")
    starts_at = models.DateTimeField(_("starts"))
    name = models.CharField(_("name"), max_length=120, blank=True)
    call = models.ForeignKey("bots.Call", null=True, blank=True, on_delete=models.SET_NULL,
                             related_name="appointments")  # fmt: skip
    created_at = models.DateTimeField(_("booked"), auto_now_add=True)

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        ordering = ["starts_at"]
        constraints = [models.UniqueConstraint(fields=["bot", "starts_at"], name="one_appointment_per_slot")]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"
