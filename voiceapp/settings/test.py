"""The test suite: everything in a scratch folder of its own, fast password hashing, nothing kept."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from cryptography.fernet import Fernet

SCRATCH = Path(tempfile.mkdtemp(prefix="voiceapp-test-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
os.environ.setdefault("VOICE_DATA_DIR", str(SCRATCH))

from voiceapp.settings.base import *  # noqa: E402, F403
from voiceapp.settings.base import DATABASES, STATIC_ROOT, VOICE  # noqa: E402

DEBUG = False
SECRET_KEY = "only-for-tests-" + "x" * 50
VOICE["ENCRYPTION_KEYS"] = [Fernet.generate_key().decode()]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "[::1]"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# A file, not memory: tests that call from several threads meet the locking that a real house meets.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH / "test.sqlite3")}
