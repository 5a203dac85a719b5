"""The settings for tests: the same platform on servers of its own, with a fast hasher and mail in memory."""

import os
import time

# Before the settings are read: tests never touch the state of `make up`.
os.environ.setdefault("STATE", ".state-test")
os.environ.setdefault("SECRET_KEY", "for tests only")  # The same one in the processes that tests start.
# A prefix of this run: what an earlier one left in Redis is about other people with the same ids.
os.environ.setdefault(
    "REDIS_PREFIX", f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{time.time_ns():x}"
)

from config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
AUDIT_ANCHOR_FILE = ""
VISION = False  # Whether or not its requirements are installed; the tests about them switch it on.
