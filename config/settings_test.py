"""The settings for tests: the same platform on servers of its own, with a fast hasher and mail in memory."""

import os
import time

# Before the settings are read: tests never touch the state of `make up`.
os.environ.setdefault("STATE", ".state-test")
os.environ.setdefault("SECRET_KEY", "for tests only")  # The same one in the processes that tests start.
# A prefix of this run and test process: what others left in Redis is about other people with the same ids.
# The processes that a test starts keep it; test processes do not take over that of the one that started them.
os.environ["REDIS_PREFIX"] = (
    _given
    if (_own := f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-")
    in (_given := os.environ.get("REDIS_PREFIX", ""))
    else f"{_own}{time.time_ns():x}"
)

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
AUDIT_ANCHOR_FILE = ""
VISION = False  # Whether or not its requirements are installed; the tests about them switch it on.
