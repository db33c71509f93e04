from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """Registers the telephony app."""

    name = "telephony"
    verbose_name = "Telephony"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Add to the call page, the call list and the serving process what only telephones have."""
        from django.utils.translation import gettext_lazy as _

        from bots.hosting.duties import Duty, add_duty
        from bots.selectors.call_sections import CallSection, register_callers, register_section
        from bots.selectors.health_checks import register_check
        from telephony.selectors.leg_page import far_ends, telephone_facts
        from telephony.selectors.number_findings import number_findings

        register_section(CallSection("telephone", _("Telephone"), "telephony/leg.html", telephone_facts))
        register_callers("telephone", far_ends)
        register_check("telephony.numbers", number_findings)
        add_duty(Duty("telephones", "telephony.hosting.watch.LegWatch", every_s=1.0))
