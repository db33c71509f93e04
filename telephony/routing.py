"""Where carriers' sockets go."""

from django.urls import path

from telephony.consumers.media_stream import media_stream

websocket_urlpatterns = [path("telephony/stream/<slug:carrier>/<str:token>", media_stream)]  # type: ignore[arg-type]
