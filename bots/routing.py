"""Where sockets go: Channels' router takes ASGI applications where Django's takes views."""

from django.urls import path

from bots.hosting.consumers import call_socket

websocket_urlpatterns = [path("rtvi/<slug:slug>/ws/<str:session>", call_socket)]  # type: ignore[arg-type]
