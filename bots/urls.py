"""Where the app's pages and endpoints are mounted."""

from django.urls import path

from bots.api import call_pages, recordings

urlpatterns = [
    path("calls/", call_pages.call_list, name="call_list"),
    path("calls/<uuid:call_id>/", call_pages.call_detail, name="call_detail"),
    path("calls/<uuid:call_id>/call.json", call_pages.call_json, name="call_json"),
    path("calls/<uuid:call_id>/live.json", call_pages.call_live, name="call_live"),
    path("calls/<uuid:call_id>/audio.wav", recordings.audio_wav, name="call_wav"),
    path("calls/<uuid:call_id>/audio.ogg", recordings.audio_ogg, name="call_ogg"),
    path("calls/<uuid:call_id>/peaks.json", recordings.peaks_json, name="call_peaks"),
]
