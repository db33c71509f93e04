"""What every profile shares. Values come from `voiceapp.env`; the README lists the variables."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from voiceapp.env import ROLES, Env, database_from
from voiceapp.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = Env(os.environ)

ROLE = env.choice("ROLE", ROLES)
DATA_DIR = env.path("VOICE_DATA_DIR", BASE_DIR / "var")
DATA_DIR.mkdir(parents=True, exist_ok=True)
REDIS_URL = env.optional("REDIS_URL")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "csp",
    "axes",
    "bots",
    "telephony",
    "voiceapp.apps.VoiceappConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "voiceapp.urls"
ASGI_APPLICATION = "voiceapp.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Jobs may read long histories; a page that needs more than five seconds of database is a mistake.
DATABASES: dict[str, dict[str, Any]] = {
    "default": database_from(
        env.optional("DATABASE_URL"),
        sqlite=DATA_DIR / "voiceapp.sqlite3",
        statement_timeout_ms=30_000 if ROLE in {"worker", "beat"} else 5_000,
    )
}

CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CHANNEL_LAYERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CELERY_BROKER_URL = "memory://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"polling_interval": 0.1}
if REDIS_URL:
    CACHES["default"] = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "capacity": 500, "expiry": 10},
    }
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 120}

# The job's row in the database is the truth: results are not kept, and a task whose worker died is given out again.
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20.0
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULE = {
    "queue lost jobs again": {"task": "bots.sweep_jobs", "schedule": 60.0},
    "finalise abandoned calls": {"task": "bots.reap_calls", "schedule": 60.0},
    # One that waited for a worker until the next is due is left out.
    "ask about quiet telephone calls": {
        "task": "telephony.reconcile_legs",
        "schedule": 30.0,
        "options": {"expires": 25.0},
    },
    "compare webhooks with carriers": {"task": "telephony.check_webhooks", "schedule": 3600.0},
}

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.text("VOICE_TIME_ZONE")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.path("VOICE_STATIC_DIR", DATA_DIR / "static")
# Folder by folder: the islands' sources and their build tools lie in static/src and are not served.
STATICFILES_DIRS = [
    (folder.name, folder)
    for folder in sorted((BASE_DIR / "static").glob("*"))
    if folder.is_dir() and folder.name != "src"
]

# --- People and safety
ALLOWED_HOSTS = env.items("VOICE_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.items("VOICE_CSRF_TRUSTED_ORIGINS")
SECRET_KEY_FALLBACKS = env.items("VOICE_SECRET_KEY_FALLBACKS")
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/console/"
LOGOUT_REDIRECT_URL = LOGIN_URL
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address"]
AXES_VERBOSE = False

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000

# 'self' covers web sockets of the page's own host and port. The console page widens script-src by blob: for the
# client's audio worklets; nothing else does.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF, "blob:"],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    }
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}

LOG_LEVEL = env.text("VOICE_LOG_LEVEL").upper()
LOGGING = logging_settings(style=env.optional("VOICE_LOG_FORMAT") or "plain", level=LOG_LEVEL)

# --- Calls
VOICE: dict[str, Any] = {
    "ROLE": ROLE,
    "HOST": env.text("VOICE_HOST"),
    "PORT": env.integer("PORT"),
    "DATA_DIR": DATA_DIR,
    "CALLS_DIR": env.path("VOICE_CALLS_DIR", DATA_DIR / "calls"),
    "SOUNDS_DIR": env.path("VOICE_SOUNDS_DIR", DATA_DIR / "sounds"),
    "RESUME_GRACE_S": env.seconds("VOICE_RESUME_GRACE_S"),
    "MAX_CALLS_PER_USER": env.integer("VOICE_MAX_CALLS_PER_USER"),
    "MAX_CALLS": env.integer("VOICE_MAX_CALLS"),
    "MAX_MESSAGE_BYTES": 1024 * 1024,
    "MAX_SIGNALLING_BYTES": 256 * 1024,
    "DRAIN_S": env.seconds("VOICE_DRAIN_S"),
    "LOOPBACK_ICE": env.flag("VOICE_LOOPBACK_ICE"),
    "ALLOWED_ORIGINS": env.items("VOICE_ALLOWED_ORIGINS"),
    "ICE_SERVERS": env.objects("VOICE_ICE_SERVERS"),
    "PUBLIC_URL": (env.optional("VOICE_PUBLIC_URL") or "").rstrip("/"),
    "CARRIER_EMULATOR": (env.optional("VOICE_CARRIER_EMULATOR") or "").rstrip("/"),
    "TOOL_HOSTS": env.items("VOICE_TOOL_HOSTS"),
    "TOOL_FUNCTIONS": env.mapping("VOICE_TOOL_FUNCTIONS"),
    "MCP_PROGRAMS": env.mapping("VOICE_MCP_PROGRAMS"),
    "TRACING_ENDPOINT": env.optional("VOICE_TRACING_ENDPOINT"),
    "TRACING_HEADERS": env.items("VOICE_TRACING_HEADERS"),
    "TRACING_SERVICE": env.text("VOICE_TRACING_SERVICE"),
    "TRACING_CONSOLE": env.flag("VOICE_TRACING_CONSOLE"),
    "ENCRYPTION_KEYS": env.items("VOICE_ENCRYPTION_KEYS"),
    # Dotted paths, so that the app that serves can start the roof's worker without importing the roof.
    "WORKER_START": "voiceapp.celery.start_embedded_worker",
    "WORKER_STOP": "voiceapp.celery.stop_embedded_worker",
}
