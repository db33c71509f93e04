"""Where carriers ask and tell, and where programs place calls."""

from django.urls import path

from telephony.api import calls
from telephony.webhooks import check, next, outbound, status, voice

app_name = "telephony"
urlpatterns = [
    path("api/calls/", calls.calls, name="api_calls"),
    path("api/calls/<uuid:leg_id>/", calls.call, name="api_call"),
    path("<slug:slug>/voice", voice.voice, name="voice"),
    path("<slug:slug>/status", status.status, name="status"),
    path("<slug:slug>/answer/<uuid:leg_id>", outbound.answered, name="answer"),
    path("<slug:slug>/next/<uuid:leg_id>", next.following, name="next"),
    path("<slug:slug>/brief/<uuid:leg_id>", next.brief, name="brief"),
    path("<slug:slug>/connect", next.connect, name="connect"),
    path("<slug:slug>/check/<str:nonce>", check.check, name="check"),
]
