"""The administration pages."""

from django.contrib import admin

from bots.admin.access import ApiKeyAdmin, CredentialAdmin
from bots.admin.bots import BotAdmin
from bots.admin.records import AppointmentAdmin, CallAdmin, CallEventAdmin, JobAdmin

__all__ = [
    "ApiKeyAdmin",
    "AppointmentAdmin",
    "BotAdmin",
    "CallAdmin",
    "CallEventAdmin",
    "CredentialAdmin",
    "JobAdmin",
]

admin.site.site_header = "Voice bots"
admin.site.site_title = "Voice bots"
admin.site.index_title = "Administration"
