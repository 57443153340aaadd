"""Every setting, from the environment. Without any environment it is a development set-up.

docs/deployment.md has the table, and tells how to change keys.
"""

import datetime as dt
from pathlib import Path
from typing import Any

from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from tms.environment import Environment, address_of_a_server, address_of_the_site, mail_server, one_of
from tms.monitoring.logs import logging_settings
from tms.production import (
    DEVELOPMENT_ENCRYPTION_KEY,
    DEVELOPMENT_SECRET_KEY,
    DEVELOPMENT_SENDER,
    REQUIRED,
    refuse_development_values,
    refuse_missing_values,
)
from tms.schedule import BEAT_SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
PRODUCTION = env.bool("PRODUCTION", default=False)
# What `make run` has started, for manage.py beside it.
if not PRODUCTION and (BASE_DIR / "var" / "local.env").exists():
    env.read_env(BASE_DIR / "var" / "local.env", overwrite=False)

DEBUG = env.bool("DEBUG", default=not PRODUCTION)


if PRODUCTION:
    refuse_missing_values({name: env.str(name, default="") for name in REQUIRED})


def of_development(name: str, default: str) -> str:
    """The variable `name`, or what development has in its place: production was asked for it above."""
    return env.str(name, default="") or default


SECRET_KEY = of_development("SECRET_KEY", DEVELOPMENT_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = [h for h in of_development("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]").split(",") if h]
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Fernet keys for provider tokens at rest, newest first; the others still decrypt.
ENCRYPTION_KEYS = [k for k in of_development("ENCRYPTION_KEYS", DEVELOPMENT_ENCRYPTION_KEY).split(",") if k]

SITE_NAME = env.str("SITE_NAME", default="Laurel")
# Where people outside reach the site: it stands in credentials, letters and public pages, and must not change lightly.
PUBLIC_URL = address_of_the_site("PUBLIC_URL", of_development("PUBLIC_URL", "http://127.0.0.1:8000"))

INSTALLED_APPS = [
    "tms.admin_config.LaurelAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "django_filters",
    "django_htmx",
    "heroicons",
    "axes",
    "django_structlog",
    "operation",
    "organizations",
    "listing",
    "badges",
    "courses",
    "classes",
    "achievements",
    "tms",
]

MIDDLEWARE = [
    "tms.monitoring.request_log.RequestIdMiddleware",
    "tms.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tms.middleware.CompressionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tms.middleware.NoStoreMiddleware",
    "tms.middleware.MonitorsMiddleware",
    "tms.middleware.BusyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "organizations.audit.middleware.AuditMiddleware",
    "tms.middleware.SessionLimitsMiddleware",
    "tms.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tms.middleware.OrganizationTimeMiddleware",
    "tms.middleware.PersonLanguageMiddleware",
    "tms.monitoring.request_log.PersonInLogMiddleware",
    "axes.middleware.AxesMiddleware",
    "tms.middleware.UnreadableMiddleware",
    "tms.middleware.WrongMethodMiddleware",
]

ROOT_URLCONF = "tms.urls"
WSGI_APPLICATION = "tms.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "tms.navigation.navigation",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
FILTERS_EMPTY_CHOICE_LABEL = _("Any")

DATABASE_URL = of_development("DATABASE_URL", "postgres:///tms")
DATABASES = {"default": address_of_a_server("DATABASE_URL", DATABASE_URL, env.db_url_config)}
DATABASES["default"] |= {"ENGINE": "operation.database", "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
# How long a server that says nothing is waited for before it is asked whether it lives (decision 15). A page must answer:
# tms.wsgi gives it half a second, its statements half a minute, and locks ten seconds. Workers and commands may wait.
DATABASE_PATIENCE = float(env.str("DATABASE_PATIENCE", default="") or 30)
DATABASES["default"]["OPTIONS"] = {
    "patience": DATABASE_PATIENCE,
    "connect_timeout": min(10, max(2, round(DATABASE_PATIENCE))),
    "tcp_user_timeout": 10_000,  # milliseconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    **DATABASES["default"].get("OPTIONS", {}),
}
# Behind a pooler that gives each transaction another session, nothing may be left behind in one (decision 19).
DATABASE_POOLER = one_of("DATABASE_POOLER", env.str("DATABASE_POOLER", default=""), "transaction")
STATEMENT_TIMEOUT = env.str("STATEMENT_TIMEOUT", default="")
if DATABASE_POOLER:
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = True
    DATABASES["default"]["OPTIONS"] |= {"prepare_threshold": None, "queue_patience": 10.0}
elif STATEMENT_TIMEOUT:
    DATABASES["default"]["OPTIONS"] |= {
        "statement_timeout": STATEMENT_TIMEOUT,
        "lock_timeout": env.str("LOCK_TIMEOUT", default="") or "10s",
    }

AUTH_USER_MODEL = "organizations.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "organizations.sign_in.authentication.NameOrEmailBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"

# Five bad attempts for one account from one address, then a pause of a quarter of an hour (django-axes answers 429);
# organizations.sign_in.throttling has the limits for an account and for an address alone. What is refused in the pause
# does not prolong it.
AXES_HANDLER = "organizations.sign_in.throttling.ThrottlingHandler"
AXES_USERNAME_CALLABLE = "organizations.sign_in.throttling.throttled_name"
AXES_CLIENT_IP_CALLABLE = "operation.client_addresses.client_address"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "organizations/locked_out.html"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# What a failed attempt is kept without.
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "old_password", "new_password1", "new_password2"]
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
PROXY_COUNT = env.int("PROXY_COUNT", default=0)

# A session ends so long after signing in, and so long after it was used last.
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_IDLE = dt.timedelta(hours=2)
DEVICE_COOKIE_NAME = "device"
BRAND_COOKIE_NAME = "brand"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True  # of numbers on pages; exports and addresses have them plain
# Each by the name that its own readers know it by.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_CODE = one_of("LANGUAGE_CODE", env.str("LANGUAGE_CODE", default=""), "en", "de") or "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["tms.formats"]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "staticfiles"))()
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media"))()
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Pictures in a bucket, for a second host or none to lose; /media/ serves them all the same, so that no page names the bucket.
if S3_BUCKET := env.str("S3_BUCKET", default=""):
    STORAGES["default"] = {
        "BACKEND": "tms.storage.Bucket",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.str("S3_ENDPOINT_URL", default="") or None,
            "region_name": env.str("S3_REGION", default="") or None,
            "access_key": env.str("S3_ACCESS_KEY_ID", default="") or None,
            "secret_key": env.str("S3_SECRET_ACCESS_KEY", default="") or None,
            "default_acl": None,
            "file_overwrite": False,
        },
    }

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF, CSP.NONCE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "object-src": [CSP.NONE],
}
# An SVG that is opened as a page of its own, baked or uploaded: it is sanitised, and may do nothing all the same.
DRAWING_CSP: dict[str, list[str] | str] = {"default-src": [CSP.NONE], "img-src": ["data:"], "sandbox": ""}
X_FRAME_OPTIONS = "DENY"
# No page asks for any of these, and nothing that gets into one may. Only what browsers know: Chromium warns of the rest,
# and of web-share where the system cannot share.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen"),
        *(
            "geolocation",
            "gyroscope",
            "hid",
            "identity-credentials-get",
            "idle-detection",
            "local-fonts",
            "magnetometer",
        ),
        *("microphone", "midi", "otp-credentials", "payment", "picture-in-picture", "publickey-credentials-create"),
        *("publickey-credentials-get", "screen-wake-lock", "serial", "storage-access", "usb"),
        *("window-management", "xr-spatial-tracking"),
    )
)
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=60 * 60 * 24 * 365)
    # Both bind sites that are not this one, for as long as browsers remember: the domain's owner has to ask for them.
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
    SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
    SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # they ask for the two
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    DEVICE_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-device", "__Host-language"
    BRAND_COOKIE_NAME = "__Host-brand"
    if env.bool("BEHIND_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# A batch form carries one field per chosen student and badge; the form itself says what is too many (S31).
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

DEFAULT_EXCEPTION_REPORTER = "tms.monitoring.error_reports.DiscreetReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "tms.monitoring.error_reports.DiscreetReports"

# Without production nothing is sent to anybody: letters are kept in files, to be read.
MAIL_ROOT = env.path("MAIL_ROOT", default=str(BASE_DIR / "var" / "mail"))()
MAILERS: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": MAIL_ROOT}}
}
# The sign-in page names the demo's accounts and their password: set by `make run` alone, refused in production.
DEMO_ACCOUNTS = env.bool("DEMO_ACCOUNTS", default=False)
DEFAULT_FROM_EMAIL = of_development("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <{DEVELOPMENT_SENDER}>")
if PRODUCTION:
    EMAIL_URL = of_development("EMAIL_URL", "")
    refuse_development_values(
        debug=DEBUG,
        secret_keys=[SECRET_KEY, *SECRET_KEY_FALLBACKS],
        encryption_keys=ENCRYPTION_KEYS,
        public_url=PUBLIC_URL,
        sender=DEFAULT_FROM_EMAIL,
        email_url=EMAIL_URL,
        provider_test_hosts=env.list("PROVIDER_TEST_HOSTS", default=[]),
        demo_accounts=DEMO_ACCOUNTS,
    )
    MAILERS["default"] = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": mail_server("EMAIL_URL", EMAIL_URL),
    }

