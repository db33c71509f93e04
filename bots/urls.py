"""Where the app's pages and endpoints are mounted."""

from typing import Any

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from bots.api import call_pages, console, recordings
from bots.hosting import endpoints


def _with_and_without_slash(route: str, view: Any) -> list[URLPattern]:
    """Clients build addresses by text; a redirect would turn their POST into a GET (client contract 2.5)."""
    return [path(route, view), path(f"{route}/", view)]


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="console"), name="home"),
    path("console/", console.console, name="console"),
    path("console/<slug:slug>/", console.console, name="console_bot"),
    *_with_and_without_slash("rtvi/<slug:slug>/start", endpoints.start),
    *_with_and_without_slash("rtvi/<slug:slug>/connect", endpoints.start),
    *_with_and_without_slash("rtvi/<slug:slug>/api/offer", endpoints.direct_offer),
    *_with_and_without_slash("rtvi/<slug:slug>/sessions/<str:session>/api/offer", endpoints.session_offer),
    path("calls/", call_pages.call_list, name="call_list"),
    path("calls/<uuid:call_id>/", call_pages.call_detail, name="call_detail"),
    path("calls/<uuid:call_id>/call.json", call_pages.call_json, name="call_json"),
    path("calls/<uuid:call_id>/live.json", call_pages.call_live, name="call_live"),
    path("calls/<uuid:call_id>/audio.wav", recordings.audio_wav, name="call_wav"),
    path("calls/<uuid:call_id>/audio.ogg", recordings.audio_ogg, name="call_ogg"),
    path("calls/<uuid:call_id>/peaks.json", recordings.peaks_json, name="call_peaks"),
]
