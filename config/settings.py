"""All settings, read from the environment in this file only.

What a marketplace decides is data, not a setting.
"""

import os
import secrets
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF

from config import embedded

BASE_DIR = embedded.BASE_DIR
env = environ.Env()

# "web" (set by asgi.py and wsgi.py), "worker" (by Celery) or "command": they differ in patience with the
# database.
PROCESS = env("PARLEY_PROCESS", default="command")

# --- Where state lives: everything that is not in a database of your own ---
STATE_DIR = embedded.state_folder()

# --- Core ---
DEBUG = env.bool("DEBUG", default=False)
# Kept in the state folder unless given. Before the first start there is none: then nothing is signed for
# long.
SECRET_KEY = env("SECRET_KEY", default="") or embedded.secret_key() or secrets.token_urlsafe(48)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PLATFORM_NAME = env("PLATFORM_NAME", default="Parley")
PUBLIC_URL = env("PUBLIC_URL", default="http://127.0.0.1:8000")  # in links of e-mails

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "channels",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "config",
    "audit",
    "notifications",
    "accounts",
    "files",
    "shops",
    "compliance",
    "chat",
    "tickets",
    "metrics",
    "web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.DatabaseTroubleMiddleware",
    "core.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "web.middleware.TimeZoneMiddleware",
    "web.middleware.RefusalPageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

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
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# --- Database: PostgreSQL is the only source of truth ---
_database: dict[str, Any] = (
    env.db_url("DATABASE_URL") if env("DATABASE_URL", default="") else embedded.database()
)
_database |= {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True}
_options: dict[str, Any] = _database.setdefault("OPTIONS", {})
# Milliseconds: waiting for a lock, running one statement, sitting idle inside a transaction. A request that
# waits longer has lost its user and holds up others; a command may take its time.
_GUARDS_MS = {"web": (2_000, 5_000, 10_000), "worker": (5_000, 60_000, 60_000)}
if PROCESS in _GUARDS_MS:
    _lock, _statement, _idle = _GUARDS_MS[PROCESS]
    _options["options"] = (
        f"-c lock_timeout={_lock} -c statement_timeout={_statement} "
        f"-c idle_in_transaction_session_timeout={_idle}"
    )
if PROCESS == "web":
    # Under ASGI a request's thread ends with the request, and so would its connection; a pool keeps them.
    # The sum over all processes must stay below max_connections. No connection within two seconds is an
    # error, which core.middleware answers with 503.
    _options["pool"] = {"min_size": 2, "max_size": env.int("DATABASE_POOL_SIZE", default=12), "timeout": 2}
else:
    _database["CONN_MAX_AGE"] = 60
DATABASES = {"default": _database}
# Threads that do the sockets' database work, each with a connection of its own: stay below the pool's size.
DB_THREADS = env.int("DB_THREADS", default=6)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis: may be lost at any moment ---
REDIS_URL = env("REDIS_URL", default="") or embedded.redis_url()
REDIS_PREFIX = env("REDIS_PREFIX", default="parley")

# --- Celery: tasks only say "look", so a lost or doubled one is harmless ---
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)  # Celery's word for the same.
CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": f"{REDIS_PREFIX}:", "visibility_timeout": 900}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "default"
# Scanning has its own queue, so a flood of messages does not hold up mail. A worker serves both unless told.
# Attachments have their own worker: reading a picture takes a hundred times as long as reading a message.
# Scanning old messages again comes last of all.
CELERY_TASK_ROUTES = {
    "chat.tasks.scan_*": {"queue": "scan"},
    "files.tasks.*": {"queue": "attachments"},
    "chat.tasks.rescan": {"queue": "rescan"},
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# Far below the visibility timeout, after which Redis would hand the same task to a second worker.
CELERY_TASK_SOFT_TIME_LIMIT = 120
CELERY_TASK_TIME_LIMIT = 150
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# A scan fills a core, and each process has the models in memory once (about 300 MB).
CELERY_WORKER_CONCURRENCY = env.int("WORKER_PROCESSES", default=max(2, min(4, os.cpu_count() or 2)))
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_TIMEZONE = "UTC"

# --- People ---
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_SIGNUP_FORM_CLASS = "web.account.forms.SignupForm"
ACCOUNT_LOGOUT_ON_GET = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/welcome/"

# --- Language and time ---
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("zh-hans", "简体中文"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files, uploads and mail ---
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Served by whitenoise straight from the source folders: nothing has to be collected.
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = STATE_DIR / "uploads"
AUDIT_ANCHOR_FILE = env("AUDIT_ANCHOR_FILE", default=str(STATE_DIR / "audit-anchors.jsonl"))
# Read text in pictures, score nudity: where requirements-vision.txt is installed. Off: as if it were not.
VISION = env.bool("VISION", default=True)
# Signs transcripts: 32 bytes in base64. Empty: made once, in the state folder.
TRANSCRIPT_KEY = env("TRANSCRIPT_KEY", default="")
# Days of messages that are scanned again when the ruleset changes; 0: only when somebody asks.
RESCAN_DAYS = env.int("RESCAN_DAYS", default=30)
# A second opinion on findings, beside our own; empty: nobody is asked. See docs/detection.md.
SECOND_OPINION_URL = env("SECOND_OPINION_URL", default="")
SECOND_OPINION_KIND = env("SECOND_OPINION_KIND", default="classifier")  # or "chat": OpenAI-compatible
SECOND_OPINION_KEY = env("SECOND_OPINION_KEY", default="")
SECOND_OPINION_MODEL = env("SECOND_OPINION_MODEL", default="")
SECOND_OPINION_TIMEOUT = env.float("SECOND_OPINION_TIMEOUT", default=5.0)  # seconds
SECOND_OPINION_DAILY = env.int("SECOND_OPINION_DAILY", default=1_000)  # calls
SECOND_OPINION_PERSONAL = env.bool("SECOND_OPINION_PERSONAL", default=False)  # send personal data as they are
CLAMAV_ADDRESS = env("CLAMAV_ADDRESS", default="")  # host:port or a Unix socket; empty: built-in scanner only
# Files in the state folder, unless EMAIL_URL names a server: smtp+tls://user:password@mail.example:587
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = STATE_DIR / "mail"
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Parley <no-reply@parley.example>")
SUPPORT_EMAIL = env("SUPPORT_EMAIL", default="support@parley.example")  # answers to ticket mails come here
INBOUND_MAIL_SECRET = env("INBOUND_MAIL_SECRET", default="")  # of the webhook that brings answers by e-mail
INBOUND_IMAP_HOST = env("INBOUND_IMAP_HOST", default="")  # or a mailbox to poll instead
INBOUND_IMAP_USER = env("INBOUND_IMAP_USER", default="")
INBOUND_IMAP_PASSWORD = env("INBOUND_IMAP_PASSWORD", default="")

# --- Security headers ---
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# Over HTTPS the cookies go nowhere else, and browsers remember to come that way.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600) if SESSION_COOKIE_SECURE else 0
if env.bool("BEHIND_PROXY", default=False):
    # Only behind a proxy that sets these headers itself, as deploy/nginx.conf does: a client could forge
    # them.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- REST ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser", "rest_framework.parsers.MultiPartParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "core.api.exception_handler",
}
SPECTACULAR_SETTINGS = {"TITLE": "Parley", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

# --- Logs: everything to the terminal, as one line per event with its time ---
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
    # Django's own default would show errors of requests only with DEBUG.
    "loggers": {
        "django": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING"), "propagate": False}
    },
}
