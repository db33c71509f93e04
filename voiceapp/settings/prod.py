"""A server behind TLS. Secrets and host names come from the environment, or the start fails and says which."""

from voiceapp.logs import logging_settings
from voiceapp.settings.base import *  # noqa: F403
from voiceapp.settings.base import ALLOWED_HOSTS, LOG_LEVEL, env

DEBUG = False
SECRET_KEY = env.text("VOICE_SECRET_KEY")
env.text("VOICE_ENCRYPTION_KEYS")
env.text("VOICE_ALLOWED_HOSTS")
# Health checks come from inside, under the loopback name.
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "localhost", "127.0.0.1"]

SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = env.integer("VOICE_HSTS_S")
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if env.flag("VOICE_BEHIND_TLS_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# The __Host- prefix makes browsers refuse the cookie unless it is secure, host-only and for the whole site.
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrftoken"

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}

LOGGING = logging_settings(style=env.optional("VOICE_LOG_FORMAT") or "json", level=LOG_LEVEL)