# Outside badge providers. An API URL must be https and lead to a public address, unless its host:port is listed here:
# then it may be plain http on this machine, which is for tests and the demo's stand-in.
PROVIDER_TEST_HOSTS = env.list("PROVIDER_TEST_HOSTS", default=[])
PROVIDER_CONNECT_TIMEOUT = env.float("PROVIDER_CONNECT_TIMEOUT", default=3.05)
PROVIDER_READ_TIMEOUT = env.float("PROVIDER_READ_TIMEOUT", default=15.0)
PROVIDER_TOTAL_TIMEOUT = env.float("PROVIDER_TOTAL_TIMEOUT", default=30.0)
PROVIDER_MAX_ANSWER = env.int("PROVIDER_MAX_ANSWER", default=4 * 1024 * 1024)
# Entries of the audit that are older are cleared away; those of the last 30 days never.
AUDIT_KEPT = dt.timedelta(days=max(30, env.int("AUDIT_KEPT_DAYS", default=730)))
# Seconds that badges issued by hand wait before they leave, so that they can be undone; organizations may have their own.
UNDO_SECONDS = max(0, env.int("UNDO_SECONDS", default=10))
# Seconds before a badge without an answer is tried again: after the first time, the second, … and the last from then on.
DELIVERY_BACKOFF = [float(s) for s in env.list("DELIVERY_BACKOFF", default=["30", "120", "600", "3600"])]
# Announcements that are taken of one provider; what is refused comes again.
WEBHOOKS_PER_MINUTE = 1200
# Of one address of the world outside: verifications of public badges, and their pages, pictures and documents together.
VERIFICATIONS_PER_MINUTE = 60
PUBLIC_REQUESTS_PER_MINUTE = 600
DELIVERY_THREADS = env.int("DELIVERY_THREADS", default=8)
# A claim older than this was left by a worker that is gone. Longer than the longest call.
DELIVERY_LEASE = env.float("DELIVERY_LEASE", default=300.0)
# A badge that was sent without an answer and is not listed by the provider counts as not there after so many seconds.
DELIVERY_SETTLE = env.float("DELIVERY_SETTLE", default=600.0)

