"""A laptop: no key, no server, no network. Secrets are made on first use and kept in the data folder."""

from cryptography.fernet import Fernet

from voiceapp.env import kept_secret
from voiceapp.settings.base import *  # noqa: F403
from voiceapp.settings.base import DATA_DIR, STATIC_ROOT, VOICE, env

DEBUG = env.flag("VOICE_DEBUG")
SECRET_KEY = env.optional("VOICE_SECRET_KEY") or kept_secret(DATA_DIR / "secret_key")
VOICE["ENCRYPTION_KEYS"] = VOICE["ENCRYPTION_KEYS"] or [
    kept_secret(DATA_DIR / "encryption_key", lambda: Fernet.generate_key().decode())
]

# Static files straight from their folders: nothing to collect before the first start.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
