"""The bots app: configuration, calls and their review."""

from django.apps import AppConfig


class BotsConfig(AppConfig):
    """Registers the app under the label ``bots``."""

    name = "bots"
    label = "bots"
    verbose_name = "Voice bots"
    default_auto_field = "django.db.models.BigAutoField"
