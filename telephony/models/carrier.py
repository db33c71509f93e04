"""The carriers this house speaks with, and the states in which they see a call."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CarrierName(models.TextChoices):
    """A telephone company whose media streams are understood (TEL-01)."""

    TWILIO = "twilio", "Twilio"
    TELNYX = "telnyx", "Telnyx"
    PLIVO = "plivo", "Plivo"
    EXOTEL = "exotel", "Exotel"


class LegStatus(models.TextChoices):
    """How far a call has come at the carrier, in the order in which it can only go on (reliability T4)."""

    CREATED = "created", _("created")
    QUEUED = "queued", _("queued")
    RINGING = "ringing", _("ringing")
    ANSWERED = "answered", _("answered")
    COMPLETED = "completed", _("completed")
    BUSY = "busy", _("busy")
    NO_ANSWER = "no_answer", _("no answer")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    REFUSED = "refused", _("refused here")


OPEN_LEG = (LegStatus.CREATED, LegStatus.QUEUED, LegStatus.RINGING, LegStatus.ANSWERED)
FINAL_LEG = (
    LegStatus.COMPLETED, LegStatus.BUSY, LegStatus.NO_ANSWER, LegStatus.FAILED, LegStatus.CANCELLED, LegStatus.REFUSED,
)  # fmt: skip


class AnsweredBy(models.TextChoices):
    """Who or what took the call (lessons T17): found by the carrier, or by listening."""

    UNKNOWN = "unknown", _("not known")
    HUMAN = "human", _("a person")
    MACHINE = "machine", _("an answering machine")
    SCREENER = "screener", _("a call screener")
    MENU = "menu", _("a telephone menu")
    FAX = "fax", _("a fax machine")
