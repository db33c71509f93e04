from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """Registers the telephony app."""

    name = "telephony"
    verbose_name = "Telephony"
    default_auto_field = "django.db.models.BigAutoField"
