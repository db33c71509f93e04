"""The two recorded tracks of a call and what became of them."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _


class Recording(models.Model):
    """A call's audio: raw tracks first, then also an encoded file and peaks."""

    class Status(models.TextChoices):
        """How far the audio has come."""

        PENDING = "pending", _("being recorded")
        READY = "ready", _("playable")
        ENCODED = "encoded", _("playable and encoded")
        MISSING = "missing", _("no audio")
        FAILED = "failed", _("unreadable")

    call = models.OneToOneField("bots.Call", on_delete=models.CASCADE, related_name="recording")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=80, blank=True, help_text=_("Code that says why there is no audio."))
    rate = models.PositiveIntegerField(default=16000, help_text=_("Samples per second."))
    samples = models.BigIntegerField(default=0, help_text=_("Length of each track in samples."))
    duration_s = models.FloatField(default=0.0)
    ogg_path = models.CharField(max_length=200, blank=True, help_text=_("Relative to the calls folder."))
    ogg_bytes = models.BigIntegerField(default=0)
    peaks = models.JSONField(null=True, blank=True, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        constraints = [models.CheckConstraint(condition=models.Q(samples__gte=0), name="recording_samples")]

    def __str__(self) -> str:
        return f"{self.call_id} {self.status}"

    @property
    def is_playable(self) -> bool:
        """Whether the audio can be listened to now."""
        return self.status in (self.Status.READY, self.Status.ENCODED)


class RecordingChunk(models.Model):
    """One piece of a track as it was handed to the disk; offsets and lengths in samples."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="chunks")
    track = models.CharField(max_length=8)
    number = models.PositiveIntegerField()
    offset = models.BigIntegerField()
    samples = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("recorded piece")
        verbose_name_plural = _("recorded pieces")
        ordering = ["recording", "track", "number"]
        constraints = [models.UniqueConstraint(fields=["recording", "track", "number"], name="chunk_number_per_track")]

    def __str__(self) -> str:
        return f"{self.track} {self.number}"
