from django.apps import AppConfig


class VoiceappConfig(AppConfig):
    """Registers the checks of the house itself."""

    name = "voiceapp"
    verbose_name = "House"

    def ready(self) -> None:
        from voiceapp import checks  # noqa: F401 - importing it registers the checks