# Seconds that database and broker may take to answer /health/. Monitors give up after some more.
HEALTH_PATIENCE = 2.0
# Seconds for which a process tells its last answer again: anybody may ask, and no limit may shut out a monitor.
HEALTH_KEPT = 1.0
# Who shows it may read /metrics from another machine; a process on this one needs none.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
METRICS_PATIENCE = 8.0  # seconds; Prometheus gives up after ten
# How often a web process adds its counts to everybody's. A killed one loses what it counted since.
TALLY_SECONDS = 10.0
# What takes longer in a drain is left to the full sweep.
DRAIN_STATEMENT_SECONDS = 10.0

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL = of_development("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 50 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A hung broker must not hang a page: a wake-up is tried once, within a second, and beat finds what it would have woken.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60 * 60,
    "socket_timeout": 1.0,
    "socket_connect_timeout": 1.0,
    "retry_on_timeout": False,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_TASK_DEFAULT_QUEUE = "celery"
CELERY_BEAT_SCHEDULER = "tms.beat:Scheduler"
# Providers are waited for apart from the sweep: a slow one must not keep it from its hour.
CELERY_TASK_ROUTES = {"badges.tasks.*": {"queue": "delivery"}}

# Where errors are reported to; nowhere without an address.
SENTRY_DSN = env.str("SENTRY_DSN", default="")
SENTRY_ENVIRONMENT = env.str("SENTRY_ENVIRONMENT", default="") or "production"

# Ids of a request go with the tasks that it wakes. Celery's own lines tell of them: one line an event.
DJANGO_STRUCTLOG_CELERY_ENABLED = True
LOG_FORMAT = env.str("LOG_FORMAT", default="") or ("json" if PRODUCTION else "line")
LOGGING = logging_settings(level=env.str("LOG_LEVEL", default="WARNING"), form=LOG_FORMAT)
