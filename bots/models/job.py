"""Work that outlives a process: the row is the truth, the queue only a nudge."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Job(models.Model):
    """One piece of background work, done once whatever is delivered twice."""

    class Status(models.TextChoices):
        """Where the work is."""

        PENDING = "pending", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("given up")

    kind = models.CharField(max_length=40)
    call = models.ForeignKey("bots.Call", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs")
    key = models.CharField(max_length=120, unique=True, help_text=_("The same key is never queued twice."))
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    enqueued_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["status", "lease_until"], name="job_open")]

    def __str__(self) -> str:
        return self.key
