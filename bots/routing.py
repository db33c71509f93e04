"""Where sockets go."""

from django.urls import path

from bots.hosting.consumers import CallSocket

websocket_urlpatterns = [path("rtvi/<slug:slug>/ws/<str:session>", CallSocket.as_asgi())]
