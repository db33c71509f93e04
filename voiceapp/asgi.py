"""The ASGI application: health first, then sockets to the bots' routes and everything else to Django."""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceapp.settings.dev")

# Django must be set up before any module that touches models is imported.
django_application = get_asgi_application()

from bots.hosting.presence import is_draining  # noqa: E402
from bots.routing import websocket_urlpatterns as callers  # noqa: E402
from telephony.routing import websocket_urlpatterns as carriers  # noqa: E402
from voiceapp.health import HealthFirst  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": HealthFirst(django_application, is_draining),
        # Each route checks origin and token itself: browsers and carriers prove themselves differently.
        "websocket": URLRouter([*callers, *carriers]),
    }
)
